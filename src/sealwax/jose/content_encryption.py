"""Encrypting content: AES-GCM, or AES-CBC with HMAC, and DEFLATE in front.

RFC 7518 §5, RFC 7516 §4.1.3.

Whatever goes wrong while decrypting is one DecryptionFailed, so that nobody learns from the
answer how far a changed token came (RFC 7516 §11.5).
"""

import hmac
import zlib
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sealwax.jose.encryption_algorithms import ContentEncryption
from sealwax.jose.errors import DecryptionFailed

MAX_INFLATED_SIZE_BYTES: Final = 250 * 1024
_RAW: Final = -zlib.MAX_WBITS
_BLOCK_BITS: Final = 128


def encrypt_content(
    row: ContentEncryption, key: bytes, iv: bytes, plaintext: bytes, additional_data: bytes
) -> tuple[bytes, bytes]:
    """Give the ciphertext and the authentication tag."""
    if not row.hash_name:
        sealed = AESGCM(key).encrypt(iv, plaintext, additional_data)
        return sealed[: -row.tag_size_bytes], sealed[-row.tag_size_bytes :]
    mac_key, cipher_key = key[: len(key) // 2], key[len(key) // 2 :]
    padder = padding.PKCS7(_BLOCK_BITS).padder()
    encryptor = Cipher(algorithms.AES(cipher_key), modes.CBC(iv)).encryptor()
    padded = padder.update(plaintext) + padder.finalize()
    ciphertext = encryptor.update(padded) + encryptor.finalize()
    return ciphertext, _tag(row, mac_key, iv, ciphertext, additional_data)


def decrypt_content(  # the six things RFC 7516 §5.2 names
    row: ContentEncryption,
    key: bytes,
    iv: bytes,
    ciphertext: bytes,
    tag: bytes,
    additional_data: bytes,
) -> bytes:
    """Give the plaintext of a ciphertext whose tag is good. Raises DecryptionFailed.

    IV and tag have exactly their length; the tag is checked before anything is decrypted.
    """
    if len(iv) != row.iv_size_bytes or len(tag) != row.tag_size_bytes:
        raise DecryptionFailed
    if not row.hash_name:
        try:
            return AESGCM(key).decrypt(iv, ciphertext + tag, additional_data)
        except InvalidTag:
            raise DecryptionFailed from None
    mac_key, cipher_key = key[: len(key) // 2], key[len(key) // 2 :]
    if not hmac.compare_digest(tag, _tag(row, mac_key, iv, ciphertext, additional_data)):
        raise DecryptionFailed
    decryptor = Cipher(algorithms.AES(cipher_key), modes.CBC(iv)).decryptor()
    unpadder = padding.PKCS7(_BLOCK_BITS).unpadder()
    try:
        padded = decryptor.update(ciphertext) + decryptor.finalize()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:  # only who holds the key comes here
        raise DecryptionFailed from None


def deflate(plaintext: bytes) -> bytes:
    """Compress as `zip: DEF` says (RFC 1951). Raises ValueError for what nobody would inflate."""
    if len(plaintext) > MAX_INFLATED_SIZE_BYTES:
        limit = f"at most {MAX_INFLATED_SIZE_BYTES} are accepted with compression"
        message = f"plaintext of {len(plaintext)} bytes; {limit}"
        raise ValueError(message)
    compressor = zlib.compressobj(wbits=_RAW)
    return compressor.compress(plaintext) + compressor.flush()


def inflate(compressed: bytes) -> bytes:
    """Inflate one whole DEFLATE stream, up to the limit. Raises DecryptionFailed."""
    inflater = zlib.decompressobj(wbits=_RAW)
    try:
        plaintext = inflater.decompress(compressed, MAX_INFLATED_SIZE_BYTES + 1)
    except zlib.error:
        raise DecryptionFailed from None
    if len(plaintext) > MAX_INFLATED_SIZE_BYTES or not inflater.eof or inflater.unused_data:
        raise DecryptionFailed
    return plaintext


def _tag(
    row: ContentEncryption, mac_key: bytes, iv: bytes, ciphertext: bytes, additional_data: bytes
) -> bytes:
    length = (8 * len(additional_data)).to_bytes(8, "big")
    data = additional_data + iv + ciphertext + length
    return hmac.digest(mac_key, data, row.hash_name)[: row.tag_size_bytes]
