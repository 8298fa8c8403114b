// A worker that keeps a token: it sends requests with it, and never gives it out.

const WORKER = '/static/vault-worker.js';

/**
 * The one script URL that this page may make a worker of (Trusted Types).
 * @type {{createScriptURL: (url: string) => any}}
 */
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy('vault', {
  createScriptURL: (/** @type {string} */ url) => {
    if (url === WORKER) return url;
    throw new TypeError('only the vault is a worker here');
  },
}) ?? { createScriptURL: (/** @type {string} */ url) => url };

/** @param {string} api the only origin that the vault sends the token to */
export function openVault(api) {
  const worker = new Worker(policy.createScriptURL(WORKER), { type: 'module' });
  /** @param {Record<string, unknown>} message @returns {Promise<any>} */
  const ask = (message) =>
    new Promise((resolve) => {
      const channel = new MessageChannel();
      channel.port1.onmessage = ({ data }) => resolve(data);
      worker.postMessage(message, [channel.port2]);
    });
  return {
    worker,
    /** @param {string} token */
    keep: (token) => ask({ kind: 'keep', token, api }),
    /** @param {string} path */
    get: (path) => ask({ kind: 'get', path }),
    close: () => worker.terminate(),
  };
}
