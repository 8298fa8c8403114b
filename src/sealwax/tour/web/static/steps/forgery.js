// Step 7: two strangers, four endpoints, and who was protected by what.

import { badge, element, pause, table } from '../dom.js';
import { exchange } from '../exchange.js';
import { Explained, NO_SECURE_COOKIES, Step } from '../step.js';

const WATCH_SECONDS = 300;
const STRANGERS = ['other-site', 'neighbour'];
const ENDPOINTS = [
  ['unguarded', 'Cookie, no guard', 'nothing'],
  ['same-site', 'Cookie, SameSite=Strict', 'the browser leaves the cookie at home, but only between sites'],
  ['origin-checked', 'Cookie, and the server looks at Sec-Fetch-Site and Origin', 'the server refuses what its own pages did not send'],
  ['bearer', 'Authorization: Bearer', 'there is nothing that a browser would attach by itself'],
];

/** @param {import('../context.js').Context} context */
export function setUp(context) {
  const step = new Step('forgery');
  let isWatching = false;

  step.action('get-cookies', async () => {
    const account = await context.lever('/demo-only/get-cookies');
    const { has_cookies } = (await exchange('/demo-only/forgery-results', { withCookies: true })).json;
    if (!has_cookies) throw new Explained(NO_SECURE_COOKIES);
    step.show(matrix(account.results, new Map()));
    step.say(`You have ${account.coins} coins, and the browser has two cookies of this bank. Now visit the strangers.`, 'neutral');
  });

  for (const link of step.section.querySelectorAll('[data-opens]')) {
    link.addEventListener('click', () => {
      if (isWatching) return;
      isWatching = true;
      step.meanwhile(
        watch(step, context).finally(() => {
          isWatching = false;
        }),
      );
    });
  }
}

/**
 * @param {Step} step
 * @param {import('../context.js').Context} context
 */
async function watch(step, context) {
  for (let second = 0; second < WATCH_SECONDS; second += 1) {
    await pause(1000);
    if (document.visibilityState !== 'visible') continue;
    const account = (await exchange('/demo-only/forgery-results', { withCookies: true })).json;
    const bearer = await bearerResults(context);
    step.show(matrix(account.results, bearer), explanation());
    const cells = ENDPOINTS.slice(0, 3).flatMap(([name]) => STRANGERS.map((stranger) => account.results[name]?.[stranger]));
    const seen = cells.filter(Boolean).length + bearer.size;
    if (seen === 8) {
      step.done(`Of 1000 coins ${account.coins} are left. The bearer endpoint and the one that looks where a request came from lost none.`);
      return;
    }
    step.say(seen === 0 ? 'Waiting for you to visit the strangers…' : `${seen} of 8 attempts have been made; visit the other stranger too.`, 'neutral');
  }
}

/**
 * What the notes API noted about forged requests, by the stranger that sent them.
 * @param {import('../context.js').Context} context
 */
async function bearerResults(context) {
  const { notes, other_site } = context.configuration;
  const origins = new Map([[other_site, 'other-site'], [notes, 'neighbour']]);
  const { requests } = await context.evidence(notes);
  const results = new Map();
  for (const one of requests) {
    const stranger = origins.get(one.origin);
    if (one.method === 'POST' && one.path === '/notes' && stranger) results.set(stranger, { moved: one.status < 400, why: `${one.status}: no token came along` });
  }
  return results;
}

/**
 * @param {Record<string, Record<string, {moved: boolean, why: string}>>} results
 * @param {Map<string, {moved: boolean, why: string}>} bearer
 */
function matrix(results, bearer) {
  const rows = ENDPOINTS.map(([name, title, guard]) => [
    element('span', {}, title, element('span', { class: 'facts-table__more' }, `Guard: ${guard}`)),
    ...STRANGERS.map((stranger) => cell(name === 'bearer' ? bearer.get(stranger) : results[name]?.[stranger])),
  ]);
  return table('Who was protected', ['Endpoint', 'The other site (127.0.0.1)', 'The neighbour (localhost, another port)'], rows, 'facts-table--wide');
}

/** @param {{moved: boolean, why: string} | undefined} result */
function cell(result) {
  if (result === undefined) return badge('not tried yet', 'neutral');
  return element('span', {}, badge(result.moved ? '100 coins gone' : 'safe', result.moved ? 'bad' : 'good'), element('span', { class: 'facts-table__more' }, result.why));
}

function explanation() {
  return element(
    'p',
    { class: 'why' },
    element('strong', {}, 'Why: '),
    'A site is a scheme and a registered name; the port does not count. So SameSite keeps the other site out and lets the neighbour in. What keeps both out is a server that looks where a request came from, or a credential that the browser never attaches by itself.',
  );
}
