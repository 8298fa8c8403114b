// Keeps a token in its own memory, which no script of the page can read. It can be asked to send a request to
// the one API; it cannot be asked for the token, nor be given another API afterwards.

let token = '';
let api = '';

onmessage = async ({ data, ports }) => {
  const [port] = ports;
  if (data.kind === 'keep' && token === '') {
    ({ token, api } = data);
    port.postMessage({ kept: true });
  } else if (data.kind === 'get' && token !== '') {
    const target = new URL(data.path, api);
    if (target.origin !== new URL(api).origin) {
      port.postMessage({ refused: 'another origin' });
      return;
    }
    const answer = await fetch(target, { headers: { Authorization: `Bearer ${token}` }, cache: 'no-store', redirect: 'error' });
    port.postMessage({ status: answer.status, body: await answer.text() });
  } else {
    port?.postMessage({ refused: data.kind });
  }
};
