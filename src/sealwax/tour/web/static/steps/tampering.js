// Step 4: six forgeries, made here, sent for real, refused for six reasons.

import { badge, code, element, table } from '../dom.js';
import { exchange } from '../exchange.js';
import { Step } from '../step.js';
import { coloured, publicKeyAsPem, sealedByStranger, sealedWithPublicKey, unsigned, withOtherClaims, read } from '../tokens.js';

/** @param {import('../context.js').Context} context */
export function setUp(context) {
  new Step('tampering').action('forge', async (step) => {
    const { notes, parcels, issuer, other_person } = context.configuration;
    const token = await context.token(notes);
    const { keys } = (await exchange(`${issuer}/jwks`)).json;
    const jwk = keys.find((/** @type {{kid: string}} */ key) => key.kid === read(token).header.kid);
    const forgeries = [
      ['Nothing: your token as it is', token],
      [`Another user’s id: ${other_person.display_name}’s, the signature kept`, withOtherClaims(token, { sub: other_person.subject }), token],
      ['Expired: a genuine token of an hour ago', (await context.lever('/demo-only/expired-token')).access_token],
      ['Wrong audience: a genuine token for the other company’s API', await context.token(parcels)],
      ['alg: none, and no signature', unsigned(token), token],
      ['Signed with another key, under the issuer’s key id', await sealedByStranger(token), token],
      ['HS256, with the issuer’s public key as the shared secret', await sealedWithPublicKey(token, await publicKeyAsPem(jwk)), token],
    ];
    const rows = [];
    let refused = 0;
    for (const [what, forged, original] of forgeries) {
      const one = await exchange(`${notes}/notes`, { token: forged });
      const noted = await context.noted(notes, one);
      if (one.status === 401) refused += 1;
      rows.push([
        element('span', {}, what, coloured(forged, 7, original)),
        badge(String(one.status), one.status === 200 ? 'good' : 'bad'),
        noted?.reason ? code(noted.reason) : 'every check passed',
        description(one.answerHeaders.get('www-authenticate')),
      ]);
    }
    step.show(
      table('Six forgeries and what became of them', ['What was changed', 'Answer', 'The check that failed', 'What the caller is told'], rows, 'facts-table--wide'),
      element(
        'p',
        { class: 'why' },
        element('strong', {}, 'Why: '),
        'The API was told beforehand which algorithms, which issuer and which audience it accepts. It never takes the token’s own word for any of them: a header that says “none” or “HS256” is refused before any key is touched.',
      ),
    );
    if (refused !== 6) throw new Error(`${refused} of six forgeries were refused`);
    step.done('All six were refused with 401, each by the check that was meant for it.');
  });
}

/** @param {string | null} challenge */
function description(challenge) {
  return /error_description="([^"]*)"/.exec(challenge ?? '')?.[1] ?? '';
}
