// What the steps share: the addresses, and the tokens, which this page keeps in memory alone.

import { exchange } from './exchange.js';
import { Explained } from './step.js';
import { read } from './tokens.js';

const LAST_SECONDS = 20;

/**
 * @typedef {object} Configuration
 * @property {string} issuer
 * @property {string} notes
 * @property {string} parcels
 * @property {string} web
 * @property {string} other_site
 * @property {{username: string, password: string, display_name: string, subject: string}} account
 * @property {{display_name: string, subject: string}} other_person
 * @property {string} client_id
 * @property {Record<string, boolean>} running
 */

export class Context {
  /** @type {Map<string, string>} */
  #tokens = new Map();

  /** @param {Configuration} configuration */
  constructor(configuration) {
    this.configuration = configuration;
  }

  static async load() {
    return new Context((await exchange('/demo-only/tour.json', { withCookies: true })).json);
  }

  /**
   * Sign in by /signin for one audience, and keep the token.
   * @param {string} resource
   * @param {{username: string, password: string}} [credentials]
   */
  async signIn(resource, credentials = this.configuration.account) {
    const { username, password } = credentials;
    const json = { client_id: this.configuration.client_id, username, password, resource };
    const one = await exchange(`${this.configuration.issuer}/signin`, { method: 'POST', json, shownJson: { ...json, password: '•'.repeat(12) } });
    if (one.status === 200) this.#tokens.set(resource, one.json.access_token);
    return one;
  }

  /**
   * A token that is good for a while; signs in anew when there is none.
   * @param {string} resource
   */
  async token(resource) {
    const held = this.#tokens.get(resource);
    if (held !== undefined && read(held).payload.exp - Date.now() / 1000 > LAST_SECONDS) return held;
    const one = await this.signIn(resource);
    if (one.status !== 200) throw new Explained(`Signing in was refused: ${one.json?.error_description ?? one.status}.`);
    return /** @type {string} */ (one.json.access_token);
  }

  forgetTokens() {
    this.#tokens.clear();
  }

  /**
   * Ask an API for what it noted about itself.
   * @param {string} api
   */
  async evidence(api) {
    return (await exchange(`${api}/demo-only/evidence`)).json;
  }

  /**
   * What an API noted about one request that it answered.
   * @param {string} api
   * @param {import('./exchange.js').Exchange} one
   */
  async noted(api, one) {
    const number = Number(one.answerHeaders.get('x-request-number'));
    return (await this.evidence(api)).requests.find((/** @type {{number: number}} */ each) => each.number === number);
  }

  /**
   * Press one of the tour's own levers.
   * @param {string} path
   * @param {unknown} [json]
   */
  async lever(path, json = {}) {
    const one = await exchange(path, { method: 'POST', json, withCookies: true });
    if (one.status >= 400) throw new Explained(one.json?.problem ?? `the tour answered ${one.status}`);
    return one.json;
  }
}
