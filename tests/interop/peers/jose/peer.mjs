// The `jose` package of npm as the other party. What the commands are stands in tests/interop/protocol.py.
import { createInterface } from "node:readline";
import { readFile } from "node:fs/promises";
import * as jose from "jose";

const { decode, encode } = jose.base64url;
const forms = {
  jws: ["compact", "flattened", "general", "detached", "unencoded", "flattened_unencoded"],
  jwe: ["compact", "flattened", "general", "additional_data", "compressed"],
};
// It accepts 10,000 rounds of a password unless it is told otherwise; we write 600,000.
const decryptOptions = (alg, enc) => ({
  keyManagementAlgorithms: [alg],
  contentEncryptionAlgorithms: [enc],
  maxPBES2Count: 1_200_000,
});

class NotOffered extends Error {}

function form(command, offered) {
  if (!offered.includes(command.form)) throw new NotOffered(`has no form named ${command.form}`);
  return command.form;
}

const kept = new Map();

async function readKey(key, alg, isPrivate) {
  const name = JSON.stringify([key, alg, isPrivate]);
  if (!kept.has(name)) kept.set(name, await importKey(key, alg, isPrivate));
  return kept.get(name);
}

async function importKey(key, alg, isPrivate) {
  try {
    return await parseKey(key, alg, isPrivate);
  } catch (error) {
    if (error.name === "DataError" && error.message.includes("mismatch")) throw new NotOffered(error.message);
    throw error;
  }
}

async function parseKey(key, alg, isPrivate) {
  if (key.jwk) return jose.importJWK(key.jwk, alg);
  return isPrivate ? jose.importPKCS8(key.pem, alg, { extractable: true }) : jose.importSPKI(key.pem, alg, { extractable: true });
}

const isUnencoded = (name) => name === "unencoded" || name === "flattened_unencoded";
const isPrivatePem = (key) => Boolean(key.pem?.includes("PRIVATE KEY"));

async function about() {
  const { version } = JSON.parse(await readFile(new URL("../../node_modules/jose/package.json", import.meta.url)));
  return { versions: { jose: version, Node: process.versions.node }, key_forms: ["jwk", "pem"] };
}

async function sign(command) {
  const name = form(command, forms.jws);
  const payload = decode(command.payload);
  const [first] = command.signers;
  const alg = first.header.alg;
  if (name === "general") {
    const made = new jose.GeneralSign(payload);
    for (const { key, header } of command.signers)
      made.addSignature(await readKey(key, header.alg, true)).setProtectedHeader(header);
    return { token: await made.sign() };
  }
  const key = await readKey(first.key, alg, true);
  if (name === "compact") return { token: await new jose.CompactSign(payload).setProtectedHeader(first.header).sign(key) };
  const token = await new jose.FlattenedSign(payload).setProtectedHeader(first.header).sign(key);
  if (name === "flattened") return { token };
  if (name === "flattened_unencoded") return { token: { ...token, payload: new TextDecoder().decode(payload) } };
  return { token: `${token.protected}..${token.signature}` };
}

async function verify(command) {
  const name = form(command, forms.jws);
  const known = command.keys[command.which];
  const key = await readKey(known.key, known.alg, false);
  const options = { algorithms: [known.alg] };
  let token = command.token;
  let found;
  if (name === "compact") found = await jose.compactVerify(token, key, options);
  else if (name === "general") found = await jose.generalVerify(token, key, options);
  else {
    if (typeof token === "string") {
      const [head, , signature] = token.split(".");
      const apart = decode(command.payload);
      token = { protected: head, payload: isUnencoded(name) ? apart : encode(apart), signature };
    }
    found = await jose.flattenedVerify(token, key, options);
  }
  return { payload: encode(found.payload) };
}

async function encrypt(command) {
  const name = form(command, forms.jwe);
  const payload = decode(command.payload);
  const [first] = command.recipients;
  if (name === "general") {
    const made = new jose.GeneralEncrypt(payload).setProtectedHeader(command.header);
    for (const { key, header } of command.recipients)
      made.addRecipient(await readKey(key, header.alg, false)).setUnprotectedHeader(header);
    return { token: await made.encrypt() };
  }
  const key = await readKey(first.key, first.header.alg, false);
  const header = { ...command.header, ...first.header };
  const Maker = name === "compact" || name === "compressed" ? jose.CompactEncrypt : jose.FlattenedEncrypt;
  const made = new Maker(payload).setProtectedHeader(header);
  if (name === "additional_data") made.setAdditionalAuthenticatedData(decode(command.additional_data));
  return { token: await made.encrypt(key) };
}

async function decrypt(command) {
  const name = form(command, forms.jwe);
  const known = command.keys[command.which];
  const key = await readKey(known.key, known.alg, true);
  const open = { compact: jose.compactDecrypt, compressed: jose.compactDecrypt, general: jose.generalDecrypt }[name] ?? jose.flattenedDecrypt;
  const found = await open(command.token, key, decryptOptions(known.alg, command.enc));
  return { payload: encode(found.plaintext) };
}

async function exportKey(command) {
  const { private: isPrivate, key: given, alg } = command;
  if (given.jwk) given.jwk = { ...given.jwk, ext: true };
  const key = await readKey(given, alg, isPrivatePem(given));
  if (command.as === "jwk") return { key: await jose.exportJWK(key) };
  if (key instanceof Uint8Array) throw new NotOffered("a secret has no PEM form");
  return { key: await (isPrivate ? jose.exportPKCS8(key) : jose.exportSPKI(key)) };
}

async function thumbprint(command) {
  return { thumbprint: await jose.calculateJwkThumbprint(command.key.jwk) };
}

const answers = { about, sign, verify, encrypt, decrypt, export: exportKey, thumbprint };

async function answer(command) {
  if (!answers[command.do]) return { not_offered: `has no way to ${command.do}` };
  try {
    return { ok: await answers[command.do](command) };
  } catch (error) {
    const text = `${typeof error.code === "string" ? error.code : error.name}: ${error.message}`.slice(0, 300);
    const isMissing = error instanceof NotOffered || error instanceof jose.errors.JOSENotSupported || error.name === "NotSupportedError";
    return { [isMissing ? "not_offered" : "refused"]: text };
  }
}

for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
