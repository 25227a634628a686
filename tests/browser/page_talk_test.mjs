// The conversation tab of web/ in Chromium, on a server that answers by a script: what people see, press and get, and what goes wrong.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, soon } from './browser.mjs';
import { BEGUN, DEFAULT_REPLY, PageServer, sentiment } from './page_server.mjs';
import { focused, visiting } from './visitor.mjs';

const onPage = visiting(PageServer.start);
const placeOf = (server) => server.asked('/v1/assist').at(-1).turn;

test('a reply comes in pieces behind its mood', onPage(async ({ page, server, tab, visitor }) => {
  const text = '等我说完，今天真开心';
  await visitor.open();
  await visitor.say(text);
  await soon(() => visitor.reply.textContent(), BEGUN);
  assert.equal(await visitor.last.getAttribute('data-state'), 'writing');
  assert.equal(await visitor.last.getAttribute('aria-busy'), 'true');
  const { probs } = sentiment(text, 'sentiment.zh');
  assert.equal(await page.locator('.mood-first').textContent(), `正面 ${Math.round(probs[0] * 100)}%`);
  assert.ok((await page.locator('.mood-rest').textContent()).includes(`负面 ${Math.round(probs[1] * 100)}%`));
  assert.match(await page.locator('.mood').getAttribute('aria-label'), /正面/);
  const widths = await page.locator('.mood .stack rect').evaluateAll((bars) => bars.map((bar) => bar.width.baseVal.value));
  assert.deepEqual(widths.map((width) => width.toFixed(3)), probs.map((share) => (share * 100).toFixed(3)));
  assert.equal(await page.locator('#spoken').textContent(), '', 'a screen reader hears the whole reply, once');
  assert.equal(await visitor.send.getAttribute('aria-label'), '停止');
  server.release();
  await visitor.answered();
  assert.deepEqual(await tab.texts('.prose'), [DEFAULT_REPLY]);
  assert.equal(await page.locator('#spoken').textContent(), `一心：${DEFAULT_REPLY}`);
  assert.equal(await visitor.last.getAttribute('aria-busy'), 'false');
}));

for (const [name, stop] of [['button', (visitor) => visitor.send.click()], ['Esc key', (visitor) => visitor.press('Escape')]]) {
  test(`stopping by the ${name} keeps what was written`, onPage(async ({ page, server, tab, visitor }) => {
    await visitor.open();
    await visitor.say('等等');
    await soon(() => visitor.reply.textContent(), BEGUN);
    await stop(visitor);
    await visitor.answered();
    assert.match(await page.locator('.after').textContent(), /停在这里了/);
    assert.deepEqual(await tab.texts('.prose'), [BEGUN]);
    const { conversation } = server.asked('/v1/assist').at(-1);
    await soon(() => server.conversations.get(conversation)?.turns.map(({ reply }) => reply), [BEGUN]);
  }));
}

test('a reply that was stopped before its mood can be asked for again', onPage(async ({ server, tab, visitor }) => {
  await visitor.open();
  await visitor.talk('你好');
  await visitor.say('先想一想');
  await visitor.last.locator('.dots').waitFor();
  await visitor.send.click();
  await visitor.answered();
  server.release();
  const { conversation } = server.asked('/v1/assist')[0];
  await soon(() => server.conversations.get(conversation).turns.length, 2);
  await visitor.retry();
  await visitor.answered();
  assert.equal(placeOf(server), 1);
  assert.deepEqual(await tab.texts('.bubble'), ['你好', '先想一想']);
  await soon(() => server.conversations.get(conversation).turns.at(-1).reply, DEFAULT_REPLY);
}));

test('another answer and an edited turn', onPage(async ({ page, server, tab, visitor }) => {
  await visitor.open();
  await visitor.talk('次数一', '次数二', '次数三');
  assert.deepEqual(await tab.texts('.prose'), ['第 1 次', '第 2 次', '第 3 次']);
  assert.equal(await page.locator('.retry').count(), 1, 'of the last one only');
  await visitor.retry();
  await soon(() => visitor.reply.textContent(), '第 4 次');
  await visitor.answered();
  assert.equal(placeOf(server), 2);
  await visitor.openEditor(1);
  assert.match(await page.locator('.editor').textContent(), /后面的 1 轮会被替换/);
  await visitor.press('Escape');
  assert.equal(await page.locator('.editor').count(), 0);
  await visitor.edit(1, '次数改了');
  await visitor.press('Enter');
  await visitor.turns(2);
  await visitor.answered();
  assert.equal(placeOf(server), 1);
  assert.deepEqual(await tab.texts('.bubble'), ['次数一', '次数改了']);
  assert.equal(await focused(page), 'turn-1', 'the keyboard stays where it was');
  assert.deepEqual(await tab.texts('.prose'), ['第 1 次', '第 5 次']);
  assert.ok(!('turn' in server.asked('/v1/assist')[1]), 'another window may have said something meanwhile');
}));

test('a model that says nothing', onPage(async ({ page, server, tab, visitor }) => {
  await visitor.open();
  await visitor.talk('你好', '再见');
  await visitor.edit(0, '沉默');
  await page.getByRole('button', { name: '重新发送' }).click();
  await visitor.turns(1);
  await visitor.answered();
  assert.match(await page.locator('.after').textContent(), /没有回答/);
  const { conversation } = server.asked('/v1/assist')[0];
  assert.equal(server.conversations.get(conversation).turns.length, 2, 'what it was to replace is still there');
  await visitor.talk('那就算了');
  assert.equal(placeOf(server), 0);
  assert.deepEqual(await tab.texts('.bubble'), ['那就算了']);
  assert.deepEqual(server.conversations.get(conversation).turns.map(({ user }) => user), ['那就算了']);
}));

test("conversations are the server's", onPage(async ({ page, tab, visitor }) => {
  await visitor.open();
  await visitor.talk('第一个，真开心', '还有');
  await page.getByRole('button', { name: '新的对话' }).click();
  assert.deepEqual(await tab.texts('.turn'), []);
  assert.ok(await page.locator('#welcome').isVisible());
  await visitor.talk('第二个');
  await visitor.lists('第二个', '第一个，真开心');
  await visitor.openListed(1);
  await visitor.turns(2);
  assert.deepEqual(await tab.texts('.side li:has([aria-current]) .conversation-title'), ['第一个，真开心']);
  await page.reload();
  await visitor.turns(2);
  assert.deepEqual(await tab.texts('.bubble'), ['第一个，真开心', '还有']);
  assert.equal(await page.locator('.mood-first').count(), 2);
  assert.equal(await page.locator('.mood-line .point').count(), 2);
  await page.goBack();
  await visitor.turns(1);
  assert.deepEqual(await tab.texts('.bubble'), ['第二个']);
}));

test('deleting asks first', onPage(async ({ page, server, tab, visitor }) => {
  const question = page.getByRole('dialog', { name: '删除这个会话？' });
  await visitor.open();
  await visitor.talk('留着');
  await page.getByRole('button', { name: '新的对话' }).click();
  await visitor.talk('删掉');
  await visitor.lists('删掉', '留着');
  await visitor.pressInRow(0, '删除“删掉”');
  await question.waitFor();
  assert.match(await page.locator('#confirm-explained').textContent(), /删掉/);
  await tab.keep('page-confirm');
  assert.equal(await focused(page), 'confirm-no');
  await visitor.press('Escape');
  await question.waitFor({ state: 'hidden' });
  assert.equal(server.conversations.size, 2);
  await visitor.pressInRow(0, '删除“删掉”');
  await question.getByRole('button', { name: '删除' }).click();
  await soon(() => visitor.listed.count(), 1);
  await visitor.lists('留着');
  assert.deepEqual([...server.conversations.values()].map(({ turns }) => turns[0].user), ['留着']);
  assert.deepEqual(await tab.texts('.turn'), []);
}));

test('more conversations than a list has', onPage(async ({ page, server, tab, visitor }) => {
  for (let i = 0; i < 120; ++i) {
    server.conversations.set(`c${i}`, { id: `c${i}`, created: 1, updated: i, task: 'chat.zh', turns: [{ user: `第${i}个` }] });
  }
  const more = page.getByRole('button', { name: '更早的会话' });
  await visitor.open();
  await soon(() => visitor.listed.count(), 50);
  await more.click();
  await soon(() => visitor.listed.count(), 100);
  await more.click();
  await soon(() => visitor.listed.count(), 120);
  assert.equal(await more.isVisible(), false);
  assert.deepEqual(await tab.texts('.conversation-title'), Array.from({ length: 120 }, (_, i) => `第${119 - i}个`));
}));

test('an export is a file', onPage(async ({ tab, visitor }) => {
  await visitor.open();
  await visitor.talk('导出我');
  const { content } = await tab.download(() => visitor.pressInRow(0, '导出“导出我”'));
  assert.deepEqual(JSON.parse(content).turns, [{ user: '导出我', reply: DEFAULT_REPLY }]);
}));

test('an answer goes on while another conversation is read', onPage(async ({ page, server, tab, visitor }) => {
  await visitor.open();
  await visitor.talk('旧的');
  await visitor.lists('旧的');
  await page.getByRole('button', { name: '新的对话' }).click();
  await visitor.say('等着');
  await soon(() => visitor.reply.textContent(), BEGUN);
  assert.deepEqual(await tab.texts('.conversation-title'), ['等着', '旧的'], 'it is there before the server has been asked');
  assert.deepEqual(await tab.texts('.side li.busy .conversation-title'), ['等着']);
  await visitor.openListed(1);
  await soon(() => tab.texts('.bubble'), ['旧的']);
  server.release();
  await page.locator('body:has(.side li + li):not(:has(.side li.busy, .side li + li + li))').waitFor();
  assert.deepEqual(await tab.texts('.bubble'), ['旧的']);
  await visitor.openListed(0);
  await soon(() => visitor.reply.textContent(), DEFAULT_REPLY);
}));

test('texts stay texts', onPage(async ({ page, server, tab, visitor }) => {
  const image = '<img src=x onerror="document.title=\'ran\'">';
  server.replies[image] = server.replies['脚本'];
  await visitor.open();
  await visitor.talk('脚本', image, "<script>document.title='ran'</script>");
  await page.reload();
  await visitor.turns(3);
  const [said] = await tab.texts('.prose');
  assert.ok(said.includes("<script>document.title='ran'</script>"), said);
  assert.ok(said.includes('[点我](javascript:alert(1))'), said);
  assert.equal(await page.locator('.prose pre code').first().textContent(), 'alert(1)\n');
  assert.equal(await page.locator('img, main a, main script, iframe').count(), 0);
  assert.equal(await page.title(), '一心 · 聊天与心情');
  await page.getByRole('button', { name: '新的对话' }).click();
  await visitor.openTab('batch');
  await visitor.paste('<b>粗</b>');
  await page.locator('#batch-start').click();
  await soon(() => tab.texts('.cell-text'), ['<b>粗</b>']);
}));

test('handing over to a person', onPage(async ({ page, visitor }) => {
  await visitor.open();
  await visitor.talk('我要退款！');
  assert.match(await page.locator('.hand-over').textContent(), /建议转给人工.*退款/);
  await page.reload();
  await page.locator('.hand-over').waitFor();
}));

test('voices and settings go with the text', onPage(async ({ page, server, tab, visitor }) => {
  const voice = page.getByLabel('谁来回应');
  await visitor.open();
  await page.locator('#options-button').click();
  assert.equal(await page.locator('#voice option').count(), 3);
  await voice.selectOption('chat.en');
  for (const [name, value] of [['temperature', '0.3'], ['top-p', '0.5'], ['max-tokens', '77'], ['seed', '7']]) {
    await page.locator(`#${name}`).focus();
    await page.keyboard.insertText(value);
  }
  await visitor.talk('hello');
  const { text, conversation, ...sent } = server.asked('/v1/assist').at(-1);
  // No label_task: the server knows what fits the voice.
  assert.deepEqual(sent, { task: 'chat.en', temperature: 0.3, top_p: 0.5, max_tokens: 77, seed: 7, stream: true });
  assert.ok(await voice.isDisabled());
  await page.getByLabel('怎么读心情').selectOption('urgency.zh');
  await visitor.talk('again');
  assert.equal(server.asked('/v1/assist').at(-1).label_task, 'urgency.zh');
  const mood = (await tab.texts('.mood-first')).at(-1).slice(0, 2) + (await tab.texts('.mood-rest')).at(-1);
  assert.match(mood, /一般/);
  await page.reload();
  await visitor.turns(2);
  await soon(() => voice.inputValue(), 'chat.en');
  assert.equal(await page.locator('#seed').inputValue(), '7');
  await page.locator('#options-button').click();
  await page.getByRole('button', { name: '全部默认' }).click();
  await page.getByRole('button', { name: '新的对话' }).click();
  await visitor.talk('你好');
  const asked = server.asked('/v1/assist').at(-1);
  assert.deepEqual([asked.task, 'label_task' in asked, 'seed' in asked], ['chat.zh', false, false]);
}));

test("the voice is the page's until somebody chooses", onPage({ languages: 'en-US,en' }, async ({ page, server, tab, visitor }) => {
  await visitor.open();
  await visitor.talk('hello');
  await page.locator('#language').click();
  await page.getByRole('button', { name: '新的对话' }).click();
  await visitor.talk('你好');
  await visitor.openListed(1);
  await soon(() => tab.texts('.bubble'), ['hello']);
  await visitor.talk('again');
  assert.deepEqual(server.asked('/v1/assist').map(({ task }) => task), ['chat.en', 'chat.zh', 'chat.en']);
}));

test('a setting that may not be is not sent', onPage(async ({ page, server, visitor }) => {
  await visitor.open();
  await page.locator('#temperature').evaluate((field) => (field.value = '9'));
  await visitor.write('你好');
  await visitor.press('Enter');
  await page.locator('#options').waitFor();
  assert.deepEqual(server.asked('/v1/assist'), []);
  assert.equal(await visitor.message.inputValue(), '你好');
}));

// What goes wrong.

test('a busy server is asked again', onPage({ tolerated: ['429'] }, async ({ page, tab, visitor }) => {
  await visitor.open();
  await visitor.say('忙吗');
  assert.match(await visitor.last.locator('.trouble').textContent(), /请过 1 秒再试/);
  await visitor.retry();
  await visitor.answered();
  assert.deepEqual(await tab.texts('.prose'), [DEFAULT_REPLY]);
  assert.equal(await page.locator('.turn').count(), 1);
}));

test('a conversation whose last reply is still ending', onPage({ tolerated: ['409'], alone: true }, async ({ page, server, visitor }) => {
  await page.clock.install();
  await visitor.open();
  await visitor.talk('一');
  const { conversation } = server.asked('/v1/assist')[0];
  server.claimed = Array(3).fill(conversation);
  await visitor.talk('二');
  assert.equal(server.asked('/v1/assist').length, 5);
  server.claimed = Array(30).fill(conversation);
  await visitor.say('三');
  await eventually(async () => {
    await page.clock.runFor(250); // the page asks again after so long
    return page.locator('.trouble').isVisible();
  });
  assert.match(await page.locator('.trouble').textContent(), /还在写/);
  assert.equal(server.asked('/v1/assist').length, 25);
}));

test('a server that keeps no conversations', onPage({ tolerated: ['404'] }, async ({ page, server, tab, visitor }) => {
  server.keeps = false;
  await visitor.open();
  await page.locator('#no-conversations', { hasText: '不保存会话' }).waitFor();
  await visitor.talk('次数一', '次数二');
  await visitor.retry();
  await soon(() => visitor.reply.textContent(), '第 3 次');
  for (const body of server.asked('/v1/assist')) assert.ok(!('conversation' in body) && !('turn' in body), JSON.stringify(body));
  assert.deepEqual(await tab.texts('.bubble'), ['次数一', '次数二']);
  assert.equal(await page.locator('.notice').count(), 0);
}));

test('what was never finished says so', onPage(async ({ server, tab, visitor }) => {
  const turn = { user: '半句', reply: '一半', sentiment: sentiment('半句', 'sentiment.zh'), escalate: false, escalation: null };
  const turns = ['error', null].map((finish_reason) => ({ ...turn, finish_reason }));
  server.conversations.set('c', { id: 'c', created: 1.5, updated: 1.5, task: 'chat.zh', turns });
  await visitor.open('#talk/c');
  await visitor.turns(2);
  for (const text of await tab.texts('.after')) assert.match(text, /没有写完/);
}));

test('an answer that breaks off', onPage({ tolerated: ['net::ERR'] }, async ({ page, server, tab, visitor }) => {
  await visitor.open();
  for (const text of ['坏了', '断了', '崩了']) {
    await visitor.say(text);
    await soon(() => visitor.reply.textContent(), BEGUN);
    if (text === '崩了') server.release(); // before it was read, what came would be lost with the connection
    await page.locator('body:has(.turn:last-child .trouble):has(#send[data-does=send])').waitFor();
    assert.match(await page.locator('.trouble').textContent(), /断开/);
    assert.equal(await visitor.reply.textContent(), BEGUN);
  }
  await visitor.talk('好了');
  assert.deepEqual(await tab.texts('.bubble'), ['好了'], 'what failed is not kept');
}));

test('a server that has gone', onPage({ tolerated: ['net::ERR', 'Failed to load'] }, async ({ server, tab, visitor }) => {
  await visitor.open();
  await server.close();
  await visitor.say('在吗');
  assert.match(await visitor.last.locator('.trouble').textContent(), /联系不上服务器/);
  assert.deepEqual(await tab.texts('.bubble'), ['在吗'], 'what was said is not lost');
}));

test('a conversation that is not there', onPage({ tolerated: ['404'] }, async ({ page, visitor }) => {
  await visitor.open('#talk/nowhere');
  assert.match(await page.locator('.notice').textContent(), /已经不在服务器上了/);
  assert.ok(await page.locator('#welcome').isVisible());
  await page.getByRole('button', { name: '知道了' }).click();
  assert.equal(await page.locator('.notice').count(), 0);
}));

test('a key is asked for and lasts as long as the tab', onPage({ tolerated: ['401'] }, async ({ page, server, tab, visitor }) => {
  server.key = 's3cret';
  await page.goto(server.url);
  await page.getByRole('dialog', { name: '需要密钥' }).waitFor();
  await tab.keep('page-key');
  await page.keyboard.insertText('wrong');
  await visitor.press('Enter');
  await page.locator('#key-dialog[open] #key-more', { hasText: '不认' }).waitFor();
  await page.keyboard.insertText('s3cret');
  await visitor.press('Enter');
  await visitor.metServer();
  await visitor.talk('有钥匙了');
  await page.reload();
  await visitor.turns(1);
  assert.equal(await page.evaluate(() => localStorage.getItem('yixin.key')), null);
}));
