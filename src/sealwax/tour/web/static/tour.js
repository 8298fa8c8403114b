// The tour's page: ten steps, a trail that follows, and buttons that copy.

import { Context } from './context.js';
import { setUp as forgery } from './steps/forgery.js';
import { setUp as keeping } from './steps/keeping.js';
import { setUp as sending } from './steps/sending.js';
import { setUp as services } from './steps/services.js';
import { setUp as signIn } from './steps/sign-in.js';
import { setUp as strangers, showState } from './steps/strangers.js';
import { setUp as takingBack } from './steps/taking-back.js';
import { setUp as tampering } from './steps/tampering.js';
import { setUp as webApp } from './steps/web-app.js';
import { setUp as whenNot } from './steps/when-not.js';

const context = await Context.load();
for (const setUp of [signIn, keeping, sending, tampering, strangers, webApp, forgery, takingBack, services, whenNot]) setUp(context);
for (const button of document.querySelectorAll('[data-copy]')) button.addEventListener('click', () => copy(/** @type {HTMLElement} */ (button)));
for (const [program, isRunning] of Object.entries(context.configuration.running)) showState(program, isRunning ? 'running' : 'stopped');
followTrail();
document.documentElement.dataset.ready = '';

/** @param {HTMLElement} button */
async function copy(button) {
  const source = document.getElementById(button.dataset.copy ?? '');
  if (source === null) return;
  const label = button.firstChild;
  try {
    await navigator.clipboard.writeText(source.textContent ?? '');
    if (label) label.textContent = 'Copied';
  } catch {
    getSelection()?.selectAllChildren(source);
    if (label) label.textContent = 'Selected';
  }
  setTimeout(() => {
    if (label) label.textContent = 'Copy';
  }, 2000);
}

/** Mark the step that is being read in the list of steps. */
function followTrail() {
  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        const link = document.querySelector(`[data-trail="${entry.target.id}"]`);
        if (entry.isIntersecting) link?.setAttribute('aria-current', 'step');
        else link?.removeAttribute('aria-current');
      }
    },
    { rootMargin: '-35% 0px -60% 0px' },
  );
  for (const section of document.querySelectorAll('[data-step]')) observer.observe(section);
}
