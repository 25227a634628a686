// The page on `yixin serve` itself, with the two-layer model: that both mean the same by every route and field.
//
// What it says makes no sense; everything about looks and faults is in the tests beside this one.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { soon } from './browser.mjs';
import { POLICY, WEB } from './page_server.mjs';
import { ServingProgram } from './program.mjs';
import { visiting } from './visitor.mjs';

const onPage = visiting(ServingProgram.start);

const atMost = async (page, tokens) => {
  await page.locator('#options-button').click();
  await page.locator('#max-tokens').fill(String(tokens));
  await page.locator('#options-button').click(); // by which the field is left
};

test('every file is in the program under its policy', onPage(async ({ server, visitor }) => {
  await visitor.open();
  for (const name of readdirSync(WEB)) {
    const answer = await fetch(server.url + (name === 'index.html' ? '' : name));
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), readFileSync(new URL(name, WEB)), name);
    assert.equal(answer.headers.get('Content-Security-Policy'), POLICY);
  }
}));

test('a conversation', onPage(async ({ page, server, tab, visitor }) => {
  const users = ({ turns }) => turns.map(({ user }) => user);
  const texts = ['今天真开心', "<script>document.title = 'ran'</script>"];
  await visitor.open();
  await atMost(page, 8);
  await visitor.talk(...texts);
  const [{ id }] = (await server.ask('GET', '/v1/conversations')).data;
  const kept = await server.ask('GET', `/v1/conversations/${id}`);
  assert.deepEqual(users(kept), texts);
  const moods = await tab.texts('.mood-first');
  assert.equal(moods.length, 2);
  kept.turns.forEach(({ sentiment }, i) => assert.ok(moods[i].startsWith(sentiment.label), `${sentiment.label}: ${moods[i]}`));
  await page.locator('.conversation-more', { hasText: / · 2 轮$/ }).waitFor();
  await visitor.retry();
  await visitor.answered();
  await visitor.edit(0, '改了');
  await page.getByRole('button', { name: '重新发送' }).click();
  await visitor.turns(1);
  await visitor.answered();
  while ((await visitor.reply.textContent()) === '') { // this model may say nothing; then the old turns are kept
    await visitor.retry();
    await visitor.answered();
  }
  assert.deepEqual(users(await server.ask('GET', `/v1/conversations/${id}`)), ['改了']);
  await page.reload();
  await soon(() => tab.texts('.bubble'), ['改了']);
  const { name, content } = await tab.download(() => visitor.pressInRow(0, /^导出/));
  assert.ok(name.endsWith('.json'), name);
  assert.deepEqual(users(JSON.parse(content)), ['改了']);
  await visitor.pressInRow(0, /^删除/);
  await page.getByRole('dialog').getByRole('button', { name: '删除' }).click();
  await soon(() => visitor.listed.count(), 0);
  assert.deepEqual((await server.ask('GET', '/v1/conversations')).data, []);
}));

test('stopping and asking again at once', onPage({ tolerated: ['409'] }, async ({ page, tab, visitor }) => {
  await visitor.open();
  await atMost(page, 400);
  for (const text of ['一', '二', '三']) {
    await visitor.say(text);
    await page.locator('.turn:last-child:has(.mood)', { has: page.getByText(text, { exact: true }) }).waitFor();
    await visitor.press('Escape'); // it may have ended by itself
    await visitor.answered();
  }
  assert.deepEqual(await tab.texts('.bubble'), ['一', '二', '三']);
  await page.reload();
  await soon(() => tab.texts('.bubble'), ['一', '二', '三']);
}));

test('a batch and the figures', onPage(async ({ page, server, tab, visitor }) => {
  const input = Array.from({ length: 40 }, (_, i) => `房间很干净${i}`);
  await visitor.open();
  await visitor.openTab('batch');
  await visitor.paste(input.join('\n'));
  await page.locator('#batch-start').click();
  await page.locator('#batch-status', { hasText: '读完了：40 句' }).waitFor();
  const { data } = await server.ask('POST', '/v1/classify', { input });
  assert.deepEqual(await tab.texts('#batch-rows .label-chip'), data.map(({ label }) => label));
  await visitor.openTab('how');
  await soon(() => page.locator('.tile').count(), 4);
  const said = await page.locator('#panel-how').textContent();
  const { model, kernels, version } = await server.ask('GET', '/v1/facts');
  for (const part of [model, kernels, version, 'sentiment.zh', 'chat.zh']) assert.ok(said.includes(part), part);
  assert.doesNotMatch(said, /undefined|NaN/);
}));
