// A headless Chromium that the tests look through: playwright-core on the system's browser, one for each test file.
//
// YIXIN_BROWSER is the folder with node_modules (scripts/test_browser.sh makes it). YIXIN_SCREENSHOTS=FOLDER keeps
// what was seen as PNG files, to be looked at.

import assert from 'node:assert/strict';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
// Nothing is asked of anybody but what a page asks.
const ARGUMENTS = [
  '--no-sandbox', // it refuses to start as root with one
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
// Of one thing that is waited for; generous, for it only ends tests that fail.
export const PATIENCE_MS = 120_000;
// WCAG 2.1, 1.4.3: text against its ground.
const LEAST_CONTRAST = 4.5;

function systemChromium() {
  for (const name of NAMES) {
    for (const folder of process.env.PATH.split(path.delimiter)) {
      const program = path.join(folder, name);
      try {
        accessSync(program, constants.X_OK);
        return program;
      } catch {
        // Not there.
      }
    }
  }
  throw new Error(`none of ${NAMES.join(', ')} is installed: run \`scripts/setup.sh browser\``);
}

if (!process.env.YIXIN_BROWSER) throw new Error('YIXIN_BROWSER is not set: run `make test-browser`');
const { chromium } = createRequire(path.join(process.env.YIXIN_BROWSER, '/'))('playwright-core');
const home = mkdtempSync(path.join(tmpdir(), 'yixin_browser_'));
const browser = await chromium.launch({ executablePath: systemChromium(), args: ARGUMENTS, timeout: PATIENCE_MS, env: { ...process.env, HOME: home } });
after(async () => {
  await browser.close();
  rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

// Waits until what `read` gives is this; says what it was instead where it never becomes it.
export async function soon(read, wanted, message) {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const value = await read();
    if (isDeepStrictEqual(value, wanted)) return;
    if (performance.now() > deadline) assert.deepEqual(value, wanted, message);
    await pause(20);
  }
}

export const eventually = (condition, message) => soon(async () => Boolean(await condition()), true, message);

export const sized = (width, height) => ({ viewport: { width, height }, isMobile: width < 600 });

const MEDIA = { media: null, colorScheme: 'light', reducedMotion: 'reduce' };
const idle = new Map(); // tabs by their options: to make one takes longer than most tests do

// What a test looks through, as if nobody had before.
export class Tab {
  requests = []; // addresses of everything that was asked for
  complaints = []; // of the browser: what it logs, what a page throws

  // options: of playwright's newContext. languages: what the browser says that its user reads. alone: what the test
  // does to the tab cannot be undone.
  static async open({ languages = 'zh-CN,zh', alone = false, ...options } = {}) {
    const kind = JSON.stringify(options);
    const tab = (!alone && idle.get(kind)) || (await Tab.#make(kind, options));
    idle.delete(kind);
    tab.alone = alone;
    await tab.speak(languages);
    return tab;
  }

  static async #make(kind, options) {
    const tab = new Tab();
    tab.kind = kind;
    tab.context = await browser.newContext({ ...sized(1280, 820), ...options });
    tab.context.setDefaultTimeout(PATIENCE_MS);
    tab.context.on('request', (request) => tab.requests.push(request.url()));
    const page = await tab.context.newPage();
    await page.emulateMedia(MEDIA);
    page.on('websocket', (socket) => tab.requests.push(socket.url()));
    page.on('console', (said) => tab.complaints.push(`${said.type()}: ${said.text()}`));
    page.on('pageerror', (error) => tab.complaints.push(`thrown: ${error}`));
    page.on('dialog', (dialog) => {
      tab.complaints.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    tab.page = page;
    tab.devtools = await tab.context.newCDPSession(page); // for what playwright has no word for
    return tab;
  }

  close() {
    return this.context.close();
  }

  // For the next test.
  async leave() {
    if (this.alone || idle.has(this.kind)) return this.close();
    await this.page.mouse.move(0, 0);
    await this.page.evaluate(() => [localStorage, sessionStorage].forEach((kept) => kept.clear())); // ports come again
    await this.page.goto('about:blank');
    await this.page.emulateMedia(MEDIA);
    this.requests = [];
    this.complaints = [];
    idle.set(this.kind, this);
  }

  async speak(languages) {
    const { userAgent } = await this.devtools.send('Browser.getVersion');
    await this.devtools.send('Emulation.setUserAgentOverride', { userAgent, acceptLanguage: languages });
  }

  // Once it has said what it has still to say.
  async complained() {
    await this.page.evaluate(() => 1);
    return this.complaints;
  }

  texts(selector) {
    return this.page.locator(selector).allTextContents();
  }

  // What `press` makes the browser download: {name, content}.
  async download(press) {
    const [download] = await Promise.all([this.page.waitForEvent('download'), press()]);
    const parts = [];
    for await (const part of await download.createReadStream()) parts.push(part);
    return { name: download.suggestedFilename(), content: Buffer.concat(parts) };
  }

  // Of every text in sight of these elements.
  async assertReadable(selector) {
    const [contrast, where] = await this.page.evaluate(worstContrast, selector);
    assert.ok(contrast >= LEAST_CONTRAST, `contrast ${contrast}: ${where}`);
  }

  async keep(name, options = {}) {
    const folder = process.env.YIXIN_SCREENSHOTS;
    if (folder) await this.page.screenshot({ path: path.join(folder, `${name}.png`), ...options });
  }
}

// A test's body, with a tab; where it fails, what the page says is told.
export const inTab = (options, body) => async (t) => {
  const tab = await Tab.open(options);
  try {
    await body(tab, t);
  } catch (error) {
    const said = await tab.page.evaluate(() => document.body.innerText.slice(0, 2000)).catch(() => 'nothing');
    error.message += `\nthe browser: ${JSON.stringify(tab.complaints)}\nthe page: ${said}`;
    await tab.close();
    throw error;
  }
  await tab.leave();
};

// In the page: [ratio of WCAG 2.1, the text], of each text's colour against the first ground behind it that is not transparent.
function worstContrast(selector) {
  const parse = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const light = (colour) => {
    const [r, g, b] = parse(colour).slice(0, 3).map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const solid = (colour) => colour.startsWith('rgb') && (parse(colour)[3] ?? 1) === 1;
  const found = [];
  for (const element of document.querySelectorAll(selector)) {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) || !element.getClientRects().length) continue;
    if (element.closest('svg, :disabled, option')) continue;
    let ground = element;
    while (ground.parentElement && !solid(getComputedStyle(ground).backgroundColor)) ground = ground.parentElement;
    const [a, b] = [light(getComputedStyle(element).color), light(getComputedStyle(ground).backgroundColor)];
    found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), element.textContent.slice(0, 40)]);
  }
  return found.sort((a, b) => a[0] - b[0])[0];
}
