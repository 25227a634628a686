// The conversations that the server keeps, newest first: open, export, delete. On a phone a drawer.
// Tested by: tests/browser/page_talk_test.mjs

import * as api from './api.js';
import { serverKeepsNone } from './conversation.js';
import { byId, download, iconButton, make } from './dom.js';
import { onLanguage, translate, word } from './language.js';
import { confirmed, notice } from './notices.js';

const list = byId('conversations');
const more = byId('more-conversations');
const side = byId('side');
const opener = byId('open-list');

export class SideList {
  #rows = []; // as GET /v1/conversations has them
  #has_more = false;
  #current = null;
  #busy = new Map(); // id -> Conversation that is being answered
  #keeps = true;
  #asked = 0; // refreshes, so that a late answer does not undo a newer one
  #handlers;

  // handlers: open(id), leaving(id), gone(id), fresh().
  constructor(handlers) {
    this.#handlers = handlers;
    byId('new-conversation').addEventListener('click', () => {
      this.drawer(false);
      handlers.fresh();
    });
    opener.addEventListener('click', () => this.drawer(true));
    byId('close-list').addEventListener('click', () => this.drawer(false));
    byId('curtain').addEventListener('click', () => this.drawer(false));
    side.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && side.classList.contains('open')) this.drawer(false);
    });
    more.addEventListener('click', () => this.#older());
    onLanguage(() => this.#show());
  }

  drawer(open) {
    if (open === side.classList.contains('open')) return;
    side.classList.toggle('open', open);
    byId('curtain').hidden = !open;
    opener.setAttribute('aria-expanded', String(open));
    (open ? byId('close-list') : opener).focus();
  }

  mark(current, busy) {
    this.#current = current;
    this.#busy = busy;
    this.#show();
  }

  async refresh() {
    try {
      const mine = ++this.#asked;
      const got = await api.conversations();
      if (mine !== this.#asked) return;
      const old = this.#rows.slice(got.data.length).filter((row) => !got.data.some(({ id }) => id === row.id));
      const seen_all = this.#rows.length > got.data.length;
      this.#rows = seen_all ? [...got.data, ...old] : got.data;
      if (!seen_all) this.#has_more = got.has_more;
      this.#show();
    } catch (error) {
      if (error.kind === 'missing') this.#keepsNone();
      else notice(api.explain(error), () => this.refresh());
    }
  }

  #keepsNone() {
    serverKeepsNone();
    this.#keeps = false;
    byId('no-conversations').dataset.word = 'none_kept';
    translate(side);
  }

  async #older() {
    try {
      const got = await api.conversations(this.#rows.at(-1).id);
      this.#rows.push(...got.data);
      this.#has_more = got.has_more;
      this.#show();
    } catch (error) {
      notice(api.explain(error));
    }
  }

  #show() {
    const listed = new Set(this.#rows.map(({ id }) => id));
    const begun = this.#keeps ? [...this.#busy.values()].filter(({ id }) => !listed.has(id)) : [];
    const unlisted = begun.map(({ id, title, turns }) => ({ id, title, turns: turns.length, updated: Date.now() / 1000 }));
    list.replaceChildren(...unlisted.map((row) => this.#row(row, false)), ...this.#rows.map((row) => this.#row(row, true)));
    byId('no-conversations').hidden = list.children.length > 0;
    more.hidden = !this.#has_more;
  }

  // kept: the server has it.
  #row(row, kept) {
    const title = row.title || word('untitled');
    const open = make(
      'button',
      { type: 'button', class: 'conversation', 'aria-current': row.id === this.#current && 'true', click: () => this.#open(row.id) },
      make('span', { class: 'conversation-title' }, title),
      make('span', { class: 'conversation-more' }, `${day(row.updated)} · ${word('turns_count', { n: row.turns })}`),
    );
    return make(
      'li',
      { class: this.#busy.has(row.id) ? 'busy' : null },
      open,
      kept && iconButton('export', word('export_this', { title }), () => this.#export(row.id)),
      kept && iconButton('delete', word('delete_this', { title }), () => this.#delete(row.id, title)),
    );
  }

  #open(id) {
    this.drawer(false);
    this.#handlers.open(id);
  }

  async #export(id) {
    try {
      download(`${id.replace(/[^\p{L}\p{N}._-]/gu, '_')}.json`, await api.saved(id), 'application/json');
    } catch (error) {
      notice(api.explain(error));
    }
  }

  async #delete(id, title) {
    const sure = await confirmed(word('delete_question'), word('delete_explained', { title }), word('delete'));
    if (!sure) return;
    this.#handlers.leaving(id);
    try {
      await api.forget(id);
    } catch (error) {
      if (error.kind !== 'missing') {
        notice(api.explain(error));
        return;
      }
    }
    this.#rows = this.#rows.filter((row) => row.id !== id);
    this.#show();
    this.#handlers.gone(id);
    byId('new-conversation').focus();
  }
}

// Seconds since 1970; today only the time.
function day(seconds) {
  const when = new Date(seconds * 1000);
  const today = when.toDateString() === new Date().toDateString();
  const form = today ? { hour: '2-digit', minute: '2-digit' } : { month: 'short', day: 'numeric' };
  return new Intl.DateTimeFormat(document.documentElement.lang, form).format(when);
}
