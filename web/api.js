// The server's routes (docs/http_api.md), and what goes wrong with them said as kinds that people
// understand: gone, cut, busy, key, forbidden, missing, writing, large, refused, broken.
// Tested by: tests/browser/page_talk_test.mjs

import { recallHere, rememberHere } from './settings.js';
import { events } from './sse.js';
import { word } from './language.js';

const KINDS = { 401: 'key', 403: 'forbidden', 404: 'missing', 409: 'writing', 413: 'large', 429: 'busy', 503: 'busy' };
const BUSY_S = 5; // where the server does not say when to ask again

export class ApiError extends Error {
  constructor(kind, { status = 0, detail = '', retry_s = BUSY_S, param = '' } = {}) {
    super(detail || kind);
    Object.assign(this, { kind, status, detail, retry_s, param });
  }
}

export const wasStopped = (error) => error?.name === 'AbortError';

export function explain(error) {
  if (!(error instanceof ApiError)) return word('error_page', { detail: error?.message ?? error });
  return word(`error_${error.kind}`, { n: error.retry_s, detail: error.detail, status: error.status });
}

let askPerson = async () => null; // of a wrong key or none: a new one, null when the person gives up
let asking = null;

export function whenKeyIsNeeded(handler) {
  askPerson = handler;
}

async function newKey(used) {
  if (recallHere('key') !== used) return true; // another request has asked meanwhile
  asking ??= askPerson(used !== null).finally(() => (asking = null));
  const key = await asking;
  if (key) rememberHere('key', key);
  return Boolean(key);
}

async function refusal(response) {
  let said = {};
  try {
    said = (await response.json()).error ?? {};
  } catch {
    // Not JSON: a proxy's page, perhaps.
  }
  const kind = KINDS[response.status] ?? (response.status < 500 ? 'refused' : 'broken');
  const seconds = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  return new ApiError(kind, {
    status: response.status,
    detail: String(said.message ?? response.status),
    param: String(said.param ?? ''),
    retry_s: Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 600) : BUSY_S,
  });
}

// quiet: no question for a key.
async function request(method, path, { body, signal, quiet = false } = {}) {
  for (;;) {
    const key = recallHere('key');
    const headers = {};
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    if (key !== null) headers.Authorization = `Bearer ${key}`;
    let response;
    try {
      const sent = body === undefined ? undefined : JSON.stringify(body);
      response = await fetch(path, { method, headers, body: sent, signal, cache: 'no-store', redirect: 'error' });
    } catch (error) {
      throw wasStopped(error) ? error : new ApiError('gone');
    }
    if (response.ok) return response;
    const error = await refusal(response);
    if (error.kind !== 'key' || quiet || !(await newKey(key))) throw error;
  }
}

async function json(method, path, options) {
  const response = await request(method, path, options);
  try {
    return await response.json();
  } catch (error) {
    throw wasStopped(error) ? error : new ApiError('cut');
  }
}

const at = (id) => `/v1/conversations/${encodeURIComponent(id)}`;

export const facts = (options) => json('GET', '/v1/facts', options);
export const classify = (body, signal) => json('POST', '/v1/classify', { body, signal });
export const conversation = (id) => json('GET', at(id));
export const forget = (id) => json('DELETE', at(id));
export const saved = async (id) => (await request('GET', `${at(id)}/export`)).blob();

export function conversations(after = null) {
  const more = after === null ? '' : `&after=${encodeURIComponent(after)}`;
  return json('GET', `/v1/conversations?limit=50${more}`);
}

const CLAIM_TRIES = 20;
const CLAIM_MS = 250;

// A conversation's last reply may need a moment to end after it was stopped.
async function begin(body, signal) {
  for (let tries = 1; ; ++tries) {
    try {
      return await request('POST', '/v1/assist', { body: { ...body, stream: true }, signal });
    } catch (error) {
      if (error.kind !== 'writing' || tries === CLAIM_TRIES) throw error;
      await new Promise((go) => setTimeout(go, CLAIM_MS));
      signal.throwIfAborted();
    }
  }
}

// Yields {name, data} with data parsed; throws ApiError, or AbortError when `signal` stops it.
export async function* assist(body, signal) {
  const response = await begin(body, signal);
  try {
    for await (const { name, data } of events(response.body)) yield { name, data: JSON.parse(data) };
  } catch (error) {
    throw wasStopped(error) || signal.aborted ? new DOMException('stopped', 'AbortError') : new ApiError('cut');
  }
}
