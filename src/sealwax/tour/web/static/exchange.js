// One request and its answer: really sent, and shown as it was.

import { badge, element } from './dom.js';
import { withTokens } from './tokens.js';

const SHOWN_HEADERS = ['content-type', 'www-authenticate', 'cache-control', 'retry-after'];

/**
 * @typedef {object} Exchange
 * @property {string} method
 * @property {string} url
 * @property {Record<string, string>} headers
 * @property {string} body what is shown of it
 * @property {number} status
 * @property {Headers} answerHeaders
 * @property {string} text
 * @property {any} json
 */

/**
 * Send a request without cookies, unless `withCookies`.
 * @param {string} url
 * @param {{method?: string, token?: string, json?: unknown, shownJson?: unknown, withCookies?: boolean}} [options]
 * @returns {Promise<Exchange>}
 */
export async function exchange(url, { method = 'GET', token, json, shownJson, withCookies = false } = {}) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (token !== undefined) headers.Authorization = `Bearer ${token}`;
  if (json !== undefined) headers['Content-Type'] = 'application/json';
  const answer = await fetch(url, {
    method,
    headers,
    body: json === undefined ? undefined : JSON.stringify(json),
    credentials: withCookies ? 'same-origin' : 'omit',
    cache: 'no-store',
    redirect: 'error',
    referrerPolicy: 'no-referrer',
  });
  const text = await answer.text();
  let parsed = null;
  try {
    parsed = JSON.parse(text);
  } catch {
    // shown as it came
  }
  const body = json === undefined ? '' : JSON.stringify(shownJson ?? json, null, 2);
  return { method, url, headers, body, status: answer.status, answerHeaders: answer.headers, text, json: parsed };
}

/**
 * Show a request, its answer, and why the answer is what it is.
 * @param {Exchange} one
 * @param {string | Node} why
 * @param {string} [title]
 */
export function showExchange(one, why, title = '') {
  const target = new URL(one.url);
  const lines = [`${one.method} ${target.pathname}${target.search}`, `Host: ${target.host}`];
  for (const [name, value] of Object.entries(one.headers)) lines.push(`${name}: ${value}`);
  if (one.body) lines.push('', one.body);
  const answer = SHOWN_HEADERS.filter((name) => one.answerHeaders.has(name)).map((name) => `${titled(name)}: ${one.answerHeaders.get(name)}`);
  answer.push('', one.json === null ? one.text : JSON.stringify(one.json, null, 2));
  const isGood = one.status < 400;
  return element(
    'div',
    { class: 'exchange' },
    title ? element('h3', { class: 'exchange__title' }, title) : null,
    message('Request', lines.join('\n')),
    message('Answer', answer.join('\n'), badge(`${one.status} ${PHRASES[one.status] ?? ''}`.trim(), isGood ? 'good' : 'bad')),
    element('p', { class: 'why' }, element('strong', {}, 'Why: '), why),
  );
}

/**
 * @param {string} name
 * @param {string} text
 * @param {Node | null} [mark]
 */
function message(name, text, mark = null) {
  return element(
    'figure',
    { class: `message message--${name.toLowerCase()}` },
    element('figcaption', { class: 'message__name' }, name, mark),
    element('pre', { class: 'message__text', tabindex: '0', role: 'region', 'aria-label': name }, withTokens(text)),
  );
}

/** @param {string} name */
const titled = (name) => name.replace(/(^|-)(\w)/g, (_, dash, letter) => dash + letter.toUpperCase()).replace('Www', 'WWW');

/** @type {Record<number, string>} */
const PHRASES = { 200: 'OK', 201: 'Created', 204: 'No Content', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 429: 'Too Many Requests', 503: 'Service Unavailable' };
