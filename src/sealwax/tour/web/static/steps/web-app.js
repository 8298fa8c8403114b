// Step 6: signing in to a web app, and what the browser holds afterwards.

import { badge, card, code, element, pause, table } from '../dom.js';
import { exchange } from '../exchange.js';
import { Explained, Step } from '../step.js';

const WATCH_SECONDS = 180;

/** @param {import('../context.js').Context} context */
export function setUp(context) {
  const step = new Step('web-app');

  step.section.querySelector('[data-opens="web-app"]')?.addEventListener('click', () => {
    step.say('Waiting for you to sign in, in the other tab…', 'neutral');
    step.meanwhile(watch(step));
  });

  step.action('look', async () => {
    if (!(await look(step))) throw new Explained('Nobody is signed in to the web app here. Sign in first, in the other tab.');
  });

  step.action('sign-out', async () => {
    await context.lever('/app/session/end', {});
    const { session } = await state();
    step.show(
      element(
        'p',
        { class: 'why' },
        element('strong', {}, 'Why: '),
        'The session was on the server, so ending it is to forget it there. A copy of the cookie, stolen or restored, opens nothing now. At the issuer you are still signed in; the web app’s own “Sign out” button ends that too.',
      ),
    );
    if (session !== null) throw new Explained('The web app still knows a session.');
    step.done('Signed out: the session is gone from the server, the cookie from the browser.');
  });
}

async function state() {
  return (await exchange('/app/session', { withCookies: true })).json;
}

/** @param {Step} step */
async function watch(step) {
  for (let second = 0; second < WATCH_SECONDS; second += 1) {
    await pause(1000);
    if (document.visibilityState === 'visible' && (await look(step))) return;
  }
}

/** @param {Step} step */
async function look(step) {
  const { session } = await state();
  if (session === null) return false;
  const stored = Object.entries({ ...localStorage, ...sessionStorage }).filter(([, value]) => /eyJ[\w-]+\.[\w-]+\./.test(String(value)));
  const hasToken = stored.length > 0 || /eyJ[\w-]+\./.test(document.cookie);
  step.show(
    element(
      'div',
      { class: 'cards cards--first-tall' },
      card(
        'What the browser was given',
        table(
          'The cookie',
          ['Part of the cookie', 'Value'],
          [
            ['Name', code(session.cookie.name)],
            ['Value', 'a random number of 256 bits; it means nothing by itself'],
            ...session.cookie.attributes.map((/** @type {{name: string, why: string}} */ one) => [code(one.name), one.why]),
          ],
        ),
      ),
      card(
        'What a script finds here',
        table(
          'What a script finds',
          ['Where', 'Found'],
          [
            [code('document.cookie'), document.cookie.includes(session.cookie.name) ? badge('the session', 'bad') : badge('nothing of it', 'good')],
            ['localStorage, sessionStorage', hasToken ? badge('a token', 'bad') : badge('no token', 'good')],
          ],
        ),
      ),
      card(
        'What the server keeps under it',
        table(
          'The session on the server',
          ['Part of the session', 'Value'],
          [
            ['Who', `${session.name} (${session.subject})`],
            ['From', session.issuer],
            ['Since', new Date(session.began_at * 1000).toLocaleTimeString()],
            ['The ID token', 'was verified once, and is not sent anywhere again'],
            ['The access token', 'stays there, for calls to the notes API'],
          ],
        ),
      ),
    ),
    element(
      'p',
      { class: 'why' },
      element('strong', {}, 'Why: '),
      'The page needs to know who is signed in, and the server knows. A token in the browser would add something to steal and nothing to use.',
    ),
  );
  if (hasToken) throw new Explained('There is a token in this browser.');
  step.done(`${session.name} is signed in to the web app; no token is in the browser.`);
  return true;
}
