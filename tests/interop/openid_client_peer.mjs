// The `openid-client` package as a relying party, one line of JSON at a time on standard input and output:
// prints the authorization URL, reads the callback URL, prints what it got.
import { createInterface } from "node:readline";
import * as client from "openid-client";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const read = async () => JSON.parse((await lines.next()).value);
const write = (value) => process.stdout.write(JSON.stringify(value) + "\n");

const { issuer, client_id, client_secret, redirect_uri, scope, post_logout_redirect_uri } = await read();
try {
  const config = await client.discovery(new URL(issuer), client_id, client_secret ?? undefined,
    client_secret ? undefined : client.None(), { execute: [client.allowInsecureRequests] });
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedNonce = client.randomNonce();
  const expectedState = client.randomState();
  write({
    authorization_url: client.buildAuthorizationUrl(config, {
      redirect_uri,
      scope,
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: "S256",
      nonce: expectedNonce,
      state: expectedState,
    }).href,
  });
  const { callback_url } = await read();
  const tokens = await client.authorizationCodeGrant(config, new URL(callback_url), { pkceCodeVerifier, expectedNonce, expectedState, idTokenExpected: true });
  const claims = tokens.claims();
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  const refreshed = tokens.refresh_token ? await client.refreshTokenGrant(config, tokens.refresh_token) : null;
  const logout = client.buildEndSessionUrl(config, { post_logout_redirect_uri, id_token_hint: tokens.id_token });
  if (refreshed?.refresh_token) await client.tokenRevocation(config, refreshed.refresh_token);
  write({ claims, userinfo, refreshed: Boolean(refreshed?.access_token), rotated: Boolean(refreshed?.refresh_token && refreshed.refresh_token !== tokens.refresh_token), logout_url: logout.href });
} catch (error) {
  write({ error: String(error.code ?? error), cause: String(error.cause ? JSON.stringify(error.cause) : error.message).slice(0, 500) });
}
process.exit(0);
