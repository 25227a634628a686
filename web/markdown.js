// A small Markdown for what models write: paragraphs, headings, lists, quotes, code, bold, italics. Made
// only of elements and text nodes; HTML and links stay the characters that they are.
// Tested by: tests/browser/page_units_test.mjs

import { make } from './dom.js';

const FENCE = /^\s{0,3}```[^`]*$/;
const HEADING = /^#{1,6}\s+(.*)$/;
const BULLET = /^\s{0,8}[-*+•]\s+(.*)$/;
const NUMBERED = /^\s{0,8}(\d{1,6})[.)、]\s*(.*)$/;
const QUOTE = /^\s{0,3}>\s?(.*)$/;
// Each alternative ends at the next character of its kind, so a line is read in linear time.
const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|__([^_]+)__|\*([^*\s][^*]*)\*|(?<![\p{L}\p{N}_])_([^_\s][^_]*)_(?![\p{L}\p{N}_])/gu;

function inline(text, into) {
  let from = 0;
  for (const found of text.matchAll(INLINE)) {
    const [whole, code, bold, bold_too, italic, italic_too] = found;
    into.append(text.slice(from, found.index));
    if (code !== undefined) into.append(make('code', {}, code));
    else if (bold ?? bold_too) into.append(make('strong', {}, bold ?? bold_too));
    else into.append(make('em', {}, italic ?? italic_too));
    from = found.index + whole.length;
  }
  into.append(text.slice(from));
  return into;
}

// A line's kind and what is left of it.
function kindOf(line) {
  let found;
  if (FENCE.test(line)) return { kind: 'fence' };
  if (line.trim() === '') return { kind: 'gap' };
  if ((found = HEADING.exec(line))) return { kind: 'heading', text: found[1] };
  if ((found = QUOTE.exec(line))) return { kind: 'quote', text: found[1] };
  if ((found = BULLET.exec(line))) return { kind: 'ul', text: found[1] };
  if ((found = NUMBERED.exec(line))) return { kind: 'ol', text: found[2], start: found[1] };
  return { kind: 'p', text: line };
}

export function renderMarkdown(text) {
  const page = document.createDocumentFragment();
  let open = null; // the paragraph, list or quote that the next line may continue
  let code = null; // the code block that is open
  for (const line of text.replace(/\r\n?/g, '\n').split('\n')) {
    if (code !== null) {
      if (FENCE.test(line)) code = null;
      else code.append(`${line}\n`);
      continue;
    }
    const { kind, text: rest, start } = kindOf(line);
    if (kind === 'gap') {
      open = null;
    } else if (kind === 'fence') {
      code = make('code');
      page.append(make('pre', { tabindex: '0' }, code));
      open = null;
    } else if (kind === 'heading') {
      page.append(inline(rest, make('p', { class: 'heading' })));
      open = null;
    } else if (kind === 'ul' || kind === 'ol') {
      if (open?.kind !== kind) {
        open = { kind, element: make(kind, kind === 'ol' && start !== '1' ? { start } : {}) };
        page.append(open.element);
      }
      open.element.append(inline(rest, make('li')));
    } else if (open?.kind === kind) {
      inline(rest, (open.element.append(make('br')), open.element));
    } else {
      open = { kind, element: inline(rest, make(kind === 'quote' ? 'blockquote' : 'p')) };
      page.append(open.element);
    }
  }
  return page;
}
