// The page's start: its three tabs, the address behind #, what the server says of itself.
// Tested by: tests/browser/page_look_test.mjs

import * as api from './api.js';
import * as batch from './batch.js';
import { byId, icon } from './dom.js';
import * as how from './how.js';
import { language, speak } from './language.js';
import { notice } from './notices.js';
import { offerTasks } from './options.js';
import * as talk from './talk.js';

const TABS = ['talk', 'batch', 'how'];
let conversation = null; // the one in the address

function showTab(tab) {
  for (const name of TABS) {
    const chosen = name === tab;
    byId(`tab-${name}`).setAttribute('aria-selected', String(chosen));
    byId(`tab-${name}`).tabIndex = chosen ? 0 : -1;
    byId(`panel-${name}`).hidden = !chosen;
  }
  how.wake();
}

const address = (tab) => `#${tab}${tab === 'talk' && conversation !== null ? `/${encodeURIComponent(conversation)}` : ''}`;

function go(tab) {
  if (location.hash !== address(tab)) history.pushState(null, '', address(tab));
  showTab(tab);
}

// As the address says: at the start, and on the browser's way back.
async function follow() {
  const [tab, id] = location.hash.slice(1).split('/');
  showTab(TABS.includes(tab) ? tab : 'talk');
  if (tab !== 'talk' && tab !== '') return;
  let wanted = null;
  try {
    wanted = id ? decodeURIComponent(id) : null;
  } catch {
    // Not an address that this page has written.
  }
  if (wanted !== null) await talk.open(wanted);
  else if (conversation !== null) talk.fresh();
}

async function meet() {
  try {
    const facts = { tasks: [], ...(await api.facts()) };
    offerTasks(facts);
    batch.showTasks(facts);
    how.take(facts);
  } catch (error) {
    notice(api.explain(error), meet);
  }
}

for (const name of TABS) byId(`tab-${name}`).addEventListener('click', () => go(name));
byId('tabs').addEventListener('keydown', (event) => {
  const now = TABS.findIndex((name) => byId(`tab-${name}`) === document.activeElement);
  const next = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: TABS.length - 1 }[event.key];
  if (now < 0 || next === undefined) return;
  event.preventDefault();
  const name = TABS[(next + TABS.length) % TABS.length];
  go(name);
  byId(`tab-${name}`).focus();
});
byId('language').addEventListener('click', () => speak(language() === 'zh' ? 'en' : 'zh'));
for (const place of document.querySelectorAll('[data-icon]')) place.prepend(icon(place.dataset.icon));

how.start();
batch.start();
talk.start((id) => {
  conversation = id;
  if (location.hash !== address('talk')) history.pushState(null, '', address('talk'));
});
if (location.hash === '') history.replaceState(null, '', '#talk');
window.addEventListener('popstate', follow);
meet();
follow();
