// Step 1: credentials to /signin, and the token that comes back, taken apart.

import { code, element, paragraph, table } from '../dom.js';
import { showExchange } from '../exchange.js';
import { Explained, Step } from '../step.js';
import { coloured, read } from '../tokens.js';

/** @type {Record<string, string>} */
const MEANINGS = {
  alg: 'how it is sealed; the receiver decides what it accepts',
  typ: 'what kind of token it is: an access token',
  kid: 'which of the issuer’s keys sealed it',
  iss: 'who issued it',
  sub: 'whom it speaks of: an id, not a name',
  aud: 'the one API that may accept it',
  client_id: 'the application that it was issued to',
  iat: 'when it was issued',
  exp: 'from this second on it is refused',
  jti: 'its own name',
  scope: 'what it may be used for',
  status: 'the bit to look at to see whether it was taken back',
  auth_time: 'when the person signed in',
  amr: 'by which means the person signed in',
  sid: 'the sign-in session',
};

/** @param {import('../context.js').Context} context */
export function setUp(context) {
  new Step('sign-in').form('sign-in', async (step, form) => {
    const data = new FormData(form);
    const credentials = { username: String(data.get('username')), password: String(data.get('password')) };
    const one = await context.signIn(context.configuration.notes, credentials);
    if (one.status !== 200) {
      step.show(showExchange(one, 'The issuer does not say which of the two was wrong, so that nobody can find out who has an account.'));
      throw new Explained('The issuer refused the credentials.');
    }
    const token = one.json.access_token;
    step.show(
      showExchange(one, 'The password was right, so the issuer made a token for one API and one user, and signed it with its private key.'),
      apart(token),
    );
    step.done(`Signed in. The token has ${token.length} characters in three parts.`);
  });
}

/** @param {string} token */
function apart(token) {
  const { header, payload, signature } = read(token);
  const size = Math.floor((signature.length * 3) / 4);
  return element(
    'div',
    { class: 'apart' },
    element('h3', {}, 'The token'),
    element('p', { class: 'apart__token' }, coloured(token)),
    element(
      'div',
      { class: 'apart__parts' },
      part('header', 'Header', members(header), 'How it is sealed.'),
      part('payload', 'Payload', members(payload), 'What it says. Change one letter, and the seal no longer fits.'),
      part(
        'signature',
        'Signature',
        paragraph(`${size} bytes, made with the issuer’s private key. The public key that checks them is no secret: it is published at /jwks.`),
        'The seal.',
      ),
    ),
    element(
      'div',
      { class: 'note note--plain' },
      element('p', { class: 'note__title' }, 'Anyone can read this.'),
      element(
        'p',
        {},
        'It was decoded right here by ',
        code('atob()'),
        ', without any key: encoded is not encrypted. So no secret goes in. There is an id instead of a name, and no password, no e-mail address, nothing that the API does not need.',
      ),
    ),
  );
}

/**
 * @param {string} kind
 * @param {string} title
 * @param {Node} content
 * @param {string} words
 */
function part(kind, title, content, words) {
  return element('div', { class: `apart__part apart__part--${kind}` }, element('h4', {}, title), paragraph(words), content);
}

/** @param {Record<string, any>} object */
function members(object) {
  const rows = Object.entries(object).map(([name, value]) => [code(name), code(shown(name, value)), MEANINGS[name] ?? '']);
  return table('Members', ['Name', 'Value', 'What it means'], rows, 'facts-table--members facts-table--plain');
}

/** @param {string} name @param {any} value */
function shown(name, value) {
  if (['iat', 'exp', 'auth_time'].includes(name)) return `${value} (${new Date(value * 1000).toLocaleTimeString()})`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
