// What a batch has found: shares as bars, the texts a page at a time, both as files.
// Tested by: tests/browser/page_batch_test.mjs

import { BOM, csvLine } from './csv.js';
import { byId, download, draw, icon, make } from './dom.js';
import { number, percent, word } from './language.js';
import { labelWord, shares, stackedBar, toneIcon, toneOf } from './mood.js';

const PAGE = 100; // rows that are elements at a time
const LONG = 400; // characters of a text that the table shows

let run = null;
let source = null; // batch_input's
let page = 0;

const wanted = byId('batch-show');

// Indices of the texts that the table is about.
function chosen() {
  const all = [];
  for (let i = 0; i < run.done; ++i) {
    if (wanted.value === '' || run.results[i].label === wanted.value) all.push(i);
  }
  return all;
}

function showChart() {
  const read = run.done - run.failed;
  const rows = run.labels.map((label) => {
    const count = run.counts.get(label) ?? 0;
    const share = read > 0 ? count / read : 0;
    const tone = toneOf(label, run.labels);
    const bar = draw('svg', { class: 'share', viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, draw('rect', { class: 'ground', width: 100, height: 10 }), draw('rect', { class: `fill ${tone}`, width: share * 100, height: 10 }));
    const said = word('batch_chart_read', { label: labelWord(label), n: number(count), percent: percent(share) });
    return make('li', { class: tone, 'aria-label': said }, make('span', { class: 'share-name' }, toneIcon(tone), labelWord(label)), bar, make('span', { class: 'share-count' }, `${percent(share)} · ${number(count)}`));
  });
  byId('batch-chart').replaceChildren(...rows);
}

function showFilter() {
  const value = wanted.value;
  const choices = [make('option', { value: '' }, word('batch_all')), ...run.labels.map((label) => make('option', { value: label }, labelWord(label)))];
  wanted.replaceChildren(...choices);
  wanted.value = run.labels.includes(value) ? value : '';
}

function row(i) {
  const result = run.results[i];
  const text = run.texts[i].length > LONG ? `${run.texts[i].slice(0, LONG)}…` : run.texts[i];
  const head = [make('th', { scope: 'row' }, number(i + 1)), make('td', { class: 'cell-text' }, text)];
  if (result.error) return make('tr', {}, ...head, make('td', { colspan: '2', class: 'cell-error' }, icon('warn'), result.error));
  const [first] = shares(result);
  return make('tr', {}, ...head, make('td', {}, make('span', { class: `label-chip ${first.tone}` }, toneIcon(first.tone), labelWord(first.label))), make('td', { class: 'cell-share' }, percent(first.share), stackedBar(result)));
}

function showTable() {
  const all = chosen();
  page = Math.max(0, Math.min(page, Math.ceil(all.length / PAGE) - 1));
  const from = page * PAGE;
  const here = all.slice(from, from + PAGE);
  byId('batch-rows').replaceChildren(...here.map(row));
  byId('batch-page').textContent = word('batch_page', { from: number(here.length > 0 ? from + 1 : 0), to: number(from + here.length), all: number(all.length) });
  byId('batch-previous').disabled = page === 0;
  byId('batch-next').disabled = from + PAGE >= all.length;
}

export function show(next_run, next_source) {
  if (next_run !== run) page = 0;
  run = next_run;
  source = next_source;
  byId('batch-result').hidden = run === null || run.done === 0;
  if (run === null) return;
  showChart();
  if (wanted.options.length !== run.labels.length + 1) showFilter();
  showTable();
  byId('batch-csv').disabled = byId('batch-jsonl').disabled = run.done === 0;
}

export function showLanguage() {
  if (run === null) return;
  showFilter();
  show(run, source);
}

// Rounded as `yixin classify --json` does not: a spreadsheet is for people.
const share = (value) => Math.round(value * 1e6) / 1e6;

function csv() {
  const { header, rows } = source;
  const wide = header.length;
  const lines = [BOM, csvLine([...header, 'label', 'probability', ...run.labels.map((label) => `p_${label}`), 'error'])];
  for (let i = 0; i < run.done; ++i) {
    const { label = '', probs = [], labels = [], error = '' } = run.results[i];
    const own = Array.from({ length: wide }, (_, at) => rows[i][at] ?? '');
    const found = run.labels.map((name) => (labels.includes(name) ? share(probs[labels.indexOf(name)]) : ''));
    lines.push(csvLine([...own, label, label ? share(Math.max(...probs)) : '', ...found, error]));
  }
  return lines;
}

function jsonl() {
  const lines = [];
  for (let i = 0; i < run.done; ++i) {
    const { label = null, probs = [], labels = [], margin = null, error } = run.results[i];
    const found = Object.fromEntries(labels.map((name, at) => [name, probs[at]]));
    lines.push(`${JSON.stringify(error ? { text: run.texts[i], error } : { text: run.texts[i], label, probs: found, margin })}\n`);
  }
  return lines;
}

function turn(by) {
  page += by;
  showTable();
  byId('batch-table-box').scrollTop = 0;
}

export function start() {
  byId('batch-previous').addEventListener('click', () => turn(-1));
  byId('batch-next').addEventListener('click', () => turn(1));
  wanted.addEventListener('change', () => {
    page = 0;
    showTable();
  });
  byId('batch-csv').addEventListener('click', () => download(`${source.name}.labels.csv`, csv(), 'text/csv;charset=utf-8'));
  byId('batch-jsonl').addEventListener('click', () => download(`${source.name}.labels.jsonl`, jsonl(), 'application/x-ndjson'));
}
