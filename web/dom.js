// Elements are made here and nowhere from strings: texts of people and models stay texts.
// Tested by: tests/browser/page_look_test.mjs

const SVG = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value == null || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

// make('button', {class: 'quiet', click: handler}, 'text', element, ...)
export const make = (tag, attributes = {}, ...children) =>
  fill(document.createElement(tag), attributes, children);

export const draw = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

// One of the symbols of index.html; it says nothing to a screen reader.
export const icon = (name) =>
  draw('svg', { class: 'icon', 'aria-hidden': 'true', viewBox: '0 0 24 24' }, draw('use', { href: `#icon-${name}` }));

export function iconButton(name, text, click, more = {}) {
  return make('button', { type: 'button', class: 'icon-button', 'aria-label': text, title: text, click, ...more }, icon(name));
}

export const byId = (id) => document.getElementById(id);

// Gives a file to the person. Works without a server: the content is here.
export function download(name, content, type) {
  const url = URL.createObjectURL(new Blob(Array.isArray(content) ? content : [content], { type }));
  const link = make('a', { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60000); // the browser reads it after the click
}
