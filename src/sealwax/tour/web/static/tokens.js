// Taking tokens apart, showing them, and forging them.

import { element } from './dom.js';

const PARTS = ['header', 'payload', 'signature'];

/** @param {string} text base64url */
export function fromBase64url(text) {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** @param {Uint8Array | ArrayBuffer | string} data */
export function toBase64url(data) {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data);
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/**
 * Read what a token says. No key is needed for that, and none is used.
 * @param {string} token
 * @returns {{header: Record<string, any>, payload: Record<string, any>, signature: string, parts: string[]}}
 */
export function read(token) {
  const parts = token.split('.');
  const json = (/** @type {string} */ part) => JSON.parse(new TextDecoder().decode(fromBase64url(part)));
  return { header: json(parts[0]), payload: json(parts[1]), signature: parts[2] ?? '', parts };
}

/**
 * A token in its three colours; with `length`, shortened to the beginning of each part.
 * @param {string} token
 * @param {number} [length]
 * @param {string} [original] parts that differ from those of this token are marked
 */
export function coloured(token, length = Infinity, original = token) {
  const originals = original.split('.');
  const shown = element('span', { class: 'token' });
  token.split('.').forEach((part, place) => {
    if (place > 0) shown.append(element('span', { class: 'part__dot' }, '.'));
    const text = part.length > length ? `${part.slice(0, length)}…` : part;
    const mark = part === originals[place] ? '' : ' part--changed';
    shown.append(element('span', { class: `part part--${PARTS[place] ?? 'signature'}${mark}` }, text || '∅'));
  });
  return shown;
}

/**
 * A text in which every token is coloured and shortened.
 * @param {string} text
 */
export function withTokens(text) {
  const holder = document.createDocumentFragment();
  let end = 0;
  for (const match of text.matchAll(/eyJ[\w-]+\.[\w-]+\.[\w-]*/g)) {
    holder.append(text.slice(end, match.index), coloured(match[0], 12));
    end = match.index + match[0].length;
  }
  holder.append(text.slice(end));
  return holder;
}

/** @param {Record<string, any>} header @param {Record<string, any>} payload */
const signingInput = (header, payload) => `${toBase64url(JSON.stringify(header))}.${toBase64url(JSON.stringify(payload))}`;

/**
 * Another claim, the old signature.
 * @param {string} token
 * @param {Record<string, any>} claims
 */
export function withOtherClaims(token, claims) {
  const { payload, parts } = read(token);
  return `${parts[0]}.${toBase64url(JSON.stringify({ ...payload, ...claims }))}.${parts[2]}`;
}

/**
 * `alg: none`, no signature.
 * @param {string} token
 */
export function unsigned(token) {
  const { header, payload } = read(token);
  return `${signingInput({ ...header, alg: 'none' }, payload)}.`;
}

/**
 * The same words under the same key id, sealed with a key that was made here just now.
 * @param {string} token
 */
export async function sealedByStranger(token) {
  const { header, payload } = read(token);
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const pair = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  const input = signingInput({ ...header, alg: 'ES256' }, payload);
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, new TextEncoder().encode(input));
  return `${input}.${toBase64url(signature)}`;
}

/**
 * HS256, with the issuer's public key (which everybody has) as the shared secret.
 * @param {string} token
 * @param {string} publicKey the text of the key
 */
export async function sealedWithPublicKey(token, publicKey) {
  const { header, payload } = read(token);
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(publicKey), algorithm, false, ['sign']);
  const input = signingInput({ ...header, alg: 'HS256' }, payload);
  const signature = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(input));
  return `${input}.${toBase64url(signature)}`;
}

/**
 * A public key as PEM, the form in which it would most likely be pasted somewhere.
 * @param {JsonWebKey} jwk
 */
export async function publicKeyAsPem(jwk) {
  const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify']);
  const bytes = new Uint8Array(await crypto.subtle.exportKey('spki', key));
  const lines = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')).match(/.{1,64}/g) ?? [];
  return `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`;
}
