// Server-sent events out of a byte stream, however it is cut: inside a character, a line end or an event.
// Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
// Tested by: tests/browser/page_units_test.mjs

export class EventParser {
  #decoder = new TextDecoder('utf-8'); // takes a BOM away itself
  #line = '';
  #after_cr = false;
  #name = '';
  #data = [];

  // The events that these bytes (Uint8Array) finish: [{name, data}].
  push(bytes) {
    const found = [];
    let text = this.#decoder.decode(bytes, { stream: true });
    if (text === '') return found;
    if (this.#after_cr && text[0] === '\n') text = text.slice(1);
    this.#after_cr = text === '' ? false : text.endsWith('\r');
    const lines = text.split(/\r\n|\n|\r/);
    lines[0] = this.#line + lines[0];
    this.#line = lines.pop();
    for (const line of lines) this.#take(line, found);
    return found;
  }

  #take(line, found) {
    if (line === '') {
      if (this.#data.length > 0) found.push({ name: this.#name || 'message', data: this.#data.join('\n') });
      this.#name = '';
      this.#data = [];
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return; // a comment, as of a heartbeat
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.#data.push(value);
    if (field === 'event') this.#name = value;
  }
}

// An event that is not finished when the stream ends is not one.
export async function* events(stream) {
  const reader = stream.getReader();
  const parser = new EventParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(value);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
