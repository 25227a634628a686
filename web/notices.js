// What the page says to people beside its content: notices that go away, a question, the key.
// Tested by: tests/browser/page_talk_test.mjs

import { whenKeyIsNeeded } from './api.js';
import { byId, icon, make } from './dom.js';
import { word } from './language.js';

const notices = byId('notices');

// again: what "try again" does; without it the notice is only dismissed.
export function notice(text, again = null) {
  if ([...notices.children].some((shown) => shown.dataset.text === text)) return;
  const card = make('div', { class: 'notice', 'data-text': text }, icon('warn'), make('span', {}, text));
  const close = () => card.remove();
  if (again) card.append(make('button', { type: 'button', class: 'small', click: () => (close(), again()) }, word('try_again')));
  card.append(make('button', { type: 'button', class: 'small quiet', click: close }, word('dismiss')));
  notices.append(card);
}

// A dialog and who waits for its answer; null when it is closed without one.
function questionOf(dialog) {
  let waiting = null;
  const settle = (value) => {
    const told = waiting;
    waiting = null;
    if (dialog.open) dialog.close();
    told?.(value);
  };
  // It comes late: the dialog may be open again, for another question.
  dialog.addEventListener('close', () => dialog.open || settle(null));
  const ask = () => {
    waiting?.(null);
    if (!dialog.open) dialog.showModal();
    return new Promise((resolve) => (waiting = resolve));
  };
  return { ask, settle };
}

const confirm = questionOf(byId('confirm'));
const keys = questionOf(byId('key-dialog'));
const key = byId('key');

// True when the person says yes.
export async function confirmed(question, explained, yes) {
  byId('confirm-question').textContent = question;
  byId('confirm-explained').textContent = explained;
  byId('confirm-yes').textContent = yes;
  return (await confirm.ask()) === 'yes';
}

byId('confirm-yes').addEventListener('click', () => confirm.settle('yes'));
byId('confirm-no').addEventListener('click', () => confirm.settle(null));
byId('key-cancel').addEventListener('click', () => keys.settle(null));
byId('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  keys.settle(key.value.trim() || null);
});

whenKeyIsNeeded((wrong) => {
  byId('key-more').textContent = word(wrong ? 'key_wrong' : 'key_more');
  key.value = '';
  return keys.ask();
});
