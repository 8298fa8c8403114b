// One of the ten steps: its buttons, the sentence it says, and what it shows.

import { element } from './dom.js';

export class Step {
  /** @param {string} name */
  constructor(name) {
    const section = document.querySelector(`[data-step="${name}"]`);
    if (!(section instanceof HTMLElement)) throw new Error(`there is no step ${name}`);
    this.name = name;
    this.section = section;
    this.saying = /** @type {HTMLElement} */ (section.querySelector('[data-saying]'));
    this.outcome = /** @type {HTMLElement} */ (section.querySelector('[data-outcome]'));
  }

  /**
   * Let a button do something. While it does, no button of this step can be pressed.
   * @param {string} name
   * @param {(step: Step) => Promise<void>} act
   */
  action(name, act) {
    this.section.querySelector(`[data-action="${name}"]`)?.addEventListener('click', () => this.run(act));
  }

  /**
   * Let a form do something in place of being sent.
   * @param {string} name
   * @param {(step: Step, form: HTMLFormElement) => Promise<void>} act
   */
  form(name, act) {
    const form = this.section.querySelector(`[data-form="${name}"]`);
    if (!(form instanceof HTMLFormElement)) return;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.run(() => act(this, form));
    });
  }

  /** @param {(step: Step) => Promise<void>} act */
  async run(act) {
    if (this.section.getAttribute('aria-busy') === 'true') return;
    this.section.setAttribute('aria-busy', 'true');
    this.say('Working…', 'neutral');
    try {
      await act(this);
    } catch (error) {
      this.say(explained(error), 'bad');
    } finally {
      this.section.removeAttribute('aria-busy');
    }
  }

  /**
   * Let something go on beside the buttons, such as waiting for another tab.
   * @param {Promise<void>} work
   */
  meanwhile(work) {
    work.catch((error) => this.say(explained(error), 'bad'));
  }

  /**
   * Say in one sentence what came of it; screen readers read it out.
   * @param {string} text
   * @param {'good' | 'bad' | 'neutral'} kind
   */
  say(text, kind) {
    this.saying.className = `saying saying--${kind}`;
    this.saying.textContent = text;
  }

  /** @param {...(Node | string)} nodes */
  show(...nodes) {
    this.outcome.replaceChildren(...nodes);
  }

  /**
   * The step has shown what it is there to show.
   * @param {string} text
   */
  done(text) {
    this.say(text, 'good');
    this.section.dataset.done = '';
    const link = document.querySelector(`[data-trail="${this.name}"]`);
    link?.classList.add('is-done');
    link?.querySelector('[data-trail-done]')?.replaceChildren(' (done)');
  }
}

/** The sentence for an error that was foreseen. */
export class Explained extends Error {}

/** What to say where a browser drops what Chromium, Firefox and curl keep. */
export const NO_SECURE_COOKIES =
  'This browser keeps no Secure cookie on plain http, not even for this machine, so this can’t be shown in it; Chromium and Firefox do. A server of your own speaks https: sealwax serve --tls-cert FILE --tls-key FILE.';

/** @param {unknown} error */
function explained(error) {
  if (error instanceof Explained) return error.message;
  if (error instanceof TypeError && /fetch|load failed|network/i.test(error.message)) {
    return 'One of the programs does not answer. If the issuer was stopped in step 5, start it again there.';
  }
  console.error(error);
  return `This did not work: ${error instanceof Error ? error.message : error}`;
}

/** @param {string} text */
export function note(text) {
  return element('p', { class: 'aside' }, text);
}
