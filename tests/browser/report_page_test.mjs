// The pages of `yixin analyze --report` and `yixin eval --html` in Chromium: themes, languages, widths, and nothing but themselves.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { inTab, sized } from './browser.mjs';
import { folder, runVerb } from './program.mjs';

const HOSTILE = "<script>document.title='ran'</script><img src=https://example.com/x.png onerror=alert(1)>房间“很好”";
const LONG = `https://example.com/${'a'.repeat(150)}${'这'.repeat(300)}`;
const TEXTS = ['房间很干净，前台态度很好', '隔音太差，不会再来', '今天星期三', 'great coffee, terrible service', HOSTILE, LONG];
const SHOWN = { zh: '先读这些', en: 'Read these first' };
const HIDDEN = { zh: SHOWN.en, en: SHOWN.zh };
const SMALLEST_CHART_TEXT = 9; // CSS pixels

const inFolder = (name) => path.join(folder, name);
const labelOf = (i) => ['正面', '负面'][i % 2];

async function reportIn(language) {
  const rows = Array.from({ length: 24 }, (_, i) => {
    const text = TEXTS[i % TEXTS.length].replaceAll('"', '""');
    return `"${text} ${i}",${labelOf(i)},2024-${String((i % 12) + 1).padStart(2, '0')}-05`;
  });
  const [table, labels, report] = ['csv', 'jsonl', 'html'].map((kind) => inFolder(`report.${language}.${kind}`));
  writeFileSync(table, `${['text,label,date', ...rows].join('\n')}\n`);
  await runVerb('analyze', table, '-o', labels, '--column', 'text', '--report', report, '--report-language', language);
  return report;
}

async function evalPage() {
  const [table, report] = [inFolder('rows.csv'), inFolder('eval.html')];
  const rows = Array.from({ length: 20 }, (_, i) => `${TEXTS[i % 4].split(',')[0]} ${i},${labelOf(i)},${'ab'[i % 2]}`);
  writeFileSync(table, `${['text,label,kind', ...rows].join('\n')}\n`);
  const tasks = ['--task', 'sentiment.zh', '--task', 'sentiment.article.zh'];
  await runVerb('eval', table, ...tasks, '--group-column', 'kind', '--html', report, '--html-language', 'zh');
  return report;
}

const REPORTS = { zh: await reportIn('zh'), en: await reportIn('en') };
const EVAL = await evalPage();

const open = (page, file) => page.goto(pathToFileURL(file).href);
// A radio button that its label hides.
const choose = (page, id) => page.locator(`label[for=${id}]`).click();
const ground = (page) => page.evaluate(() => getComputedStyle(document.querySelector('.page')).backgroundColor);
const width = (page) => page.evaluate(() => document.documentElement.scrollWidth);
const words = (page) => page.locator('body').innerText();

function assertSpeaks(language, said) {
  assert.ok(said.includes(SHOWN[language]), said);
  assert.ok(!said.includes(HIDDEN[language]), said);
}

// What the reader gets: chart texts are scaled with their SVG.
async function assertChartsReadable(page) {
  const shown = (texts) => texts.map((e) => parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a);
  const sizes = await page.locator('svg text').evaluateAll(shown);
  assert.ok(sizes.length > 0);
  assert.ok(Math.min(...sizes) >= SMALLEST_CHART_TEXT, String(Math.min(...sizes)));
}

async function assertAsksNobody(tab, file) {
  assert.deepEqual(await tab.complained(), []);
  assert.deepEqual(tab.requests, [pathToFileURL(file).href]);
}

for (const wide of [1200, 390, 320]) {
  test(`both themes and languages, ${wide} wide`, inTab(sized(wide, 900), async (tab, t) => {
    const { page } = tab;
    const grounds = {};
    for (const theme of ['light', 'dark']) {
      for (const language of ['zh', 'en']) {
        await t.test(`${theme}, ${language}`, async () => {
          await open(page, REPORTS.zh);
          await choose(page, `theme-${theme}`);
          await choose(page, `lang-${language}`);
          assert.equal(await width(page), wide, 'nothing sticks out');
          assertSpeaks(language, await words(page));
          await tab.assertReadable('.page *');
          await assertChartsReadable(page);
          grounds[theme] = await ground(page);
          await tab.keep(`report-${wide}-${theme}-${language}`, { fullPage: true });
        });
      }
    }
    assert.notEqual(grounds.light, grounds.dark);
  }));
}

for (const wide of [1200, 320]) {
  for (const theme of ['light', 'dark']) {
    test(`the page of eval, ${wide} wide, ${theme}`, inTab(sized(wide, 900), async (tab) => {
      const { page } = tab;
      await page.emulateMedia({ colorScheme: theme });
      await open(page, EVAL);
      await assertAsksNobody(tab, EVAL);
      assert.equal(await width(page), wide, 'nothing sticks out');
      await tab.assertReadable('.page *');
      await assertChartsReadable(page);
      await tab.keep(`eval-${wide}-${theme}`, { fullPage: true });
      assert.match(await words(page), /并排比较/);
      await choose(page, 'lang-en');
      assert.match(await words(page), /Side by side/);
    }));
  }
}

test('it follows the system until somebody chooses', inTab({}, async ({ page }) => {
  await open(page, REPORTS.zh);
  const light = await ground(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await ground(page);
  assert.notEqual(light, dark);
  await choose(page, 'theme-light');
  assert.equal(await ground(page), light);
  await page.emulateMedia({ colorScheme: 'light' });
  await choose(page, 'theme-dark');
  assert.equal(await ground(page), dark);
  await choose(page, 'theme-auto');
  assert.equal(await ground(page), light);
}));

for (const language of ['zh', 'en']) {
  test(`it opens in the language that was asked for: ${language}`, inTab({}, async ({ page }) => {
    await open(page, REPORTS[language]);
    assertSpeaks(language, await words(page));
  }));
}

test('texts stay texts and nothing is asked of anybody', inTab({}, async (tab) => {
  const { page } = tab;
  await open(page, REPORTS.zh);
  await assertAsksNobody(tab, REPORTS.zh);
  assert.equal(await page.locator('script, img, link, iframe, object').count(), 0);
  assert.notEqual(await page.title(), 'ran');
  assert.match(await page.locator('body').textContent(), /<script>document\.title/);
}));

test('its policy shuts what got past the escaping', inTab({}, async (tab) => {
  const { page } = tab;
  const text = readFileSync(REPORTS.zh, 'utf8');
  assert.ok(text.includes('<main>'));
  const broken = inFolder('broken.html');
  writeFileSync(broken, text.replace('<main>', `<main>${HOSTILE}`));
  await open(page, broken);
  assert.notEqual(await page.title(), 'ran');
  assert.equal(await page.locator('img').count(), 1, 'it is there');
  assert.equal(await page.locator('img').evaluate((image) => image.naturalWidth), 0);
  assert.ok((await tab.complained()).some((said) => said.includes('Content Security Policy')), String(tab.complaints));
}));

test('on paper', inTab(sized(794, 1123), async ({ page }) => {
  await page.emulateMedia({ media: 'print' });
  await open(page, REPORTS.zh);
  assert.equal(await page.locator('.bar').evaluate((bar) => getComputedStyle(bar).display), 'none');
  assert.equal(await width(page), 794);
}));
