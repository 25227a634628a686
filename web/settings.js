// What the browser remembers of this page: choices in localStorage, the key in sessionStorage. Where a
// browser allows neither, they last as long as the page.
// Tested by: tests/browser/page_look_test.mjs

const PREFIX = 'yixin.';
const fallback = new Map();

function storage(kind) {
  try {
    return window[kind]; // throws where storage is forbidden
  } catch {
    return null;
  }
}

function read(kind, name) {
  try {
    const value = storage(kind)?.getItem(PREFIX + name);
    if (value != null) return value;
  } catch {
    // As if there were none.
  }
  return fallback.get(name) ?? null;
}

function write(kind, name, value) {
  if (value == null) fallback.delete(name);
  else fallback.set(name, String(value));
  try {
    if (value == null) storage(kind)?.removeItem(PREFIX + name);
    else storage(kind)?.setItem(PREFIX + name, String(value));
  } catch {
    // Full or forbidden: the fallback has it.
  }
}

export const recall = (name) => read('localStorage', name);
export const remember = (name, value) => write('localStorage', name, value); // null forgets
export const recallHere = (name) => read('sessionStorage', name);
export const rememberHere = (name, value) => write('sessionStorage', name, value);
