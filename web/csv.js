// Tables as text: RFC 4180 with what spreadsheets make of it. Reading takes any line end, quotes inside
// fields, a BOM, commas, semicolons or tabs, UTF-8, UTF-16 or GB 18030 (GBK).
// Tested by: tests/browser/page_units_test.mjs

const PIECE = 1 << 18; // characters between two breaths of the page

// {text, encoding} of a file's bytes.
export function decode(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { text: new TextDecoder('utf-16le').decode(bytes), encoding: 'UTF-16' };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { text: new TextDecoder('utf-16be').decode(bytes), encoding: 'UTF-16' };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), encoding: 'UTF-8' };
  } catch {
    return { text: new TextDecoder('gb18030').decode(bytes), encoding: 'GB 18030' };
  }
}

// The separator that most of the first lines agree on.
export function separatorOf(text) {
  const head = text.slice(0, 4000).split(/\r?\n|\r/, 5).join('\n').replace(/"[^"]*"/g, '');
  const count = (mark) => head.split(mark).length - 1;
  if (count('\t') > 0 && count('\t') >= count(',')) return '\t';
  return count(';') > count(',') ? ';' : ',';
}

export class TableReader {
  rows = [];
  #separator;
  #row = [];
  #field = '';
  #quoted = false; // inside quotes
  #closed = false; // behind a closing quote
  #after_cr = false;

  constructor(separator) {
    this.#separator = separator;
  }

  push(text) {
    for (const c of text) {
      if (this.#after_cr && c === '\n') {
        this.#after_cr = false;
        continue;
      }
      this.#after_cr = false;
      if (this.#quoted) {
        if (c === '"') {
          this.#quoted = false;
          this.#closed = true;
        } else {
          this.#field += c;
        }
      } else if (c === '"' && this.#closed) {
        this.#field += c; // a doubled quote
        this.#quoted = true;
        this.#closed = false;
      } else if (c === '"' && this.#field === '') {
        this.#quoted = true;
      } else if (c === this.#separator) {
        this.#endField();
      } else if (c === '\n' || c === '\r') {
        this.#endRow();
        this.#after_cr = c === '\r';
      } else {
        this.#field += c;
        this.#closed = false;
      }
    }
  }

  finish() {
    if (this.#field !== '' || this.#row.length > 0 || this.#closed) this.#endRow();
    return this.rows;
  }

  #endField() {
    this.#row.push(this.#field);
    this.#field = '';
    this.#closed = false;
  }

  #endRow() {
    this.#endField();
    if (this.#row.length > 1 || this.#row[0].trim() !== '') this.rows.push(this.#row);
    this.#row = [];
  }
}

// The rows of a text; the page stays awake meanwhile.
export async function readTable(text) {
  const reader = new TableReader(separatorOf(text));
  for (let from = 0; from < text.length; from += PIECE) {
    reader.push(text.slice(from, from + PIECE));
    await new Promise((go) => setTimeout(go, 0));
  }
  return reader.finish();
}

// Spreadsheets run what begins like a formula: https://owasp.org/www-community/attacks/CSV_Injection
const FORMULA = /^[=+\-@\t\r]/;

export function cell(value) {
  let text = String(value ?? '');
  if (typeof value !== 'number' && FORMULA.test(text)) text = `'${text}`;
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// With a BOM, for a spreadsheet takes UTF-8 for something else without one.
export const csvLine = (values) => `${values.map(cell).join(',')}\r\n`;
export const BOM = '\ufeff';
