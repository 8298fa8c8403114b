// Step 5: another company's API, and an issuer that is not there.

import { badge, element, table } from '../dom.js';
import { exchange, showExchange } from '../exchange.js';
import { Explained, Step } from '../step.js';

/** @param {import('../context.js').Context} context */
export function setUp(context) {
  const step = new Step('strangers');
  const { notes, parcels, issuer } = context.configuration;

  step.action('ask-stranger', async () => {
    const one = await exchange(`${parcels}/parcels`, { token: await context.token(parcels) });
    step.show(
      showExchange(
        one,
        `This company fetched the public keys from ${issuer} once, by itself. The token names it as the audience; the one for the notes API would be refused here, as step 4 showed the other way round.`,
      ),
    );
    if (one.status !== 200) throw new Explained(`The other company’s API answered ${one.status}.`);
    step.done('The other company’s API answered, knowing only the issuer’s URL.');
  });

  step.action('stop-issuer', async () => {
    const tokens = { notes: await context.token(notes), parcels: await context.token(parcels) };
    await exchange(`${notes}/notes`, { token: tokens.notes }); // both have to have seen the keys once
    await exchange(`${parcels}/parcels`, { token: tokens.parcels });
    const stopped = await context.lever('/demo-only/issuer/stop');
    showState('issuer', 'stopped');
    const first = await exchange(`${notes}/notes`, { token: tokens.notes });
    const second = await exchange(`${parcels}/parcels`, { token: tokens.parcels });
    step.show(
      table(
        'With the issuer stopped',
        ['', 'Process', 'Answer'],
        [
          ['The issuer', `${stopped.process_id_before} was ended`, badge(stopped.answers ? 'answers' : 'connection refused', stopped.answers ? 'good' : 'bad')],
          ['The notes API', 'runs', status(first.status)],
          ['The other company’s API', 'runs', status(second.status)],
        ],
      ),
      element(
        'p',
        { class: 'why' },
        element('strong', {}, 'Why: '),
        'The keys are at hand, and a signature is checked with a key, not with a call. What is revoked meanwhile stays unseen until the issuer is back; how long an API goes on like that is a setting, an hour if nothing is said.',
      ),
    );
    if (stopped.answers || first.status !== 200 || second.status !== 200) throw new Explained('This is not what should have happened.');
    step.done('The issuer is gone, and both APIs go on answering. Start it again before you go on.');
  });

  step.action('start-issuer', async () => {
    const started = await context.lever('/demo-only/issuer/start');
    showState('issuer', 'running');
    step.show(element('p', { class: 'aside' }, `The issuer runs again, as process ${started.process_id}, with the same keys from its folder.`));
    step.done('The issuer is back.');
  });
}

/** @param {number} code */
const status = (code) => badge(`${code}${code === 200 ? ' OK' : ''}`, code === 200 ? 'good' : 'bad');

/**
 * Say on a program's card whether it runs.
 * @param {string} program @param {string} state
 */
export function showState(program, state) {
  const card = document.querySelector(`[data-program="${program}"]`);
  card?.classList.toggle('is-stopped', state === 'stopped');
  card?.querySelector('[data-state]')?.replaceChildren(state);
}
