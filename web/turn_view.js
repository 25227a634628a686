// One turn on the page: what was said, the mood in it, a word about handing over, the answer.
// Tested by: tests/browser/page_talk_test.mjs

import { explain } from './api.js';
import { icon, iconButton, make } from './dom.js';
import { word } from './language.js';
import { renderMarkdown } from './markdown.js';
import { moodBadge } from './mood.js';

function handOver({ escalation }) {
  const known = { negative_in_a_row: 'escalate_negative_in_a_row', words: 'escalate_words' }[escalation?.rule];
  const why = known ? word(known, { word: escalation.word ?? '' }) : escalation?.reason ?? '';
  return make('div', { class: 'hand-over', role: 'note' }, icon('person'), make('strong', {}, word('escalate')), make('span', {}, why));
}

// handlers: edit(text), retry(), each of this turn.
export class TurnView {
  #turn;
  #handlers;
  #last = false;
  #reply_shown = null;
  #shown = ''; // what of the parts is on the page, so that streaming touches only the reply
  #mood = make('div', { class: 'mood-place' });
  #reply = make('div', { class: 'prose' });
  #after = make('div', { class: 'after' });
  #said = make('div', { class: 'said' });
  #edit;

  constructor(turn, number, handlers) {
    this.#turn = turn;
    this.#handlers = handlers;
    this.#edit = iconButton('edit', word('edit'), () => this.#openEditor());
    const answer = make('div', { class: 'answer' }, make('span', { class: 'seal', 'aria-hidden': 'true' }, icon('mark')), make('div', { class: 'answer-body' }, make('h3', { class: 'unseen' }, word('it_said')), this.#reply, this.#after));
    this.element = make('article', { class: 'turn', id: `turn-${number}`, tabindex: '-1' }, this.#said, this.#mood, answer);
    this.#showSaid();
  }

  // behind: how many turns follow this one.
  update(behind, busy) {
    this.behind = behind;
    this.#last = behind === 0;
    this.#edit.disabled = busy;
    const { state, sentiment, finish, error } = this.#turn;
    const now = JSON.stringify([state, sentiment, finish, this.#last, busy, error !== null]);
    if (now !== this.#shown) this.#showParts(state, sentiment);
    this.#shown = now;
    this.#showReply();
  }

  #showSaid() {
    this.#said.replaceChildren(make('h3', { class: 'unseen' }, word('you_said')), make('div', { class: 'bubble' }, this.#turn.user), make('div', { class: 'said-tools' }, this.#edit));
  }

  #showParts(state, sentiment) {
    const { finish, error, escalate, reply } = this.#turn;
    this.element.dataset.state = state;
    this.element.setAttribute('aria-busy', String(state === 'waiting' || state === 'writing'));
    this.#mood.replaceChildren(...[sentiment && moodBadge(sentiment), escalate && handOver(this.#turn)].filter(Boolean));
    this.#after.replaceChildren();
    if (state === 'failed') {
      this.#after.append(make('div', { class: 'trouble', role: 'alert' }, icon('warn'), make('span', {}, explain(error)), make('button', { type: 'button', class: 'small retry', click: () => this.#handlers.retry() }, word('try_again'))));
      return;
    }
    if (state !== 'done') return;
    if (finish === 'stopped') this.#after.append(make('span', { class: 'note' }, icon('stop'), word('stopped')));
    if (finish === 'error' || finish === null) this.#after.append(make('span', { class: 'note' }, icon('warn'), word('unfinished')));
    if (finish === 'stop' && reply === '') this.#after.append(make('span', { class: 'note' }, word('no_answer')));
    if (finish === 'length') this.#after.append(make('span', { class: 'note' }, word('cut_by_length')));
    if (reply !== '' && navigator.clipboard) this.#after.append(this.#copyButton());
    if (this.#last) this.#after.append(iconButton('again', word('retry'), () => this.#handlers.retry(), { class: 'icon-button retry' }));
  }

  #showReply() {
    const { state, reply } = this.#turn;
    if (reply === '' && (state === 'waiting' || state === 'writing')) {
      if (this.#reply.querySelector('.dots')) return;
      this.#reply.replaceChildren(make('span', { class: 'dots', role: 'img', 'aria-label': word('reading') }, make('i'), make('i'), make('i')));
      return;
    }
    if (reply === this.#reply_shown) return;
    this.#reply.replaceChildren(renderMarkdown(reply));
    this.#reply_shown = reply;
  }

  #copyButton() {
    const button = iconButton('copy', word('copy'), async () => {
      await navigator.clipboard.writeText(this.#turn.reply).catch(() => {});
      button.replaceChildren(icon('done'));
      button.title = word('copied');
    });
    return button;
  }

  #openEditor() {
    const field = make('textarea', { 'aria-label': word('edit_label'), rows: '3' });
    field.value = this.#turn.user;
    const close = () => {
      this.#showSaid();
      this.#edit.focus();
    };
    const save = () => {
      const text = field.value.trim();
      if (text !== '') this.#handlers.edit(text);
    };
    field.addEventListener('keydown', (event) => {
      if (event.isComposing || event.keyCode === 229) return;
      if (event.key === 'Escape') {
        event.stopPropagation();
        close();
      } else if (event.key === 'Enter' && !event.shiftKey) {
        event.preventDefault();
        save();
      }
    });
    const drops = this.behind > 0 && make('span', { class: 'note' }, word('edit_drops', { n: this.behind }));
    const tools = make('div', { class: 'editor-tools' }, drops, make('button', { type: 'button', class: 'quiet small', click: close }, word('cancel')), make('button', { type: 'button', class: 'primary small save', click: save }, word('edit_save')));
    this.#said.replaceChildren(make('div', { class: 'editor' }, field, tools));
    field.focus();
  }
}
