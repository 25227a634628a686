// The language that the page speaks: chosen, else the browser's. Elements say which words they want:
// data-word (text), data-word-label (aria-label and tooltip), data-word-hint (placeholder).
// Tested by: tests/browser/page_look_test.mjs

import { recall, remember } from './settings.js';
import { WORDS } from './words.js';

const listeners = new Set();
let current = WORDS[recall('language')] ? recall('language') : ofBrowser();

function ofBrowser() {
  const wanted = navigator.languages?.length ? navigator.languages : [navigator.language || ''];
  const first = wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => WORDS[tag]);
  return first ?? 'en';
}

export const language = () => current;

export function word(key, values = {}) {
  const text = WORDS[current][key];
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

export const number = (value, digits = 0) =>
  value.toLocaleString(current, { maximumFractionDigits: digits, minimumFractionDigits: digits });

export const percent = (share) => {
  const rounded = Math.round(share * 100);
  if (rounded === 100 && share < 1) return '99%'; // nothing is certain
  if (rounded === 0 && share > 0) return '<1%';
  return `${rounded}%`;
};

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

export function bytes(count) {
  let unit = 0;
  while (count >= 1000 && unit < UNITS.length - 1) {
    count /= 1000;
    ++unit;
  }
  return `${number(count, unit > 0 && count < 10 ? 1 : 0)} ${UNITS[unit]}`;
}

export function onLanguage(listener) {
  listeners.add(listener);
}

export function translate(root = document) {
  for (const element of root.querySelectorAll('[data-word]')) {
    element.textContent = word(element.dataset.word);
  }
  for (const element of root.querySelectorAll('[data-word-label]')) {
    label(element, word(element.dataset.wordLabel));
  }
  for (const element of root.querySelectorAll('[data-word-hint]')) {
    element.setAttribute('placeholder', word(element.dataset.wordHint));
  }
}

export function label(element, text) {
  element.setAttribute('aria-label', text);
  if (element.matches('button, a')) element.title = text;
}

function show() {
  document.documentElement.lang = current === 'zh' ? 'zh-CN' : current;
  document.title = word('title');
  translate();
}

export function speak(next) {
  current = next;
  remember('language', next);
  show();
  for (const listener of listeners) listener();
}

show();
