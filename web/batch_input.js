// Where the texts of a batch come from: pasted lines, or a column of a CSV or TSV file.
// Tested by: tests/browser/page_batch_test.mjs

import { decode, readTable } from './csv.js';
import { byId, make } from './dom.js';
import { bytes, number, onLanguage, word } from './language.js';
import { notice } from './notices.js';

const LARGEST = 64e6; // bytes of a file: as text, table and results it takes ten times that in the browser
const SAMPLE = 200; // rows that are looked at to guess

const TEXT_NAMES = /^(text|texts|content|comment|comments|review|reviews|sentence|message|body|评论|内容|文本|文字|正文|句子|评价|留言|反馈)$/i;

const paste = byId('batch-paste');
const drop = byId('batch-drop');
const chooser = byId('batch-file');
const column = byId('batch-column');
const header = byId('batch-header');

let file = null; // {name, rows, encoding}
let whenChanged = () => {};

const width = () => Math.max(...file.rows.slice(0, SAMPLE).map((row) => row.length));

// A name that says so, else the column with the most text.
function guessColumn() {
  const [first] = file.rows;
  const named = first.findIndex((name) => TEXT_NAMES.test(name.trim()));
  if (named >= 0) return named;
  const lengths = new Array(width()).fill(0);
  for (const row of file.rows.slice(0, SAMPLE)) row.forEach((value, i) => (lengths[i] += value.length));
  return lengths.indexOf(Math.max(...lengths));
}

function guessHeader() {
  const [first] = file.rows;
  if (first.some((name) => TEXT_NAMES.test(name.trim()))) return true;
  return file.rows.length > 1 && first.length > 1 && first.every((name) => name.trim() !== '' && name.length <= 24 && !/\d/.test(name));
}

function showColumns() {
  const chosen = Number(column.value);
  const name = (i) => (header.checked && file.rows[0][i]?.trim()) || word('batch_column_n', { n: i + 1 });
  column.replaceChildren(...Array.from({ length: width() }, (_, i) => make('option', { value: String(i) }, name(i).slice(0, 60))));
  column.value = String(chosen);
}

function showFile() {
  byId('batch-file-set').hidden = file === null;
  paste.hidden = byId('batch-paste-label').hidden = file !== null;
  drop.hidden = file !== null;
  if (file === null) return;
  byId('batch-file-name').textContent = word('batch_file_is', { name: file.name, rows: number(file.rows.length), encoding: file.encoding });
  showColumns();
}

async function take(chosen) {
  if (!chosen) return;
  if (chosen.size > LARGEST) {
    notice(word('batch_file_large', { size: bytes(chosen.size), limit: bytes(LARGEST) }));
    return;
  }
  try {
    const { text, encoding } = decode(new Uint8Array(await chosen.arrayBuffer()));
    const rows = await readTable(text);
    if (rows.length === 0) throw new Error(word('batch_nothing'));
    file = { name: chosen.name, rows, encoding };
    header.checked = guessHeader();
    column.replaceChildren(make('option', { value: String(guessColumn()) }));
    column.selectedIndex = 0;
    showFile();
    whenChanged();
  } catch (error) {
    notice(word('batch_file_broken', { why: error.message }));
  }
}

// {texts, header, rows}: `rows` are the source's, one for each text; header null where it has no names.
export function input() {
  if (file === null) {
    const texts = paste.value.split(/\r?\n|\r/).filter((line) => line.trim() !== '');
    return { texts, header: ['text'], rows: texts.map((text) => [text]), name: 'texts' };
  }
  const at = Number(column.value);
  const rows = (header.checked ? file.rows.slice(1) : file.rows).filter((row) => (row[at] ?? '').trim() !== '');
  const names = Array.from({ length: width() }, (_, i) => (header.checked && file.rows[0][i]?.trim()) || `column_${i + 1}`);
  return { texts: rows.map((row) => row[at]), header: names, rows, name: file.name.replace(/\.[^.]*$/, '') };
}

export function lock(running) {
  for (const control of [paste, chooser, column, header, byId('batch-task'), byId('batch-forget-file')]) control.disabled = running;
}

export function start(changed) {
  whenChanged = changed;
  chooser.addEventListener('change', () => {
    take(chooser.files[0]);
    chooser.value = ''; // the same file may be chosen again
  });
  header.addEventListener('change', () => (showColumns(), changed()));
  column.addEventListener('change', changed);
  paste.addEventListener('input', changed);
  byId('batch-forget-file').addEventListener('click', () => {
    file = null;
    showFile();
    changed();
    paste.focus();
  });
  const panel = byId('panel-batch');
  for (const [name, over] of [['dragenter', true], ['dragover', true], ['dragleave', false], ['drop', false]]) {
    panel.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle('over', over);
      if (name === 'drop' && !chooser.disabled) take(event.dataTransfer.files[0]);
    });
  }
  onLanguage(showFile);
}
