// The batch tab: texts in, start and stop, progress; its parts are batch_input, batch_run, batch_result.
// Tested by: tests/browser/page_batch_test.mjs

import { explain } from './api.js';
import * as input from './batch_input.js';
import * as result from './batch_result.js';
import { BatchRun } from './batch_run.js';
import { byId, make } from './dom.js';
import { number, onLanguage, word } from './language.js';
import { notice } from './notices.js';
import { labelTasks } from './options.js';

const EVERY_MS = 200; // between two looks at the results while they come

const begin = byId('batch-start');
const resume = byId('batch-resume');
const task = byId('batch-task');
let run = null;
let source = null;
let timer = null;

function status() {
  if (run === null) return '';
  const { state, done, failed, texts } = run;
  const parts = [];
  if (state === 'done') parts.push(word('batch_done', { n: number(done) }));
  if (state === 'stopped') parts.push(word('batch_stopped', { n: number(done) }));
  if (state === 'running') parts.push(word('batch_progress', { done: number(done), all: number(texts.length) }));
  if (state === 'running' && run.wait_s > 0) parts.push(word('batch_waiting', { n: run.wait_s }));
  else if (run.speed > 0) parts.push(word('batch_speed', { n: number(run.speed, run.speed < 10 ? 1 : 0) }));
  if (failed > 0) parts.push(word('batch_failed_rows', { n: number(failed) }));
  return parts.join(' · ');
}

function show() {
  const running = run?.state === 'running';
  input.lock(running);
  begin.textContent = word(running ? 'batch_stop' : 'batch_start');
  begin.classList.toggle('primary', !running);
  resume.hidden = !(run?.state === 'stopped' && run.done < run.texts.length);
  byId('batch-bar').hidden = run === null;
  if (run !== null) {
    byId('batch-bar').max = run.texts.length;
    byId('batch-bar').value = run.done;
  }
  byId('batch-status').textContent = status();
  result.show(run, source);
}

function soon() {
  timer ??= setTimeout(() => {
    timer = null;
    show();
  }, EVERY_MS);
}

function showCount() {
  byId('batch-count').textContent = word('batch_count', { n: number(input.input().texts.length) });
}

async function go() {
  const going = run;
  const ran = going.run();
  show();
  await ran;
  if (going === run && going.error) notice(explain(going.error), () => go());
  byId('batch-spoken').textContent = status();
  show();
}

function start_new() {
  source = input.input();
  if (source.texts.length === 0) {
    notice(word('batch_nothing'));
    byId('batch-paste').focus();
    return;
  }
  run = new BatchRun(source.texts, task.value);
  run.addEventListener('progress', () => {
    run.wait_s = 0;
    soon();
  });
  run.addEventListener('waiting', soon);
  go();
}

export function showTasks(facts) {
  const kept = task.value || facts.default_label_task;
  task.replaceChildren(...labelTasks().map(({ name, title }) => make('option', { value: name }, title ? `${title} (${name})` : name)));
  task.value = kept ?? '';
  if (task.selectedIndex < 0) task.selectedIndex = 0;
}

export function start() {
  input.start(showCount);
  result.start();
  begin.addEventListener('click', () => (run?.state === 'running' ? run.stop() : start_new()));
  resume.addEventListener('click', go);
  onLanguage(() => {
    showCount();
    result.showLanguage();
    show();
  });
  showCount();
  show();
}
