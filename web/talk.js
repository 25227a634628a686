// The conversation tab: the turns, the mood line over them, the field to write in.
// Tested by: tests/browser/page_talk_test.mjs

import * as api from './api.js';
import { Conversation } from './conversation.js';
import { byId, icon, make } from './dom.js';
import { label, onLanguage, word } from './language.js';
import { moodLine } from './mood_line.js';
import { notice } from './notices.js';
import { fixVoice, settings } from './options.js';
import { SideList } from './side_list.js';
import { TurnView } from './turn_view.js';

const NEAR_END = 120; // CSS pixels: closer to the end, the page follows what is written
const page = byId('talk-page'); // scrolls
const turns = byId('turns');
const field = byId('message');
const send = byId('send');

let current = new Conversation();
const busy = new Map(); // id -> Conversation: answers go on while another conversation is read
let views = [];
let painting = false;
let whenMoved = () => {}; // told the id that is shown, null for a new one

const list = new SideList({
  open: (id) => open(id),
  fresh: () => fresh(),
  leaving: (id) => busy.get(id)?.stop(),
  gone: (id) => id === current.id && fresh(),
});

function showTurns() {
  const had_focus = turns.contains(document.activeElement);
  views = current.turns.map((turn, i) => new TurnView(turn, i, { edit: (text) => say(text, i), retry: () => say(turn.user, i) }));
  turns.replaceChildren(...views.map((view) => view.element));
  byId('welcome').hidden = views.length > 0;
  turns.hidden = views.length === 0;
  fixVoice(current.turns.some((turn) => turn.kept) ? current.task : null);
  showProgress();
  page.scrollTop = page.scrollHeight;
  if (had_focus) views.at(-1)?.element.focus({ preventScroll: true });
}

function showProgress() {
  const follow = page.scrollHeight - page.scrollTop - page.clientHeight < NEAR_END;
  views.forEach((view, i) => view.update(views.length - 1 - i, current.busy));
  showLine();
  send.replaceChildren(icon(current.busy ? 'stop' : 'send'));
  send.dataset.does = current.busy ? 'stop' : 'send';
  label(send, word(current.busy ? 'stop' : 'send'));
  if (follow) page.scrollTop = page.scrollHeight;
}

let line_shown = '';

function showLine() {
  const place = byId('mood-line');
  byId('mood-strip').hidden = current.turns.length === 0; // before its width is asked for
  const width = Math.floor(place.clientWidth);
  const now = JSON.stringify([width, document.documentElement.lang, current.turns.map((turn) => turn.sentiment?.probs)]);
  if (now === line_shown || width <= 0) return;
  line_shown = now;
  const chosen = (i) => {
    views[i].element.scrollIntoView({ block: 'start' });
    views[i].element.focus({ preventScroll: true });
  };
  const drawn = moodLine(current.turns, width, chosen);
  place.replaceChildren(drawn ?? make('p', { class: 'note' }, word('mood_line_wait')));
}

// Words come faster than a screen shows them: at most one painting a frame.
function progressed() {
  if (painting) return;
  painting = true;
  requestAnimationFrame(() => {
    painting = false;
    showProgress();
  });
}

function attach(conversation) {
  conversation.addEventListener('turns', () => conversation === current && showTurns());
  conversation.addEventListener('progress', () => conversation === current && progressed());
  conversation.addEventListener('finished', () => {
    busy.delete(conversation.id);
    if (conversation === current) {
      showProgress();
      fixVoice(conversation.turns.some((turn) => turn.kept) ? conversation.task : null);
      const { state, reply } = conversation.turns.at(-1);
      if (state === 'done' && reply) byId('spoken').textContent = word('reply_for_reader', { text: reply });
    }
    list.mark(current.id, busy);
    list.refresh();
  });
}

function show(conversation, id) {
  current = conversation;
  list.mark(current.id, busy);
  whenMoved(id);
  byId('spoken').textContent = '';
  showTurns();
}

export function fresh() {
  const conversation = new Conversation();
  attach(conversation);
  show(conversation, null);
  field.focus();
}

export async function open(id) {
  if (id === current.id) return;
  if (busy.has(id)) {
    show(busy.get(id), id);
    return;
  }
  const conversation = new Conversation(id);
  try {
    await conversation.load();
    attach(conversation);
    show(conversation, id);
  } catch (error) {
    if (error.kind === 'missing') fresh();
    notice(api.explain(error), error.kind === 'missing' ? null : () => open(id));
  }
}

async function say(text, place) {
  const wanted = settings(current.turns.some((turn) => turn.kept) ? current.task : null);
  if (wanted === null || current.busy) return false;
  const conversation = current;
  busy.set(conversation.id, conversation);
  whenMoved(conversation.id);
  const sent = conversation.send(text, wanted, place);
  list.mark(current.id, busy);
  byId('spoken').textContent = '';
  await sent;
  return true;
}

function sendField() {
  const text = field.value.trim();
  if (text === '' || current.busy) return;
  if (settings() === null) return;
  field.value = '';
  grow();
  say(text);
}

// As high as what is written; the style sheet says where it ends.
function grow() {
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight}px`;
}

export function start(moved) {
  whenMoved = moved;
  attach(current);
  field.addEventListener('input', grow);
  field.addEventListener('keydown', (event) => {
    // An input method takes Enter for itself; Safari ends the composition before the key (229).
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    sendField();
  });
  send.addEventListener('click', () => (current.busy ? current.stop() : sendField()));
  document.addEventListener('keydown', (event) => {
    const elsewhere = byId('panel-talk').hidden || document.querySelector('dialog[open]');
    if (event.key === 'Escape' && !event.isComposing && !elsewhere) current.stop();
  });
  for (const starter of byId('starters').children) {
    starter.addEventListener('click', () => {
      field.value = starter.textContent;
      grow();
      field.focus();
      sendField();
    });
  }
  new ResizeObserver(showLine).observe(byId('mood-line'));
  onLanguage(showTurns);
  list.mark(current.id, busy);
  showTurns();
  list.refresh();
}
