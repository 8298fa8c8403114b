//! Keys, parsed once for each algorithm they check or sign with. All cryptography is AWS-LC's.

use std::sync::OnceLock;

use aws_lc_rs::signature::{
    self, EcdsaVerificationAlgorithm, ParsedPublicKey, PqdsaVerificationAlgorithm, RsaParameters,
    VerificationAlgorithm,
};
use aws_lc_rs::{constant_time, hmac, rsa};

use crate::algorithm::Algorithm;

/// Longer exponents are refused by AWS-LC when it checks a signature, and OpenSSL takes them.
const MAX_EXPONENT_BYTES: usize = 4;
const MIN_RSA_BITS: usize = 2048;
const MAX_RSA_BITS: usize = 8192;
const RSA_ALGORITHMS: [Algorithm; 6] = [
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
];
/// The order of the field of Ed25519, 2^255 - 19, little-endian.
const ED25519_FIELD: [u8; 32] = {
    let mut bytes = [0xff; 32];
    bytes[0] = 0xed;
    bytes[31] = 0x7f;
    bytes
};

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// The numbers are no key of the kind they are said to be.
    Malformed,
    /// It may be a key, but not one that AWS-LC treats exactly like OpenSSL.
    NotMine,
}

/// What checks signatures: a public key, or an HMAC secret.
#[derive(Debug)]
pub struct VerifyingKey {
    kind: Kind,
    checkers: Vec<(Algorithm, OnceLock<Option<Checker>>)>,
}

#[derive(Debug)]
enum Kind {
    Prepared,
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
}

/// A key and one algorithm.
#[derive(Debug)]
pub struct Checker {
    method: Method,
    signature_size: usize,
}

#[derive(Debug)]
enum Method {
    Hmac(Box<hmac::Key>),
    PublicKey(ParsedPublicKey),
}

impl VerifyingKey {
    /// An HMAC secret, for the hashes that are no longer than it is (RFC 7518 §3.2).
    ///
    /// # Errors
    /// `Malformed` for a secret that is too short for all of them.
    pub fn from_secret(secret: &[u8]) -> Result<Self, Unusable> {
        let rows = [
            (Algorithm::Hs256, hmac::HMAC_SHA256),
            (Algorithm::Hs384, hmac::HMAC_SHA384),
            (Algorithm::Hs512, hmac::HMAC_SHA512),
        ];
        let checkers: Vec<_> = rows
            .into_iter()
            .filter(|(_, hash)| secret.len() >= hash.tag_len())
            .map(|(algorithm, hash)| {
                let method = Method::Hmac(Box::new(hmac::Key::new(hash, secret)));
                prepared(algorithm, Checker { method, signature_size: hash.tag_len() })
            })
            .collect();
        if checkers.is_empty() { Err(Unusable::Malformed) } else { Ok(Self::prepared(checkers)) }
    }

    /// An RSA key; both numbers big-endian and without zeros in front.
    ///
    /// # Errors
    /// `NotMine` for a modulus or an exponent of unusual size.
    pub fn from_rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, Unusable> {
        let leading = modulus.first().copied().unwrap_or_default();
        let bits = (8 * modulus.len()).saturating_sub(leading.leading_zeros() as usize);
        let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
        let is_one = exponent == [1];
        if leading == 0
            || exponent.first().is_none_or(|&byte| byte == 0)
            || !(MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits)
            || exponent.len() > MAX_EXPONENT_BYTES
            || !is_odd(modulus)
            || !is_odd(exponent)
            || is_one
        {
            return Err(Unusable::NotMine);
        }
        let key = Self {
            kind: Kind::Rsa { modulus: modulus.to_vec(), exponent: exponent.to_vec() },
            checkers: RSA_ALGORITHMS.map(|algorithm| (algorithm, OnceLock::new())).into(),
        };
        key.checker(Algorithm::Rs256).is_some().then_some(key).ok_or(Unusable::NotMine)
    }

    /// A point of a curve, by the algorithm that goes with it; both coordinates of full length.
    ///
    /// # Errors
    /// `Malformed` for what is no point of the curve, `NotMine` for another algorithm.
    pub fn from_point(algorithm: Algorithm, x: &[u8], y: &[u8]) -> Result<Self, Unusable> {
        let (method, size): (&'static EcdsaVerificationAlgorithm, usize) = match algorithm {
            Algorithm::Es256 => (&signature::ECDSA_P256_SHA256_FIXED, 32),
            Algorithm::Es384 => (&signature::ECDSA_P384_SHA384_FIXED, 48),
            Algorithm::Es512 => (&signature::ECDSA_P521_SHA512_FIXED, 66),
            Algorithm::Es256K => (&signature::ECDSA_P256K1_SHA256_FIXED, 32),
            _ => return Err(Unusable::NotMine),
        };
        if x.len() != size || y.len() != size {
            return Err(Unusable::Malformed);
        }
        let point = [&[4], x, y].concat(); // uncompressed (SEC 1 §2.3.3)
        Self::from_octets(algorithm, method, &point, 2 * size)
    }

    /// An Ed25519 key.
    ///
    /// # Errors
    /// `NotMine` for the spellings of a point that libraries do not agree on: a y that is not
    /// below the field's order, and a zero that is said to be negative.
    pub fn from_ed25519(public: &[u8]) -> Result<Self, Unusable> {
        let mut y = <[u8; 32]>::try_from(public).map_err(|_| Unusable::Malformed)?;
        y[31] &= 0x7f;
        let mut one_below = ED25519_FIELD;
        one_below[0] -= 1;
        let mut one = [0; 32];
        one[0] = 1;
        if y.iter().rev().ge(ED25519_FIELD.iter().rev()) || y == one || y == one_below {
            return Err(Unusable::NotMine);
        }
        Self::from_octets(Algorithm::Ed25519, &signature::ED25519, public, 64)
    }

    /// An ML-DSA key.
    ///
    /// # Errors
    /// `Malformed` for one of the wrong length, `NotMine` for another algorithm.
    pub fn from_ml_dsa(algorithm: Algorithm, public: &[u8]) -> Result<Self, Unusable> {
        let (method, signature_size): (&'static PqdsaVerificationAlgorithm, _) = match algorithm {
            Algorithm::MlDsa44 => (&signature::ML_DSA_44, 2420),
            Algorithm::MlDsa65 => (&signature::ML_DSA_65, 3309),
            Algorithm::MlDsa87 => (&signature::ML_DSA_87, 4627),
            _ => return Err(Unusable::NotMine),
        };
        Self::from_octets(algorithm, method, public, signature_size)
    }

    /// What this key can check.
    pub fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        self.checkers.iter().map(|(algorithm, _)| *algorithm)
    }

    /// The key made ready for one algorithm; None if it is not one of its own.
    #[must_use]
    pub fn checker(&self, algorithm: Algorithm) -> Option<&Checker> {
        let (_, checker) = self.checkers.iter().find(|(own, _)| *own == algorithm)?;
        checker.get_or_init(|| self.rsa_checker(algorithm)).as_ref()
    }

    fn rsa_checker(&self, algorithm: Algorithm) -> Option<Checker> {
        let Kind::Rsa { modulus, exponent } = &self.kind else { return None };
        let method: &'static RsaParameters = match algorithm {
            Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
            Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
            Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
            Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
            Algorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
            Algorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
            _ => return None,
        };
        let key = rsa::PublicKeyComponents { n: modulus, e: exponent };
        let method = Method::PublicKey(key.to_parsed_public_key(method).ok()?);
        Some(Checker { method, signature_size: modulus.len() })
    }

    fn from_octets(
        algorithm: Algorithm,
        method: &'static dyn VerificationAlgorithm,
        octets: &[u8],
        signature_size: usize,
    ) -> Result<Self, Unusable> {
        let key = ParsedPublicKey::new(method, octets).map_err(|_| Unusable::Malformed)?;
        let checker = Checker { method: Method::PublicKey(key), signature_size };
        Ok(Self::prepared(vec![prepared(algorithm, checker)]))
    }

    fn prepared(checkers: Vec<(Algorithm, OnceLock<Option<Checker>>)>) -> Self {
        Self { kind: Kind::Prepared, checkers }
    }
}

fn prepared(algorithm: Algorithm, checker: Checker) -> (Algorithm, OnceLock<Option<Checker>>) {
    (algorithm, OnceLock::from(Some(checker)))
}

impl Checker {
    #[must_use]
    pub fn signature_size(&self) -> usize {
        self.signature_size
    }

    /// Whether the signature was made over the message with this key.
    #[must_use]
    pub fn fits(&self, message: &[u8], signature: &[u8]) -> bool {
        if signature.len() != self.signature_size {
            return false;
        }
        match &self.method {
            Method::Hmac(key) => {
                let code = hmac::sign(key, message);
                constant_time::verify_slices_are_equal(code.as_ref(), signature).is_ok()
            }
            Method::PublicKey(key) => key.verify_sig(message, signature).is_ok(),
        }
    }
}
