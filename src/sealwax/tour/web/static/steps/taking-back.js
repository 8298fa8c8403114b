// Step 8: signed out everywhere, and how long both APIs take to know it.

import { badge, duration, element, pause, table } from '../dom.js';
import { exchange } from '../exchange.js';
import { Explained, note, Step } from '../step.js';
import { read } from '../tokens.js';

const LIMIT_SECONDS = 60;
const USUAL_SECONDS = 20;

/** @param {import('../context.js').Context} context */
export function setUp(context) {
  new Step('taking-back').action('sign-out-everywhere', async (step) => {
    const { notes, parcels } = context.configuration;
    const apis = [
      { name: 'The notes API', address: notes, path: '/notes', token: await context.token(notes) },
      { name: 'The other company’s API', address: parcels, path: '/parcels', token: await context.token(parcels) },
    ].map((api) => ({ ...api, status: 0, reason: '', seconds: 0 }));
    for (const api of apis) {
      api.status = (await exchange(api.address + api.path, { token: api.token })).status;
      if (api.status !== 200) throw new Explained(`${api.name} answered ${api.status} before anything was taken back.`);
    }
    await context.lever('/demo-only/sign-out-everywhere');
    const began = performance.now();
    context.forgetTokens();
    const ends = Math.min(...apis.map((api) => read(api.token).payload.exp));
    while (apis.some((api) => api.status === 200)) {
      const passed = (performance.now() - began) / 1000;
      for (const api of apis.filter((one) => one.status === 200)) {
        const one = await exchange(api.address + api.path, { token: api.token });
        api.status = one.status;
        api.seconds = (performance.now() - began) / 1000;
        if (one.status !== 200) api.reason = (await context.noted(api.address, one))?.reason ?? '';
      }
      show(step, apis, passed, ends);
      if (passed > LIMIT_SECONDS) throw new Explained(`After ${LIMIT_SECONDS} seconds the token is still accepted.`);
      await pause(500);
    }
    const slowest = Math.max(...apis.map((api) => api.seconds));
    step.done(`Refused by both after ${slowest.toFixed(1)} seconds. By the clock the token had ${duration(ends - Date.now() / 1000)} to live.`);
  });
}

/**
 * @param {Step} step
 * @param {{name: string, status: number, reason: string, seconds: number}[]} apis
 * @param {number} passed
 * @param {number} ends
 */
function show(step, apis, passed, ends) {
  step.say(`${passed.toFixed(0)} seconds since everything was signed out…`, 'neutral');
  step.show(
    table(
      'Both APIs, as the news arrives',
      ['', 'Answer now', 'Refused after', 'The check that failed'],
      apis.map((api) => [
        api.name,
        badge(String(api.status), api.status === 200 ? 'good' : 'bad'),
        api.status === 200 ? 'not yet' : `${api.seconds.toFixed(1)} s`,
        api.reason,
      ]),
    ),
    element('p', { class: 'aside' }, `By the clock the token lives for another ${duration(ends - Date.now() / 1000)}.`),
    passed < USUAL_SECONDS ? '' : note('This takes longer than usual: an API that could not reach the issuer for a while, as in step 5, asks it again after half a minute at most.'),
    element(
      'p',
      { class: 'why' },
      element('strong', {}, 'Why: '),
      'One bit was flipped in a list that the issuer signs. Each API fetches it anew every 15 seconds at most, so that is the longest this can take while the issuer is up. No request waited for it.',
    ),
  );
}
