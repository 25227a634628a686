// What a request says beside its text: the voice, how the mood is read, sampling. Left empty, the task's
// own values hold.
// Tested by: tests/browser/page_test.py

import { byId, make } from './dom.js';
import { onLanguage, word } from './language.js';
import { recall, remember } from './settings.js';

const NUMBERS = ['temperature', 'top_p', 'max_tokens', 'seed'];
const voice = byId('voice');
const reader = byId('mood-reader');
let facts = { tasks: [], default_chat_task: null, default_label_task: null };

const field = (name) => byId(name.replace('_', '-'));

// Of this kind; a title in another language than the page's is still the task's own.
export const tasksOf = (mode) => facts.tasks.filter((task) => task.mode === mode);

function offer(select, choices, chosen) {
  select.replaceChildren(...choices.map(({ value, text }) => make('option', { value }, text)));
  select.value = choices.some(({ value }) => value === chosen) ? chosen : choices[0]?.value ?? '';
}

const named = ({ name, title }) => ({ value: name, text: title ? `${title} (${name})` : name });

function showChoices() {
  offer(voice, tasksOf('chat').map(named), recall('voice') ?? facts.default_chat_task);
  const auto = { value: '', text: word('mood_reader_auto') };
  offer(reader, [auto, ...tasksOf('score').map(named)], recall('mood_reader') ?? '');
}

export function offerTasks(next) {
  facts = { ...facts, ...next };
  showChoices();
}

// An English voice has its moods read by an English task, where there is one.
function moodTask(chat) {
  if (reader.value) return reader.value;
  const language = chat?.split('.').at(-1);
  const fitting = tasksOf('score').find(({ name }) => name === `sentiment.${language}`);
  return fitting?.name ?? facts.default_label_task;
}

// For POST /v1/assist. Null where a field has what it may not: it is shown then.
export function settings(kept_voice) {
  const wanted = {};
  for (const name of NUMBERS) {
    const input = field(name);
    if (!input.checkValidity()) {
      showOptions(true);
      input.reportValidity();
      return null;
    }
    if (input.value !== '') wanted[name] = input.valueAsNumber;
  }
  const task = kept_voice || voice.value;
  if (task) wanted.task = task;
  const label = moodTask(task);
  if (label) wanted.label_task = label;
  return wanted;
}

export function showOptions(open) {
  byId('options').hidden = !open;
  byId('options-button').setAttribute('aria-expanded', String(open));
}

// A conversation that has begun keeps its voice.
export function fixVoice(task) {
  voice.disabled = Boolean(task);
  byId('voice-kept').hidden = !task;
  if (task && tasksOf('chat').some(({ name }) => name === task)) voice.value = task;
  if (!task) voice.value = recall('voice') ?? facts.default_chat_task ?? '';
  if (voice.selectedIndex < 0) voice.selectedIndex = 0;
}

for (const name of NUMBERS) {
  field(name).value = recall(name) ?? '';
  field(name).addEventListener('change', ({ target }) => remember(name, target.checkValidity() ? target.value || null : null));
}
voice.addEventListener('change', () => remember('voice', voice.value));
reader.addEventListener('change', () => remember('mood_reader', reader.value || null));
byId('options-button').addEventListener('click', () => showOptions(byId('options').hidden));
byId('reset').addEventListener('click', () => {
  for (const name of NUMBERS) {
    field(name).value = '';
    remember(name, null);
  }
  remember('mood_reader', null);
  remember('voice', null);
  const kept = voice.disabled ? voice.value : null;
  showChoices();
  fixVoice(kept);
});
onLanguage(() => {
  const kept = voice.disabled ? voice.value : null;
  showChoices();
  fixVoice(kept);
});
