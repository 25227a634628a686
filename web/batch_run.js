// Many texts through POST /v1/classify, some at a time. No elements. A text that the server cannot read
// gets its reason and the others go on; a busy server is asked again when it says.
// Events: `progress`, `waiting` (.wait_s is how long), `ended`.
// Tested by: tests/browser/page_batch_test.mjs

import * as api from './api.js';
import { word } from './language.js';

const AT_ONCE = 32; // texts of a request; the server allows 256, but then the page would stand still
const UNITS_AT_ONCE = 200_000; // characters of a request: its body stays under the server's 1 MiB
const LONGEST = 200_000;

export class BatchRun extends EventTarget {
  state = 'ready'; // running, stopped, done
  done = 0;
  failed = 0;
  error = null; // what ended it early
  wait_s = 0;
  counts = new Map(); // label -> texts
  labels = [];
  #stopper = null;
  #began = 0; // ms
  #spent_ms = 0;

  // results[i]: null, {label, probs, labels, margin} or {error}.
  constructor(texts, task) {
    super();
    this.texts = texts;
    this.task = task;
    this.results = new Array(texts.length).fill(null);
  }

  // Texts a second.
  get speed() {
    const ms = this.#spent_ms + (this.state === 'running' ? performance.now() - this.#began : 0);
    return ms > 0 ? (this.done - this.failed) / (ms / 1000) : 0;
  }

  stop() {
    this.#stopper?.abort();
  }

  async run() {
    this.#stopper = new AbortController();
    this.#began = performance.now();
    this.state = 'running';
    this.error = null;
    try {
      for (let group = this.#next(); group.length > 0; group = this.#next()) await this.#read(group);
      this.state = 'done';
    } catch (error) {
      this.state = 'stopped';
      if (!api.wasStopped(error)) this.error = error;
    }
    this.#spent_ms += performance.now() - this.#began;
    this.#say('ended');
  }

  // Indices of texts without a result; what cannot be sent gets its result here.
  #next() {
    const group = [];
    let units = 0;
    for (let i = this.done; i < this.texts.length && group.length < AT_ONCE; ++i) {
      const text = this.texts[i];
      if (text.length > LONGEST) {
        if (group.length > 0) break;
        this.#fail(i, word('batch_long', { n: text.length }));
        continue;
      }
      if (units + text.length > UNITS_AT_ONCE && group.length > 0) break;
      units += text.length;
      group.push(i);
    }
    return group;
  }

  async #read(group) {
    while (group.length > 0) {
      const input = group.map((i) => this.texts[i]);
      try {
        const got = await api.classify({ input, ...(this.task ? { task: this.task } : {}) }, this.#stopper.signal);
        const found = got.data.slice().sort((a, b) => a.index - b.index);
        if (found.length !== group.length) throw new api.ApiError('cut');
        group.forEach((i, at) => this.#keep(i, found[at]));
        this.#say('progress');
        return;
      } catch (error) {
        group = await this.#without(group, error);
      }
    }
  }

  // What of a refused group is to be asked again. Results come in order: `done` counts from the front.
  async #without(group, error) {
    if (error.kind === 'busy') {
      await this.#pause(error.retry_s);
      return group;
    }
    if (error.kind !== 'refused' && error.kind !== 'large') throw error;
    const named = /^input\[(\d+)\]/.exec(error.param);
    const bad = named ? Number(named[1]) : group.length === 1 ? 0 : -1;
    if (bad > 0 || group.length > 1) return group.slice(0, Math.max(1, bad > 0 ? bad : bad === 0 ? 1 : group.length >> 1));
    if (error.param !== '' && !error.param.startsWith('input')) throw error; // the task, say: all would fail
    this.#fail(group[0], error.detail);
    this.#say('progress');
    return [];
  }

  #pause(seconds) {
    this.wait_s = seconds;
    this.#say('waiting');
    const { signal } = this.#stopper;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, seconds * 1000);
      signal.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason)), { once: true });
    });
  }

  #keep(i, { label, probs, labels, margin }) {
    this.results[i] = { label, probs, labels, margin };
    if (this.labels.length < labels.length) this.labels = labels;
    this.counts.set(label, (this.counts.get(label) ?? 0) + 1);
    ++this.done;
  }

  #fail(i, error) {
    this.results[i] = { error };
    ++this.failed;
    ++this.done;
  }

  #say(name) {
    this.dispatchEvent(new Event(name));
  }
}
