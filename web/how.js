// "How it works": live figures of the server while they are looked at, and what the model is.
// Tested by: tests/browser/page_look_test.mjs

import * as api from './api.js';
import { byId, draw, make } from './dom.js';
import { bytes, number, onLanguage, word } from './language.js';

const EVERY_MS = 2000;
const REMEMBERED = 60; // speeds in the small curve: two minutes

let facts = null;
let timer = null;
const speeds = [];

const known = (value) => typeof value === 'number' && Number.isFinite(value) && value > 0;

function tile(name, value, unit, more) {
  return make('div', { class: 'tile' }, make('dt', {}, word(name)), make('dd', {}, make('span', { class: 'figure' }, value), ' ', make('span', { class: 'unit' }, unit)), make('dd', { class: 'tile-more' }, more));
}

function curve() {
  const top = Math.max(...speeds, 1);
  const points = speeds.map((speed, i) => `${(i / Math.max(1, speeds.length - 1)) * 100},${28 - (speed / top) * 24}`);
  return draw('svg', { class: 'curve', viewBox: '0 0 100 30', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, draw('polygon', { points: `0,30 ${points.join(' ')} 100,30` }), draw('polyline', { points: points.join(' ') }));
}

function speed(name, value) {
  return known(value) ? tile(name, number(value, value < 10 ? 1 : 0), word('fact_rate'), name === 'fact_decode' ? curve() : '') : tile(name, '—', '', word('fact_not_yet'));
}

// The server may say a name, a list, or a name for each operation.
function kernelRows(kernels) {
  if (kernels == null) return [];
  if (typeof kernels !== 'object') return [[word('fact_kernels'), String(kernels)]];
  if (Array.isArray(kernels)) return kernels.map((row, i) => (typeof row === 'object' ? [String(row.name ?? row.op ?? i + 1), String(row.kernel ?? row.isa ?? row.value ?? '')] : [word('fact_kernels'), String(row)]));
  return Object.entries(kernels).map(([name, value]) => [name, String(value)]);
}

const kernelName = (kernels) => (typeof kernels === 'string' ? kernels : [...new Set(kernelRows(kernels).map(([, name]) => name))].join(', '));

function showFacts() {
  if (facts === null) return;
  const { kernels, threads } = facts;
  byId('how-tiles').replaceChildren(
    speed('fact_decode', facts.decode_tokens_per_s),
    speed('fact_prefill', facts.prefill_tokens_per_s),
    tile('fact_memory', known(facts.memory_bytes) ? bytes(facts.memory_bytes) : '—', '', known(facts.peak_memory_bytes) ? word('fact_peak', { size: bytes(facts.peak_memory_bytes) }) : ''),
    tile('fact_threads', known(threads) ? number(threads) : '—', '', kernels ? word('fact_cpu', { name: kernelName(kernels) }) : ''),
  );
  const size = known(facts.weight_bytes) ? bytes(facts.weight_bytes) : '—';
  byId('how-heart-size').textContent = word('how_heart_more', { size });
  byId('how-model-name').textContent = facts.model ?? '';
  const rows = [
    [word('fact_model'), facts.model],
    [word('fact_weights'), size],
    [word('fact_layers'), facts.layers],
    [word('fact_hidden'), facts.hidden],
    [word('fact_vocabulary'), known(facts.vocabulary) ? word('fact_tokens', { n: number(facts.vocabulary) }) : null],
    [word('fact_context'), known(facts.context) ? word('fact_tokens', { n: number(facts.context) }) : null],
    ...kernelRows(kernels),
    [word('fact_version'), facts.version],
  ];
  byId('how-facts').replaceChildren(...rows.filter(([, value]) => value != null).map(([name, value]) => make('tr', {}, make('th', { scope: 'row' }, name), make('td', {}, String(value)))));
  byId('how-tasks').replaceChildren(...facts.tasks.map(({ name, title, mode, labels }) => make('li', {}, make('span', { class: `mode mode-${mode}` }, word(`task_${mode}`)), make('span', {}, title || name), make('code', {}, name), labels?.length > 0 && make('span', { class: 'note' }, labels.join(' / ')))));
}

export function take(next) {
  facts = { tasks: [], ...next };
  if (known(facts.decode_tokens_per_s)) speeds.push(facts.decode_tokens_per_s);
  if (speeds.length > REMEMBERED) speeds.shift();
  showFacts();
}

const looked = () => !byId('panel-how').hidden && document.visibilityState === 'visible';

async function look() {
  timer = null;
  if (!looked()) return;
  let heard = true;
  try {
    take(await api.facts({ quiet: true }));
  } catch {
    heard = false;
  }
  byId('how-live').textContent = word(heard ? 'how_live_more' : 'how_paused');
  byId('how-live').classList.toggle('away', !heard);
  clearTimeout(timer);
  timer = setTimeout(look, EVERY_MS);
}

// Whenever the tab or the window may have come into sight.
export function wake() {
  if (timer === null) look();
}

export function start() {
  document.addEventListener('visibilitychange', wake);
  onLanguage(showFacts);
}
