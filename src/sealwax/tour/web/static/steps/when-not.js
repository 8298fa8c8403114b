// Step 10: what not storing sessions is worth, measured.

import { element, table } from '../dom.js';
import { Step } from '../step.js';

/** @param {import('../context.js').Context} context */
export function setUp(context) {
  new Step('when-not').action('measure', async (step) => {
    const measured = await context.lever('/demo-only/measure');
    step.show(
      table(
        'Measured on this machine',
        ['To know who is calling', 'Time each', 'A second on one core'],
        [row('Look a session up in memory', measured.memory_microseconds), row('Look it up in SQLite', measured.sqlite_microseconds), row('Verify a JWT (ES256)', measured.jwt_microseconds)],
      ),
      element(
        'p',
        { class: 'why' },
        element('strong', {}, 'Why: '),
        'A look-up on the same machine is cheaper than a signature check. A JWT does not save computing; it saves the call between parties that share no storage.',
      ),
    );
    step.done(`One signature check costs as much as ${Math.round(measured.jwt_microseconds / measured.sqlite_microseconds)} look-ups in a local database.`);
  });
}

/** @param {string} what @param {number} microseconds */
function row(what, microseconds) {
  return [what, `${microseconds < 10 ? microseconds.toFixed(1) : Math.round(microseconds)} µs`, Math.round(1e6 / microseconds).toLocaleString('en')];
}
