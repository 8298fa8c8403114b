// The `jose` package as the other party. One JSON command on standard input, one JSON answer on standard output.
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT, calculateJwkThumbprint } from "jose";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const command = JSON.parse(Buffer.concat(chunks).toString("utf8"));

async function verify({ jwks, token, issuer, audience, typ, algorithms }) {
  const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(jwks), {
    issuer,
    audience,
    typ,
    algorithms,
    requiredClaims: ["exp", "sub"],
  });
  return { claims: payload, header: protectedHeader };
}

async function sign({ alg, claims, typ }) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), alg, use: "sig" };
  jwk.kid = await calculateJwkThumbprint(jwk);
  const token = await new SignJWT(claims).setProtectedHeader({ alg, typ, kid: jwk.kid }).sign(privateKey);
  return { jwks: { keys: [jwk] }, token };
}

const answer = await { verify, sign }[command.do](command).catch((error) => ({ error: error.code ?? String(error) }));
process.stdout.write(JSON.stringify(answer));
