// The program under test, for what is looked at in a browser; tests/e2e/program.py has more of it. YIXIN_PROGRAM is
// its path and YIXIN_WRITE_TINY_MODEL the path of write_tiny_model (CMake sets both). The network is never asked.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { promisify } from 'node:util';
import { PATIENCE_MS } from './browser.mjs';

const run = promisify(execFile);
const { YIXIN_PROGRAM: PROGRAM, YIXIN_WRITE_TINY_MODEL: WRITE_TINY_MODEL } = process.env;
const KEPT = ['PATH', 'TMPDIR', 'ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS', 'LD_LIBRARY_PATH'];

// Goes away with the test file: a home, a cache and the two-layer model.
export const folder = mkdtempSync(path.join(tmpdir(), 'yixin_browser_test_'));
after(() => rmSync(folder, { recursive: true, force: true }));
const model = path.join(folder, 'tiny.gguf');
await run(WRITE_TINY_MODEL, [model]);

const env = {
  ...Object.fromEntries(KEPT.filter((name) => name in process.env).map((name) => [name, process.env[name]])),
  HOME: path.join(folder, 'home'),
  XDG_CACHE_HOME: path.join(folder, 'cache'),
  XDG_STATE_HOME: path.join(folder, 'state'),
  HF_HUB_OFFLINE: '1',
};

export const runVerb = (verb, ...words) => run(PROGRAM, [verb, '--model', model, ...words], { env, timeout: PATIENCE_MS });

// `yixin serve` on a port of the system's choice.
export class ServingProgram {
  #process = spawn(PROGRAM, ['serve', '--model', model, '--port', '0', '--quiet'], { env, stdio: ['ignore', 'ignore', 'pipe'] });

  static async start() {
    const made = new ServingProgram();
    let said = '';
    for await (const line of createInterface(made.#process.stderr)) {
      said += `${line}\n`;
      made.url = / at (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
      if (made.url) break;
    }
    assert.ok(made.url, `does not serve: ${said}`);
    made.url += '/';
    made.#process.stderr.resume();
    return made;
  }

  async close() {
    const left = new Promise((resolve) => this.#process.once('exit', resolve));
    if (this.#process.kill('SIGKILL')) await left;
  }

  // The body of an answer that is JSON.
  async ask(method, route, body) {
    const answer = await fetch(new URL(route, this.url), { method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) });
    assert.equal(answer.status, 200, `${method} ${route}`);
    return answer.json();
  }
}
