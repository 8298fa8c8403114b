// Step 2: three places to keep a token, and what an injected script gets out of each.

import { badge, code, element, table } from '../dom.js';
import { Explained, NO_SECURE_COOKIES, Step } from '../step.js';
import { coloured } from '../tokens.js';
import { openVault } from '../vault.js';

const KEY = 'access_token';

/** @param {import('../context.js').Context} context */
export function setUp(context) {
  new Step('keeping').action('keep', async (step) => {
    const { notes, account } = context.configuration;
    const token = await context.token(notes);
    const { default: attack } = await import('../injected-script.js');

    localStorage.setItem(KEY, token);
    const fromStorage = await attack(notes);
    localStorage.removeItem(KEY);

    const vault = openVault(notes);
    await vault.keep(token);
    const usedByPage = await vault.get('/notes');
    const fromVault = await attack(notes, vault.worker);
    vault.close();

    await context.lever('/bff/sign-in', { username: account.username, password: account.password });
    const throughServer = await fetch('/bff/notes', { cache: 'no-store' });
    if (throughServer.status === 401) throw new Explained(NO_SECURE_COOKIES);
    const fromCookie = await attack(notes);
    await context.lever('/bff/sign-out');

    step.show(
      table(
        'What the injected script got',
        ['Kept in', 'Your own page', 'The injected script', 'What it can still do'],
        [
          ['localStorage', 'reads it and sends it', ...loot(fromStorage), ],
          ['the memory of a worker', works(usedByPage.status), ...loot(fromVault)],
          ['a server of yours (BFF), a cookie here', works(throughServer.status), ...loot(fromCookie)],
        ].map((cells, row) => [...cells, STILL[row]]),
        'facts-table--wide',
      ),
      element(
        'p',
        { class: 'why' },
        element('strong', {}, 'Why: '),
        'What a script of your page can read, every script of your page can read. A worker keeps its memory to itself; a cookie marked ',
        code('HttpOnly'),
        ' is out of reach of all scripts, and the token behind it never leaves the server. Neither makes an injected script harmless: it makes it unable to carry the token away.',
      ),
    );
    const isAsSaid = Boolean(fromStorage.token) && !fromVault.token && !fromCookie.token;
    if (!isAsSaid) throw new Error('the injected script got something else than expected');
    step.done('From localStorage the script took the token and used it. From the worker and from the cookie it got nothing.');
  });
}

const STILL = [
  'Everything, from anywhere, as long as the token is valid.',
  'Send requests while this page is open; start a sign-in of its own.',
  'Send requests while this page is open.',
];

/** @param {number} status */
const works = (status) => (status === 200 ? 'asks it to send requests: 200' : `answered ${status}`);

/** @param {{token: string | null, used: number | null, tried: string[]}} found */
function loot(found) {
  if (found.token === null) return [element('span', {}, badge('nothing', 'good'), ` tried ${found.tried.join(', ')}`)];
  return [
    element('span', {}, badge('the token', 'bad'), ' ', coloured(found.token, 8), ` and used it itself: the API answered ${found.used}`),
  ];
}
