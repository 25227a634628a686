// Light or dark: the system's, until somebody chooses. The page waits for this file before it is painted.
// Tested by: tests/browser/page_look_test.mjs

import { label, onLanguage, word } from './language.js';
import { recall, remember } from './settings.js';

const ORDER = ['auto', 'light', 'dark'];
const dark = window.matchMedia('(prefers-color-scheme: dark)');
let chosen = ORDER.includes(recall('theme')) ? recall('theme') : 'auto';

function show() {
  const theme = chosen === 'auto' ? (dark.matches ? 'dark' : 'light') : chosen;
  document.documentElement.dataset.theme = theme;
  document.documentElement.dataset.chosen = chosen;
  const button = document.getElementById('theme');
  if (button) label(button, word(`theme_${chosen}`));
}

function next() {
  chosen = ORDER[(ORDER.indexOf(chosen) + 1) % ORDER.length];
  remember('theme', chosen === 'auto' ? null : chosen);
  show();
}

show();
dark.addEventListener('change', show);
onLanguage(show);
document.addEventListener('DOMContentLoaded', () => {
  document.getElementById('theme').addEventListener('click', next);
  show();
});
