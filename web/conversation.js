// One conversation: its turns as the server keeps them, and the one that is being answered. No elements.
// Events: `turns` (the list is another), `progress` (the last turn has more), `finished`.
// Tested by: tests/browser/page_talk_test.mjs

import * as api from './api.js';

export function newId() {
  const random = crypto.getRandomValues(new Uint32Array(2));
  return `page-${Date.now().toString(36)}-${[...random].map((part) => part.toString(36)).join('')}`;
}

// state: waiting (for the mood), writing, done, failed. kept: the server has it.
const turnOf = (user) => ({ user, reply: '', sentiment: null, escalate: false, escalation: null, finish: null, state: 'waiting', error: null, kept: false });

// A server may keep none (--no-conversations): then each message is answered by itself.
let server_keeps = true;

export function serverKeepsNone() {
  server_keeps = false;
}

export class Conversation extends EventTarget {
  turns = [];
  task = null; // the voice
  #stopper = null;
  #doubtful = false; // a turn was ended before the server said that it keeps it

  constructor(id = newId()) {
    super();
    this.id = id;
  }

  get busy() {
    return this.#stopper !== null;
  }

  get title() {
    return this.turns[0]?.user.slice(0, 40) ?? '';
  }

  async load() {
    const got = await api.conversation(this.id);
    this.task = got.task;
    this.turns = got.turns.map((turn) => ({
      ...turnOf(turn.user),
      reply: turn.reply ?? '',
      sentiment: turn.sentiment ?? null,
      escalate: Boolean(turn.escalate),
      escalation: turn.escalation ?? null,
      finish: turn.finish_reason ?? null,
      state: 'done',
      kept: true,
    }));
    this.#say('turns');
  }

  stop() {
    this.#stopper?.abort();
  }

  // Says `text`, in place of turn `place` and all behind it where one is given. settings: what else the
  // request has. Does not throw: what goes wrong is the turn's `error`.
  async send(text, settings, place = this.turns.length) {
    if (this.busy) return;
    const before = this.turns.slice(0, place).filter((turn) => turn.kept);
    const body = { ...settings, text };
    if (server_keeps) body.conversation = this.id;
    // Only where it is needed: the conversation may be open in another window, too.
    if (server_keeps && (place < this.turns.length || this.#doubtful || before.length < place)) body.turn = before.length;
    // A conversation keeps its voice.
    if (this.task && this.turns.some((turn) => turn.kept)) body.task = this.task;
    else this.task = settings.task ?? null;
    const replaces = place < this.turns.length;
    const turn = turnOf(text);
    this.turns = [...before, turn];
    this.#stopper = new AbortController();
    this.#doubtful = true;
    this.#say('turns');
    try {
      for await (const event of api.assist(body, this.#stopper.signal)) this.#take(turn, event);
      if (turn.state !== 'done') throw new api.ApiError('cut');
    } catch (error) {
      if (api.wasStopped(error)) Object.assign(turn, { state: 'done', finish: 'stopped' });
      else Object.assign(turn, { state: 'failed', error, kept: false });
      this.#doubtful ||= turn.state === 'failed';
    }
    // Where nothing was answered, the server keeps the turn that this one was to replace.
    if (replaces && turn.reply === '') {
      turn.kept = false;
      this.#doubtful = true;
    }
    this.#stopper = null;
    this.#say('progress');
    this.#say('finished');
  }

  #take(turn, { name, data }) {
    if (name === 'sentiment') {
      const { sentiment, escalate, escalation } = data;
      Object.assign(turn, { sentiment, escalate: Boolean(escalate), escalation, state: 'writing', kept: true });
      this.#doubtful = false;
    } else if (name === 'delta') {
      turn.reply += data.text;
    } else if (name === 'done') {
      Object.assign(turn, { finish: data.finish_reason, state: 'done', kept: true });
      this.#doubtful = false;
    } else if (name === 'error') {
      throw new api.ApiError('cut', { detail: data.error?.message });
    }
    this.#say('progress');
  }

  #say(name) {
    this.dispatchEvent(new Event(name));
  }
}
