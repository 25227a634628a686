// How the page of web/ looks and is used in Chromium, whatever its tab: keys, languages, themes, widths, names for screen readers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, sized, soon } from './browser.mjs';
import { PageServer } from './page_server.mjs';
import { focused, visiting } from './visitor.mjs';

const onPage = visiting(PageServer.start);
// Every mood, a word that no line can break, a person to take over, Markdown, a reply that was cut.
const SAID = ['今天的实验终于成功了，太棒了！', '下了一天雨，心里闷闷的。', `也许该睡了，https://example.com/${'a'.repeat(200)}`]
  .concat(['我要退款！', '晚饭吃什么好？', '太长了吗']);

// Every control in sight that a screen reader could not name.
const nameless = () =>
  [...document.querySelectorAll('button, input, select, textarea, [role=img], [role=region], dialog')]
    .filter((e) => e.getClientRects().length && !e.getAttribute('aria-label')?.trim() && !e.getAttribute('aria-labelledby'))
    .filter((e) => !e.textContent.trim() && ![...(e.labels ?? [])].some((label) => label.textContent.trim()))
    .map((e) => e.outerHTML);

test('the keyboard', onPage(async ({ page, server, tab, visitor }) => {
  await visitor.open();
  await visitor.write('一行');
  await visitor.press('Shift+Enter');
  await page.keyboard.insertText('两行');
  assert.equal(await visitor.message.inputValue(), '一行\n两行');
  await visitor.message.dispatchEvent('keydown', { key: 'Enter', isComposing: true });
  await visitor.message.dispatchEvent('keydown', { key: 'Enter', keyCode: 229 });
  await tab.devtools.send('Input.imeSetComposition', { text: 'ni hao', selectionStart: 6, selectionEnd: 6 });
  assert.deepEqual(server.asked('/v1/assist'), [], 'the Enter of an input method sends nothing');
  await page.keyboard.insertText('你好');
  await visitor.press('Enter');
  await visitor.answered();
  assert.deepEqual(await tab.texts('.bubble'), ['一行\n两行你好']);
  await soon(() => visitor.listed.count(), 1);
  await page.locator('#tab-talk').focus();
  for (const [key, name] of [['ArrowRight', 'batch'], ['ArrowRight', 'how'], ['ArrowRight', 'talk'], ['ArrowLeft', 'how'], ['Home', 'talk']]) {
    await visitor.press(key);
    assert.equal(await focused(page), `tab-${name}`);
    assert.ok(await page.locator(`#panel-${name}`).isVisible());
    assert.equal(await page.getByRole('tab', { selected: true }).count(), 1);
  }
  const seen = [];
  for (let i = 0; i < 12; ++i) {
    await visitor.press('Tab');
    seen.push(await page.evaluate(() => document.activeElement.id || document.activeElement.className));
  }
  const wanted = ['language', 'theme', 'new-conversation', 'conversation', 'options-button', 'message'];
  assert.deepEqual(wanted.filter((name) => !seen.includes(name)), [], `Tab has come to ${seen}`);
}));

test('languages', onPage(async ({ page, tab, visitor }) => {
  const cases = [['zh-CN,zh', '对话'], ['zh-TW', '对话'], ['en-US,en', 'Chat'], ['fr-FR,fr', 'Chat'], ['fr,zh-CN', '对话']];
  for (const [languages, word] of cases) {
    await tab.speak(languages);
    await visitor.open();
    assert.equal(await page.locator('#tab-talk').textContent(), word, languages);
  }
  await tab.speak('zh-CN,zh');
  await visitor.open();
  await visitor.talk('真开心');
  assert.match(await page.locator('.mood').textContent(), /正面/);
  await page.locator('#language').click();
  assert.equal(await page.locator('#tab-batch').textContent(), 'Batch');
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  await page.locator('.mood', { hasText: 'positive' }).waitFor();
  assert.equal(await visitor.message.getAttribute('placeholder'), 'How was your day?');
  await page.reload();
  await visitor.turns(1);
  assert.equal(await page.locator('#tab-batch').textContent(), 'Batch', 'it is remembered');
  const shown = (await page.locator('body').innerText()).replaceAll('真开心', '');
  const chinese = shown.match(/[\u4e00-\u9fff]+/g) ?? [];
  assert.deepEqual(chinese.filter((word) => word !== '中' && !'谢谢你告诉我我在听慢慢说'.includes(word)), [], 'no Chinese is left');
}));

test('themes', onPage(async ({ page, visitor }) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await visitor.open();
  const light = await ground();
  await page.emulateMedia({ colorScheme: 'dark' });
  await eventually(async () => (await ground()) !== light);
  const dark = await ground();
  await page.locator('#theme').click();
  assert.equal(await ground(), light);
  await page.reload();
  assert.equal(await ground(), light, 'it is remembered');
  await page.locator('#theme').click();
  await page.emulateMedia({ colorScheme: 'light' });
  assert.equal(await ground(), dark);
  await page.locator('#theme').click();
  assert.equal(await ground(), light);
}));

test('a browser that keeps nothing', onPage({ tolerated: ['401'], alone: true }, async ({ page, server, visitor }) => {
  await page.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage']) {
      Object.defineProperty(window, name, {
        get() {
          throw new DOMException('no', 'SecurityError');
        },
      });
    }
  });
  server.key = 'k';
  await page.goto(server.url);
  await page.getByRole('dialog', { name: '需要密钥' }).waitFor();
  await page.keyboard.insertText('k');
  await visitor.press('Enter');
  await visitor.metServer();
  await page.locator('#language').click();
  await page.locator('#theme').click();
  await visitor.talk('still works');
  assert.equal(await page.locator('#tab-talk').textContent(), 'Chat');
}));

for (const [width, height] of [[1280, 820], [768, 1024], [375, 760], [320, 640]]) {
  const options = { tolerated: ['400'], ...sized(width, height) };
  test(`every tab ${width} wide, in each theme and language`, onPage(options, async ({ page, server, tab, visitor }, t) => {
    server.broken_texts = { 空: 'nothing to label here' };
    await visitor.open();
    await visitor.talk(...SAID);
    await page.locator('#options-button').click();
    await visitor.openTab('batch');
    await visitor.paste(`房间很干净\n等了三个小时\n空\n${'字'.repeat(500)}${'\n今天星期三'.repeat(30)}`);
    await page.locator('#batch-start').click();
    await page.locator('body:has(#batch-start.primary):has(.cell-error)').waitFor();
    for (const theme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: theme });
      await page.locator(`html[data-theme=${theme}]`).waitFor();
      for (const [language, word] of [['zh', '对话'], ['en', 'Chat']]) {
        if ((await page.locator('#tab-talk').textContent()) !== word) await page.locator('#language').click();
        for (const name of ['talk', 'batch', 'how']) {
          await t.test(`${name}, ${theme}, ${language}`, async () => {
            await visitor.openTab(name);
            const size = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]);
            assert.deepEqual(size, [width, height], 'nothing sticks out');
            const scrolled = page.locator(name === 'talk' ? '#talk-page' : `#panel-${name}`);
            assert.ok((await scrolled.evaluate((e) => e.scrollWidth - e.clientWidth)) <= 0);
            await tab.assertReadable('body *');
            assert.deepEqual(await page.evaluate(nameless), []);
            await tab.keep(`page-${name}-${width}-${theme}-${language}`);
          });
        }
      }
    }
  }));
}

test('the list is a drawer on a phone', onPage(sized(375, 760), async ({ page, tab, visitor }) => {
  const fresh = page.locator('#new-conversation');
  await visitor.open();
  await visitor.talk('手机上');
  assert.equal(await fresh.isVisible(), false);
  await page.getByRole('button', { name: '打开会话列表' }).click();
  await fresh.waitFor();
  assert.equal(await focused(page), 'close-list');
  await tab.keep('page-drawer');
  await visitor.press('Escape');
  await fresh.waitFor({ state: 'hidden' });
  assert.equal(await focused(page), 'open-list');
  await page.getByRole('button', { name: '打开会话列表' }).click();
  await fresh.click();
  await page.locator('#welcome').waitFor();
  await page.locator('#curtain').waitFor({ state: 'hidden' });
  await tab.keep('page-welcome-phone');
}));

test('how it works', onPage({ alone: true }, async ({ page, server, visitor }) => {
  const looks = () => server.requests.filter((request) => request.path === '/v1/facts').length;
  await page.clock.install();
  await visitor.open('#how');
  await soon(() => page.locator('.tile').count(), 4);
  const said = await page.locator('#panel-how').textContent();
  for (const part of ['548 MB', 'amx', '151,936', 'qwen2.5-coder-0.5b', 'sentiment.zh', '561 MB']) assert.ok(said.includes(part), part);
  const before = looks();
  await eventually(async () => {
    await page.clock.runFor(500);
    return looks() >= before + 2;
  });
  await page.waitForFunction(() => document.querySelector('.curve polyline').points.length >= 2);
}));

test('how it works says when the server is silent', onPage({ tolerated: ['net::ERR'] }, async ({ page, server, visitor }) => {
  await visitor.open('#how');
  await soon(() => page.locator('.tile').count(), 4);
  await server.close();
  await page.locator('#how-live', { hasText: '暂时收不到' }).waitFor();
}));
