// Parts of the page of web/ by themselves, in Chromium: streams cut anywhere, tables, Markdown, the words.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { Tab } from './browser.mjs';
import { PageServer, WEB } from './page_server.mjs';
import { encoded } from './visitor.mjs';

const server = await PageServer.start();
const tab = await Tab.open();
after(async () => {
  await tab.close();
  await server.close();
});
await tab.page.goto(server.url);

const module = (name) => tab.page.evaluateHandle((url) => import(url), server.url + name);
const [sse, csv, markdown, words] = await Promise.all(['sse.js', 'csv.js', 'markdown.js', 'words.js'].map(module));
const files = readdirSync(WEB).map((name) => ({ name, text: readFileSync(new URL(name, WEB), 'utf8') }));

// Parses the stream cut into pieces of every length: what the whole gives, or where a cut gives something else.
const cut = (stream) =>
  sse.evaluate(({ EventParser }, numbers) => {
    const bytes = Uint8Array.from(numbers);
    const read = (size) => {
      const parser = new EventParser();
      const found = [];
      for (let at = 0; at < bytes.length; at += size) found.push(...parser.push(bytes.slice(at, at + size)));
      return found;
    };
    const whole = read(bytes.length);
    for (let size = 1; size < bytes.length; ++size) {
      const found = read(size);
      if (JSON.stringify(found) !== JSON.stringify(whole)) return { size, found, whole };
    }
    return whole;
  }, [...Buffer.from(stream)]);
const render = (text) =>
  markdown.evaluate(({ renderMarkdown }, source) => {
    const box = document.createElement('div');
    box.append(renderMarkdown(source));
    return { html: box.innerHTML, text: box.textContent };
  }, text);

test('a stream may be cut anywhere', async () => {
  const found = await cut('event: delta\ndata: {"text": "心情好😀"}\n\n: heart\n\ndata:a\ndata: b\n\n');
  assert.deepEqual(found, [{ name: 'delta', data: '{"text": "心情好😀"}' }, { name: 'message', data: 'a\nb' }]);
});

test('a stream may end its lines in three ways', async () => {
  for (const end of ['\n', '\r\n', '\r']) {
    const found = await cut(`event: x${end}data: 一${end}${end}data${end}${end}event: y${end}${end}data: 2${end}${end}`);
    const wanted = [{ name: 'x', data: '一' }, { name: 'message', data: '' }, { name: 'message', data: '2' }];
    assert.deepEqual(found, wanted, JSON.stringify(end));
  }
});

test('what a stream does not finish is not an event', async () => {
  assert.deepEqual(await cut('\ufeffdata: 1\n\nevent: delta\ndata: 2\n'), [{ name: 'message', data: '1' }]);
});

test('tables', async () => {
  const cases = [
    ['a,b\r\n1,2\r\n', [['a', 'b'], ['1', '2']]],
    ['a\n"x, ""y""\n z",2', [['a'], ['x, "y"\n z', '2']]],
    ['a\tb\n1,5\t2\n', [['a', 'b'], ['1,5', '2']]],
    ['a;b\n1;2', [['a', 'b'], ['1', '2']]],
    ['one\n\n  \ntwo\r\rthree', [['one'], ['two'], ['three']]],
    ['a,""\n,\n', [['a', ''], ['', '']]],
    ['say "hi" to,2\n', [['say "hi" to', '2']]],
    ['"never closed\n1,2', [['never closed\n1,2']]],
    ['', []],
  ];
  for (const [text, rows] of cases) {
    assert.deepEqual(await csv.evaluate(({ readTable }, table) => readTable(table), text), rows, text);
  }
});

test('a table longer than a piece', async () => {
  const rows = await csv.evaluate(({ readTable }) => readTable('"评,论"\r\n'.repeat(50000)));
  assert.equal(rows.length, 50000);
  assert.ok(rows.every((row) => row.length === 1 && row[0] === '评,论'));
});

test('encodings', async () => {
  const text = '评论,房间很好';
  const cases = [
    [Buffer.from(text), 'UTF-8'],
    [Buffer.from(`\ufeff${text}`), 'UTF-8'],
    [encoded(text, 'GBK'), 'GB 18030'],
    [encoded(text, 'GB18030'), 'GB 18030'],
    [encoded(text, 'UTF-16'), 'UTF-16'],
  ];
  for (const [bytes, encoding] of cases) {
    const found = await csv.evaluate(({ decode }, numbers) => decode(Uint8Array.from(numbers)), [...bytes]);
    assert.deepEqual(found, { text, encoding });
  }
});

test('cells that a spreadsheet would run', async () => {
  const cases = [
    ['=1+1', "'=1+1"], ['+1', "'+1"], ['-x', "'-x"], ['@a', "'@a"], ['\tx', '"\'\tx"'], ['=a,"b', '"\'=a,""b"'],
    ['a\nb', '"a\nb"'], ['好', '好'], ['', ''], [-0.5, '-0.5'],
  ];
  for (const [value, cell] of cases) assert.equal(await csv.evaluate((module, of) => module.cell(of), value), cell);
});

test('markdown', async () => {
  const cases = [
    ['a\nb\n\nc', '<p>a<br>b</p><p>c</p>'],
    ['**粗** *斜* `x<y` __b__ _i_', '<p><strong>粗</strong> <em>斜</em> <code>x&lt;y</code> <strong>b</strong> <em>i</em></p>'],
    ['- a\n* b\n\n2. c\n3) d', '<ul><li>a</li><li>b</li></ul><ol start="2"><li>c</li><li>d</li></ol>'],
    ['# Title\ntext', '<p class="heading">Title</p><p>text</p>'],
    ['> q\n> r', '<blockquote>q<br>r</blockquote>'],
    ['```js\nif (a < b) {\n\n}\n```\nx', '<pre tabindex="0"><code>if (a &lt; b) {\n\n}\n</code></pre><p>x</p>'],
    ['```\nopen', '<pre tabindex="0"><code>open\n</code></pre>'],
    ['snake_case_name 2*3*4 a * b', '<p>snake_case_name 2<em>3</em>4 a * b</p>'],
    ['[x](javascript:alert(1)) <b>&amp;</b>', '<p>[x](javascript:alert(1)) &lt;b&gt;&amp;amp;&lt;/b&gt;</p>'],
    ['', ''],
  ];
  for (const [text, html] of cases) assert.equal((await render(text)).html, html);
});

test('markdown of a hostile model ends', async () => {
  const texts = ['*'.repeat(50000), '`'.repeat(49999), '_a'.repeat(30000), '**a'.repeat(20000), '> '.repeat(20000), '['.repeat(50000)];
  for (const text of texts) assert.ok((await render(text)).text.length > 0, text.slice(0, 10));
});

test('both languages have every word', async () => {
  const { zh, en } = await words.evaluate(({ WORDS }) => WORDS);
  assert.deepEqual(Object.keys(zh), Object.keys(en));
  const places = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
  for (const key of Object.keys(zh)) assert.deepEqual(places(zh[key]), places(en[key]), key);
});

test('every word is used and there', async () => {
  const there = new Set(await words.evaluate(({ WORDS }) => Object.keys(WORDS.zh)));
  const texts = files.filter(({ name }) => name !== 'words.js').map(({ text }) => text);
  const found = (pattern) => texts.flatMap((text) => [...text.matchAll(pattern)].map(([, key]) => key));
  const html = files.find(({ name }) => name === 'index.html').text;
  const named = new Set([...html.matchAll(/data-word(?:-label|-hint)?="(\w+)"/g)].map(([, key]) => key).concat(found(/\bword\(\s*'(\w+)'/g)));
  assert.deepEqual([...named].filter((key) => !there.has(key)), []);
  const quoted = new Set(found(/['"](\w+)['"]/g));
  const made = /^(error|theme|label|task)_/; // with a name of something behind it
  assert.deepEqual([...there].filter((key) => !quoted.has(key) && !named.has(key) && !made.test(key)), []);
});

test('nothing makes elements of strings', () => {
  for (const { name, text } of files) {
    for (const word of ['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'document.write', 'eval(', 'new Function', 'https://cdn']) {
      assert.ok(!text.includes(word), `${name}: ${word}`);
    }
    if (name.endsWith('.html')) assert.doesNotMatch(text, /\sstyle=|\son\w+=|<style|<script>/, 'the policy forbids it');
  }
});
