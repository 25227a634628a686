// The batch tab of web/ in Chromium, on a server that answers by a script: texts in, labels out, what goes wrong.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, soon } from './browser.mjs';
import { PageServer } from './page_server.mjs';
import { encoded, visiting } from './visitor.mjs';

const onPage = visiting(PageServer.start);

const choose = async (page, name, content) => {
  await page.locator('#batch-file').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(content) });
  await eventually(async () => (await page.locator('#batch-file-name').textContent()).startsWith(name));
};

const runBatch = async (page) => {
  await page.locator('#batch-start').click();
  await page.locator('#panel-batch:has(#batch-start.primary) #batch-csv').waitFor();
};

const status = (page, text) => page.locator('#batch-status', { hasText: text }).waitFor();

// The lines of a table: no cell of these tests has a line of its own.
const csvLines = async (page, tab) => {
  const { content } = await tab.download(() => page.locator('#batch-csv').click());
  const lines = content.toString().split('\r\n');
  assert.equal(lines[0][0], '\ufeff');
  assert.equal(lines.pop(), '');
  return [lines[0].slice(1), ...lines.slice(1)];
};

const jsonLines = async (page, tab) => {
  const { content } = await tab.download(() => page.locator('#batch-jsonl').click());
  return content.toString().trimEnd().split('\n').map((line) => JSON.parse(line));
};

test('a table of a spreadsheet becomes a table with labels', onPage(async ({ page, server, tab, visitor }) => {
  const row = (i) => (i % 2 ? `${i},"房间很干净，""好""${i}",=1+${i}` : `${i},等了三个小时${i},-`);
  const rows = Array.from({ length: 300 }, (_, i) => row(i));
  await visitor.open('#batch');
  await choose(page, '评论.csv', encoded(['编号,评论,备注', ...rows].join('\r\n'), 'GBK'));
  assert.match(await page.locator('#batch-file-name').textContent(), /GB 18030/);
  assert.ok(await page.getByLabel('第一行是列名').isChecked());
  assert.deepEqual(await tab.texts('#batch-column option:checked'), ['评论']);
  assert.equal(await page.locator('#batch-count').textContent(), '300 句');
  await runBatch(page);
  assert.match(await page.locator('#batch-status').textContent(), /读完了：300 句/);
  const sent = server.asked('/v1/classify');
  assert.deepEqual(sent.map(({ input }) => input.length), [...Array(9).fill(32), 12]);
  assert.equal(sent[0].input[1], '房间很干净，"好"1');
  assert.equal(await page.locator('#batch-rows tr').count(), 100);
  assert.ok((await tab.texts('#batch-chart li')).includes('正面50% · 150'));
  await page.getByRole('button', { name: '后一页' }).click();
  await page.getByRole('button', { name: '后一页' }).click();
  assert.equal(await page.locator('#batch-page').textContent(), '第 201–300 句，共 300 句');
  assert.ok(await page.getByRole('button', { name: '后一页' }).isDisabled());
  await page.getByLabel('显示').selectOption('负面');
  assert.equal(await page.locator('#batch-page').textContent(), '第 1–100 句，共 150 句');
  assert.deepEqual(new Set(await tab.texts('#batch-rows .label-chip')), new Set(['负面']));
  const lines = await csvLines(page, tab);
  assert.equal(lines.length, 301);
  assert.equal(lines[0], '编号,评论,备注,label,probability,p_正面,p_负面,p_中性,error');
  assert.ok(lines[2].startsWith('1,"房间很干净，""好""1",\'=1+1,正面,'), lines[2]);
  assert.ok(lines[1].startsWith("0,等了三个小时0,'-,负面,"), lines[1]);
  const sum = lines[2].split(',').slice(5, 8).map(Number).reduce((a, b) => a + b);
  assert.equal(sum.toFixed(3), '1.000');
  const found = await jsonLines(page, tab);
  assert.deepEqual([found.length, found[1].label, Object.keys(found[1].probs)], [300, '正面', ['正面', '负面', '中性']]);
}));

test('pasted lines and another task', onPage(async ({ page, server, tab, visitor }) => {
  await visitor.open('#batch');
  await soon(() => page.locator('#batch-task option').count(), 3);
  await page.getByLabel('读什么').selectOption('urgency.zh');
  await visitor.paste('等了三天\n\n  \n今天星期三');
  await runBatch(page);
  assert.deepEqual(server.asked('/v1/classify'), [{ input: ['等了三天', '今天星期三'], task: 'urgency.zh' }]);
  assert.deepEqual(await tab.texts('#batch-rows .label-chip'), ['一般', '不急']);
  assert.ok((await csvLines(page, tab))[0].startsWith('text,label,probability,'));
}));

test('a file with tabs and no names', onPage(async ({ page, server, tab, visitor }) => {
  const names = page.getByLabel('第一行是列名');
  await visitor.open('#batch');
  await choose(page, 'a.tsv', '\ufeff1\t房间很干净，真的\n2\t差\n');
  assert.equal(await names.isChecked(), false);
  assert.deepEqual(await tab.texts('#batch-column option:checked'), ['第 2 列']);
  await names.check();
  assert.equal(await page.locator('#batch-count').textContent(), '1 句');
  await names.uncheck();
  await runBatch(page);
  assert.deepEqual(server.asked('/v1/classify')[0].input, ['房间很干净，真的', '差']);
  await page.getByRole('button', { name: '不用这个文件' }).click();
  assert.ok(await page.locator('#batch-paste').isVisible());
  assert.equal(await page.locator('#batch-count').textContent(), '0 句');
}));

test('a file is dropped', onPage(async ({ page, visitor }) => {
  await visitor.open('#batch');
  const dataTransfer = await page.evaluateHandle(() => {
    const made = new DataTransfer();
    made.items.add(new File(['text\n很干净\n'], 'dropped.csv'));
    return made;
  });
  await page.locator('#batch-drop').dispatchEvent('drop', { dataTransfer });
  await soon(() => page.locator('#batch-count').textContent(), '1 句');
}));

test('texts that cannot be read do not stop the others', onPage({ tolerated: ['400'] }, async ({ page, server, tab, visitor }) => {
  const texts = Array.from({ length: 70 }, (_, i) => (i === 3 || i === 40 ? `坏${i}` : `句${i}`));
  server.broken_texts = { 坏3: 'too long', 坏40: 'empty' };
  await visitor.open('#batch');
  await choose(page, 'x.csv', ['text', ...texts].join('\n'));
  await runBatch(page);
  assert.match(await page.locator('#batch-status').textContent(), /2 句没能读出/);
  assert.deepEqual(await tab.texts('.cell-error'), ['too long', 'empty']);
  const found = await jsonLines(page, tab);
  assert.deepEqual(found.map(({ text }) => text), texts);
  assert.equal(found[40].error, 'empty');
}));

test('a busy server makes a batch wait', onPage({ tolerated: ['429'] }, async ({ page, visitor }) => {
  await visitor.open('#batch');
  await visitor.paste('忙一\n句二');
  // It is there for less than a second: the page itself looks out for it.
  const busy = page.waitForFunction(() => document.querySelector('#batch-status').textContent.includes('服务器正忙'));
  await page.locator('#batch-start').click();
  await busy;
  await status(page, '读完了：2 句');
}));

test('a batch is stopped and goes on', onPage(async ({ page, server, tab, visitor }) => {
  const many = (count, word) => Array.from({ length: count }, (_, i) => `${word}${i}`);
  await visitor.open('#batch');
  await choose(page, 'x.csv', ['text', ...many(40, '句'), '先想', ...many(2000, '后')].join('\n'));
  await page.locator('#batch-start').click();
  await status(page, '已读 32 / 2,041');
  await soon(() => server.asked('/v1/classify').length, 2);
  assert.ok(await page.locator('#batch-column').isDisabled());
  await page.locator('#panel-batch').getByRole('button', { name: '停止' }).click();
  await status(page, '停下了：已读 32 句');
  assert.equal((await jsonLines(page, tab)).length, 32);
  server.release();
  await page.getByRole('button', { name: '接着读' }).click();
  await status(page, '读完了：2,041 句');
  const texts = (await jsonLines(page, tab)).map(({ text }) => text);
  assert.deepEqual([texts.length, texts[32], texts[2040]], [2041, '句32', '后1999']);
  assert.equal(await page.locator('#batch-rows tr').count(), 100);
}));

test('nothing to read', onPage(async ({ page, server, visitor }) => {
  await visitor.open('#batch');
  await page.locator('#batch-start').click();
  await page.locator('.notice').waitFor();
  assert.deepEqual(server.asked('/v1/classify'), []);
}));
