// What a request says beside its text: the voice, how the mood is read, sampling. Left empty, the task's
// own values hold.
// Tested by: tests/browser/page_talk_test.mjs

import { byId, make } from './dom.js';
import { language, onLanguage, word } from './language.js';
import { recall, remember } from './settings.js';

const NUMBERS = ['temperature', 'top_p', 'max_tokens', 'seed'];
const voice = byId('voice');
const reader = byId('mood-reader');
let facts = { tasks: [], default_chat_task: null, default_label_task: null };

const field = (name) => byId(name.replace('_', '-'));

const chatTasks = () => facts.tasks.filter((task) => task.mode === 'chat');
export const labelTasks = () => facts.tasks.filter((task) => task.mode !== 'chat');

function offer(select, choices, chosen) {
  select.replaceChildren(...choices.map(({ value, text }) => make('option', { value }, text)));
  select.value = choices.some(({ value }) => value === chosen) ? chosen : choices[0]?.value ?? '';
}

// Chosen, else one that speaks as the page does.
function usualVoice() {
  const fitting = chatTasks().find(({ name }) => name === `chat.${language()}`);
  return recall('voice') ?? fitting?.name ?? facts.default_chat_task ?? '';
}

const named = ({ name, title }) => ({ value: name, text: title ? `${title} (${name})` : name });

function showChoices() {
  offer(voice, chatTasks().map(named), usualVoice());
  const auto = { value: '', text: word('mood_reader_auto') };
  offer(reader, [auto, ...labelTasks().map(named)], recall('mood_reader') ?? '');
}

export function offerTasks(next) {
  facts = { ...facts, ...next };
  showChoices();
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
  if (reader.value) wanted.label_task = reader.value; // else the server takes the voice's
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
  if (task && chatTasks().some(({ name }) => name === task)) voice.value = task;
  if (!task) voice.value = usualVoice();
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
