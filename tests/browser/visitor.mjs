// What people do on the page of web/, whatever server is behind it: open, write, wait for an answer.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { inTab, soon } from './browser.mjs';

// All that was said is answered, and the list has it.
const ANSWERED = 'body:has(.turn:last-child[data-state=done]):has(#send[data-does=send]):not(:has(.side li.busy))';

export class Visitor {
  // server: has the `url` of the page.
  constructor(tab, server) {
    this.page = tab.page;
    this.url = server.url;
    this.last = this.page.locator('.turn:last-child');
    this.reply = this.last.locator('.prose');
    this.message = this.page.locator('#message');
    this.send = this.page.locator('#send');
    this.listed = this.page.locator('.side li');
  }

  async open(hash = '') {
    await this.page.goto(this.url + hash);
    await this.metServer();
  }

  async metServer() {
    await this.page.locator('#voice option').first().waitFor({ state: 'attached' });
  }

  async openTab(name) {
    await this.page.locator(`#tab-${name}`).click();
    await this.page.locator(`#panel-${name}`).waitFor();
  }

  async write(text) {
    await this.message.focus();
    await this.page.keyboard.insertText(text);
  }

  press(key) {
    return this.page.keyboard.press(key);
  }

  // Without waiting for the answer.
  async say(text) {
    await this.page.locator('#send[data-does=send]').waitFor();
    await this.write(text);
    await Promise.all([this.page.waitForRequest((request) => request.url() === `${this.url}v1/assist`), this.press('Enter')]);
  }

  async talk(...texts) {
    for (const text of texts) {
      await this.say(text);
      await this.answered();
    }
  }

  answered() {
    return this.page.locator(ANSWERED).waitFor();
  }

  retry() {
    return this.last.locator('.retry').click();
  }

  turns(count) {
    return soon(() => this.page.locator('.turn').count(), count);
  }

  async edit(number, text) {
    await this.openEditor(number);
    await this.page.locator('.editor textarea').fill(text);
  }

  async openEditor(number) {
    const turn = this.page.locator(`#turn-${number}`);
    await turn.hover();
    await turn.locator('.said-tools button').click();
  }

  // What the list has from the server.
  lists(...titles) {
    return soon(() => this.page.locator('.side li:has(.icon-button) .conversation-title').allTextContents(), titles);
  }

  openListed(number) {
    return this.listed.nth(number).locator('.conversation').click();
  }

  // A button of the list's row: export, delete.
  async pressInRow(number, name) {
    await this.listed.nth(number).hover();
    await this.listed.nth(number).getByRole('button', { name }).click();
  }

  async paste(text) {
    await this.page.locator('#batch-paste').focus();
    await this.page.keyboard.insertText(text);
  }
}

// How tests are written on servers that `start` makes, one for each test: onPage(body) or onPage(options, body). After
// the body, the browser has complained of nothing but `tolerated` (parts of what it says), and nobody else was asked.
export const visiting = (start) => (...given) => async (t) => {
  const [{ tolerated = [], ...options }, body] = given.length > 1 ? given : [{}, ...given];
  const server = await start();
  const look = inTab(options, async (tab) => {
    await body({ server, tab, page: tab.page, visitor: new Visitor(tab, server) }, t);
    const complaints = (await tab.complained()).filter((said) => !tolerated.some((part) => said.includes(part)));
    assert.deepEqual(complaints, []);
    const own = [server.url, 'data:image/svg+xml', `blob:${server.url}`];
    assert.deepEqual(tab.requests.filter((url) => !own.some((begin) => url.startsWith(begin))), [], 'somebody else was asked');
  });
  await look(t).finally(() => server.close());
};

export const focused = (page) => page.evaluate(() => document.activeElement.id);

// As a file in another encoding has it, by its name in iconv.
export const encoded = (text, charset) => execFileSync('iconv', ['-f', 'UTF-8', '-t', charset], { input: text });
