// Step 9: a service with credentials of its own, and whom the API sees.

import { badge, card, element, table } from '../dom.js';
import { exchange } from '../exchange.js';
import { Explained, Step } from '../step.js';

/** @param {import('../context.js').Context} context */
export function setUp(context) {
  new Step('services').action('report', async (step) => {
    const { notes } = context.configuration;
    const report = await context.lever('/demo-only/nightly-report');
    const you = await exchange(`${notes}/whoami`, { token: await context.token(notes) });
    step.show(
      element('div', { class: 'cards' }, seen('With the service’s token', report.whoami), seen('With your token', you.json)),
      table(
        'What the service did',
        ['The nightly report', ''],
        [
          ['Asked the issuer for a token', `${report.token_requests}× for ${report.api_requests} calls to the API`],
          ['GET /statistics, which needs notes:statistics', status(report.statistics_status)],
          ['GET /notes, which needs notes:read', status(report.notes_status)],
          ['The answer', JSON.stringify(report.statistics)],
        ],
      ),
      element(
        'p',
        { class: 'why' },
        element('strong', {}, 'Why: '),
        'A token of client credentials has the client itself as its subject. Ids of people and of services can never be the same, so no service can pass for a person. What it may do stands in its scopes, and nothing else is open to it.',
      ),
    );
    if (report.statistics_status !== 200 || report.notes_status !== 403) throw new Explained('The API did not answer as it should.');
    step.done('The API saw the service by itself, and you with the application you use.');
  });
}

/** @param {string} title @param {Record<string, any>} whoami */
function seen(title, whoami) {
  return card(
    title,
    table(
      title,
      ['The API sees', ''],
      [
        ['A person?', badge(whoami.caller === 'person' ? 'a person' : 'no: a service', 'neutral')],
        ['sub', whoami.subject],
        ['client_id', whoami.client_id],
        ['scope', whoami.scopes.join(' ')],
      ],
    ),
  );
}

/** @param {number} code */
const status = (code) => badge(String(code), code === 200 ? 'good' : 'bad');
