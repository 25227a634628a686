// A server with the routes of docs/http_api.md that the page of web/ asks, and answers by a script.
//
// What a text contains decides what happens to it (SCRIPT), so that a test can look at a reply that is half
// written, at a server that is busy, at a connection that breaks. By hand:
//
//     node tests/browser/page_server.mjs 8421

import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { setImmediate as soonest } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const WEB = new URL('../../web/', import.meta.url);
// As the program sends it.
export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES = { html: 'text/html', css: 'text/css', js: 'text/javascript' };
const ASSIST = ['text', 'conversation', 'turn', 'task', 'label_task', 'stream', 'temperature', 'top_p', 'top_k', 'min_p', 'repeat_penalty', 'max_tokens', 'seed'];
const CLASSIFY = ['input', 'task', 'model', 'truncate', 'no_neutral', 'untaught', 'user'];
const SCRIPT = {
  waits: (text) => text.includes('等') && !text.includes('等了'), // behind the first words, until `release`
  thinks: (text) => text.includes('先想'), // waits before the mood
  isBusy: (text) => text.includes('忙'), // 429, once
  breaks: (text) => text.includes('坏'), // an error event behind the first words
  ends: (text) => text.includes('断'), // the answer ends in the middle of an event
  crashes: (text) => text.includes('崩'), // waits, then the connection breaks
  handsOver: (text) => text.includes('退款'),
  counts: (text) => text.includes('次数'), // the reply says how many there were
  isSilent: (text) => text.includes('沉默'), // an empty reply; where it was to replace a turn, that one stays
  isLong: (text) => text.includes('太长'), // ends at the limit of tokens
};
const REPLIES = {
  '晚饭吃什么好？': '可以试试**番茄鸡蛋面**，十分钟就好：\n\n1. 番茄切块，炒出汁\n2. 加水煮开，下面\n3. 打两个蛋\n\n暖胃又开胃。你喜欢*清淡*一点还是辣一点？',
  '下了一天雨，心里闷闷的。': '阴雨天确实容易让人提不起劲，抱抱你。泡杯热茶，听首喜欢的歌，也许会好一些。',
  '今天的实验终于成功了，太棒了！': '恭喜你！这是你一直努力的结果，真为你高兴。今晚打算怎么庆祝？',
  脚本: '<script>document.title=\'ran\'</script><img src=x onerror="document.title=\'ran\'"> [点我](javascript:alert(1)) `code` \n```js\nalert(1)\n```',
};
export const DEFAULT_REPLY = '谢谢你告诉我。我在听，慢慢说。';
const AT_ONCE = 3; // characters of a piece
export const BEGUN = DEFAULT_REPLY.slice(0, 2 * AT_ONCE); // where SCRIPT waits or breaks off
const TASKS = [
  { name: 'chat.zh', title: '聊天：温暖、简短的中文伙伴', mode: 'chat', labels: [] },
  { name: 'chat.en', title: 'Chat: a warm companion', mode: 'chat', labels: [] },
  { name: 'service.zh', title: '客服：按用户的情绪调整语气', mode: 'chat', labels: [] },
  { name: 'sentiment.zh', title: '心情：正面、负面、中性', mode: 'score', labels: ['正面', '负面', '中性'] },
  { name: 'sentiment.en', title: 'Mood of English texts', mode: 'score', labels: ['positive', 'negative', 'neutral'] },
  { name: 'urgency.zh', title: '紧急程度', mode: 'score', labels: ['紧急', '一般', '不急'] },
];

const rounded = (value) => Math.round(value * 1e4) / 1e4;
const now = () => Math.floor(Date.now() / 1000);

export function sentiment(text, task) {
  const { labels } = TASKS.find(({ name }) => name === task);
  const has = (...words) => words.some((word) => text.includes(word));
  const first = has('糟', '闷', '差', '退款', '等了', 'rain') ? 1 : has('开心', '成功', '干净', '棒', 'great') ? 0 : 2;
  const top = text.includes('也许') ? 0.55 : 0.86 + ([...text].length % 13) / 100;
  const probs = labels.map((_, i) => rounded((1 - top) * ((i - first + 3) % 3 === 1 ? 0.7 : 0.3)));
  probs[first] = rounded(1 - probs.reduce((sum, prob, i) => (i === first ? sum : sum + prob), 0));
  const [likeliest, next] = [...probs].sort((a, b) => b - a);
  return { label: labels[first], probs, labels, num_classes: 3, margin: rounded(likeliest - next), score_kind: 'head', task };
}

function facts() {
  const wave = (Date.now() / 1000) % 7;
  return {
    model: 'qwen2.5-coder-0.5b-instruct-q4_k_m', kernels: 'amx', threads: 2, context: 4096, layers: 24, hidden: 896, vocabulary: 151936,
    weight_bytes: 491400000, memory_bytes: 548000000, peak_memory_bytes: 561000000, prefill_tokens_per_s: 2901 + wave,
    decode_tokens_per_s: 52 + wave, version: '0.1.0', tasks: TASKS, default_chat_task: 'chat.zh', default_label_task: 'sentiment.zh',
  };
}

class Refusal extends Error {
  constructor(status, message, param = null, headers = {}) {
    super(message);
    Object.assign(this, { status, param, headers });
  }
}

const missing = () => new Refusal(404, 'no such path or conversation');

function onlyKnown(body, known) {
  const unknown = Object.keys(body).find((name) => !known.includes(name));
  if (unknown) throw new Refusal(400, `unknown field ${unknown}`);
}

export class PageServer {
  key = null;
  keeps = true; // conversations
  requests = []; // {method, path, body} of everything that was asked
  conversations = new Map(); // by id, the newest last
  claimed = []; // conversations that refuse a turn, once each time they are here
  broken_texts = {}; // text -> message
  replies = { ...REPLIES };
  #busy_left = 1;
  #released = false;
  #release;
  #whenReleased = new Promise((resolve) => (this.#release = resolve));
  #server = http.createServer((request, response) => this.#serve(request, response));

  static async start(port = 0) {
    const made = new PageServer();
    made.#server.keepAliveTimeout = 0; // a test may look at one thing for long
    await new Promise((resolve, reject) => made.#server.once('error', reject).listen(port, '127.0.0.1', resolve));
    made.url = `http://127.0.0.1:${made.#server.address().port}/`;
    return made;
  }

  // What waits goes on, and nothing waits any more.
  release() {
    this.#released = true;
    this.#release();
  }

  // Does nothing the second time.
  async close() {
    this.release();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  // The bodies that were sent there.
  asked(path) {
    return this.requests.filter((request) => request.path === path && request.method === 'POST').map(({ body }) => body);
  }

  async #serve(request, response) {
    try {
      let sent = '';
      for await (const part of request.setEncoding('utf8')) sent += part;
      const url = new URL(request.url, this.url);
      const body = request.method === 'POST' ? JSON.parse(sent) : null;
      this.requests.push({ method: request.method, path: url.pathname, body });
      await this.#route(request, response, url, body);
    } catch (error) {
      if (response.destroyed) return; // by the client, or by SCRIPT
      if (!(error instanceof Refusal)) throw error;
      const said = { error: { message: error.message, type: 'invalid_request_error', param: error.param, code: null } };
      json(response, said, error.status, error.headers);
    }
  }

  async #route(request, response, url, body) {
    const path = url.pathname;
    if (!path.startsWith('/v1/')) return this.#file(response, path);
    if (this.key && request.headers.authorization !== `Bearer ${this.key}`) throw new Refusal(401, 'a key is needed');
    if (path === '/v1/facts') return json(response, facts());
    if (path === '/v1/classify') return this.#classify(response, body);
    if (path === '/v1/assist') return this.#assist(response, body);
    if (path.startsWith('/v1/conversations') && !this.keeps) throw new Refusal(404, 'this server keeps no conversations', 'conversation');
    if (path === '/v1/conversations') return this.#list(response, url.searchParams);
    const [, , kind, id, ...more] = path.split('/');
    const found = kind === 'conversations' && this.conversations.get(decodeURIComponent(id));
    if (!found) throw missing();
    if (request.method === 'DELETE') {
      this.conversations.delete(found.id);
      return json(response, { id: found.id, object: 'conversation.deleted', deleted: true });
    }
    if (more[0] !== 'export') return json(response, { object: 'conversation', ...found });
    const turns = found.turns.map(({ user, reply }) => ({ user, reply }));
    return json(response, { format: 'yixin.conversation', version: 1, task: found.task, system: '', turns });
  }

  async #file(response, path) {
    const name = path === '/' ? 'index.html' : path.slice(1);
    const type = TYPES[name.split('.').at(-1)];
    if (!type || name.includes('/')) throw missing();
    const content = await readFile(new URL(name, WEB)).catch(() => {
      throw missing();
    });
    response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8`, 'Content-Security-Policy': POLICY, 'X-Content-Type-Options': 'nosniff' });
    response.end(content);
  }

  async #classify(response, body) {
    onlyKnown(body, CLASSIFY);
    const texts = [body.input].flat();
    if (texts.length < 1 || texts.length > 256) throw new Refusal(400, 'input: 1 to 256 texts', 'input');
    const broken = texts.findIndex((text) => Object.hasOwn(this.broken_texts, text));
    if (broken >= 0) throw new Refusal(400, this.broken_texts[texts[broken]], `input[${broken}]`);
    if (texts.some(SCRIPT.isBusy)) this.#refuseOnce();
    if (texts.some(SCRIPT.thinks)) await this.#whenReleased;
    const data = texts.map((text, index) => ({ index, ...sentiment(text, body.task ?? 'sentiment.zh') }));
    json(response, { id: 'classify-1', object: 'list', created: 1, model: 'tiny', data });
  }

  #refuseOnce() {
    if (this.#busy_left-- > 0) throw new Refusal(429, 'the queue is full', null, { 'Retry-After': '1' });
  }

  async #assist(response, body) {
    onlyKnown(body, ASSIST);
    const { text, conversation: id } = body;
    if (SCRIPT.isBusy(text)) this.#refuseOnce();
    const claim = this.claimed.indexOf(id);
    if (claim >= 0) {
      this.claimed.splice(claim, 1);
      throw new Refusal(409, 'a reply of this conversation is being written', 'conversation');
    }
    const kept = this.conversations.get(id) ?? { id, created: now(), task: body.task ?? 'chat.zh', turns: [] };
    const place = body.turn ?? kept.turns.length;
    if (place < 0 || place > kept.turns.length) throw new Refusal(400, `turn is ${place} of ${kept.turns.length}`, 'turn');
    const escalate = SCRIPT.handsOver(text);
    const turn = {
      turn: place, created: now(), user: text, reply: '', finish_reason: 'stopped', escalate,
      sentiment: sentiment(text, body.label_task || `sentiment.${kept.task.slice(-2)}`),
      escalation: escalate ? { rule: 'words', reason: "the text has a word of the task's", word: '退款' } : null,
    };
    let reply = Object.hasOwn(this.replies, text) ? this.replies[text] : DEFAULT_REPLY;
    if (SCRIPT.counts(text)) reply = `第 ${this.asked('/v1/assist').length} 次`;
    if (SCRIPT.isSilent(text)) reply = '';
    const replaces = place < kept.turns.length;
    const keep = () => {
      this.conversations.delete(id);
      this.conversations.set(id, { ...kept, turns: [...kept.turns.slice(0, place), turn], updated: now() });
    };
    if (id && !SCRIPT.thinks(text) && !(replaces && reply === '')) keep();
    try {
      await this.#stream(response, turn, id, reply);
    } finally {
      if (id && SCRIPT.thinks(text)) keep();
    }
  }

  async #stream(response, turn, id, reply) {
    const { user: text, sentiment: mood, escalate, escalation } = turn;
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.flushHeaders();
    if (SCRIPT.thinks(text)) await this.#pause(response);
    const conversation = id ? { id, turn: turn.turn } : null;
    await event(response, 'sentiment', { id: 'assist-1', created: 1, model: 'tiny', sentiment: mood, escalate, escalation, conversation });
    const characters = [...reply];
    for (let i = 0; i < characters.length; i += AT_ONCE) {
      const piece = characters.slice(i, i + AT_ONCE).join('');
      await event(response, 'delta', { text: piece });
      turn.reply += piece;
      if (i !== AT_ONCE) continue;
      if (SCRIPT.breaks(text)) {
        await event(response, 'error', { error: { message: 'the model is gone', type: 'server_error', param: null, code: null } });
        return response.end();
      }
      if (SCRIPT.ends(text)) return response.end(Buffer.from('event: delta\ndata: {"text": "听').subarray(0, -1));
      if (SCRIPT.waits(text) || SCRIPT.crashes(text)) await this.#pause(response);
      if (SCRIPT.crashes(text)) return response.destroy();
    }
    turn.finish_reason = SCRIPT.isLong(text) ? 'length' : 'stop';
    await event(response, 'done', { finish_reason: turn.finish_reason, usage: { prompt_tokens: 9, completion_tokens: 9, total_tokens: 18 } });
    return response.end();
  }

  // Until the test says so. Throws where the client has gone.
  async #pause(response) {
    if (!this.#released) await Promise.race([this.#whenReleased, new Promise((resolve) => response.once('close', resolve))]);
    if (response.destroyed) throw new Error('the client has gone');
  }

  #list(response, query) {
    const every = [...this.conversations.values()].reverse();
    const start = every.findIndex(({ id }) => id === query.get('after')) + 1;
    const some = every.slice(start, start + Number(query.get('limit') ?? 50));
    const data = some.map(({ id, created, updated, task, turns }) => ({ id, created, updated, task, turns: turns.length, title: turns[0].user.slice(0, 40) }));
    json(response, { object: 'list', data, has_more: start + some.length < every.length });
  }
}

function json(response, value, status = 200, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

// In two packets that part a character where there is one of several bytes.
async function event(response, name, data) {
  const sent = Buffer.from(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  const wide = sent.findIndex((byte) => byte > 0xe0);
  const middle = wide >= 0 ? wide + 1 : sent.length >> 1;
  for (const part of [sent.subarray(0, middle), sent.subarray(middle)]) {
    response.write(part);
    await soonest(); // what is written in one turn of the loop leaves together
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = await PageServer.start(Number(process.argv[2] ?? 8421));
  server.release();
  console.log(server.url, 'Ctrl-C ends it');
}
