// Step 3: the token goes along, the API answers for its user, and calls nobody.

import { element, table } from '../dom.js';
import { exchange, showExchange } from '../exchange.js';
import { Explained, Step } from '../step.js';

/** @param {import('../context.js').Context} context */
export function setUp(context) {
  new Step('sending').action('send', async (step) => {
    const { notes } = context.configuration;
    const token = await context.token(notes);
    await exchange(`${notes}/notes`, { token }); // the first request ever may have to wait for the issuer's keys
    const one = await exchange(`${notes}/notes`, { token });
    const noted = await context.noted(notes, one);
    const evidence = await context.evidence(notes);
    step.show(
      showExchange(one, 'The signature fits the issuer’s public key, the token is for this API and not over. The user was read from sub; nothing was looked up.'),
      element('h3', {}, 'From the API’s own log'),
      table(
        'From the API’s own log',
        ['', 'When the request came', 'When it was answered'],
        [
          ['Calls this API has made, ever', String(noted.calls_before), String(noted.calls_after)],
          ['Whom it answered', '', `${noted.subject}, through ${noted.client_id}`],
          ['It took', '', `${noted.milliseconds} ms`],
        ],
      ),
      element(
        'p',
        { class: 'aside' },
        `Every call it has made since it started, all in the background: ${summary(evidence.calls)}.`,
      ),
    );
    if (one.status !== 200) {
      context.forgetTokens(); // it may have been taken back, in step 8 or from a terminal
      throw new Explained(`The notes API answered ${one.status}. Press again to sign in anew.`);
    }
    const made = noted.calls_after - noted.calls_before;
    if (made === 0) step.done('Answered, and no call was made for this request.');
    else step.done('Answered. A background refresh happened to fall into this very moment; press again to see it without.');
  });
}

/** @param {{url: string}[]} calls */
function summary(calls) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { url } of calls) {
    const path = new URL(url).pathname;
    const name = path.startsWith('/status/') ? 'the status list' : path === '/jwks' ? 'the keys' : 'the metadata';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Array.from(counts, ([name, count]) => `${name} ${count}×`).join(', ') || 'none';
}
