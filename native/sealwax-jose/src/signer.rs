//! Keys that sign, and tokens made of a header that is written once.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, PqdsaKeyPair, RsaEncoding,
    RsaKeyPair,
};
use aws_lc_rs::{error, hmac};

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::jwk::Members;
use crate::key::Unusable;
use crate::verifier::MAX_TOKEN_SIZE_BYTES;

/// A private key, or an HMAC secret, and one algorithm.
pub struct SigningKey {
    method: Method,
    signature_size: usize,
}

enum Method {
    Hmac(Box<hmac::Key>),
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    MlDsa(PqdsaKeyPair),
}

/// Why there is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsigned {
    TooLarge,
    /// AWS-LC failed, as it does without randomness.
    Failed,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey")
    }
}

impl SigningKey {
    /// Load a private key from the members of its JWK.
    ///
    /// # Errors
    /// `Malformed` for members that are no private key for this algorithm, `NotMine` for an
    /// algorithm that is not done here.
    pub fn from_members(algorithm: Algorithm, members: &Members) -> Result<Self, Unusable> {
        let (method, signature_size) = match algorithm {
            Algorithm::Hs256 => Method::hmac(hmac::HMAC_SHA256, members)?,
            Algorithm::Hs384 => Method::hmac(hmac::HMAC_SHA384, members)?,
            Algorithm::Hs512 => Method::hmac(hmac::HMAC_SHA512, members)?,
            Algorithm::Rs256 => Method::rsa(&signature::RSA_PKCS1_SHA256, members)?,
            Algorithm::Rs384 => Method::rsa(&signature::RSA_PKCS1_SHA384, members)?,
            Algorithm::Rs512 => Method::rsa(&signature::RSA_PKCS1_SHA512, members)?,
            Algorithm::Ps256 => Method::rsa(&signature::RSA_PSS_SHA256, members)?,
            Algorithm::Ps384 => Method::rsa(&signature::RSA_PSS_SHA384, members)?,
            Algorithm::Ps512 => Method::rsa(&signature::RSA_PSS_SHA512, members)?,
            Algorithm::Es256 => {
                Method::ecdsa(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, members)?
            }
            Algorithm::Es384 => {
                Method::ecdsa(&signature::ECDSA_P384_SHA384_FIXED_SIGNING, members)?
            }
            Algorithm::Es512 => {
                Method::ecdsa(&signature::ECDSA_P521_SHA512_FIXED_SIGNING, members)?
            }
            Algorithm::Es256K => {
                Method::ecdsa(&signature::ECDSA_P256K1_SHA256_FIXED_SIGNING, members)?
            }
            Algorithm::Ed25519 => Method::ed25519(members)?,
            Algorithm::MlDsa44 => Method::ml_dsa(&signature::ML_DSA_44_SIGNING, members)?,
            Algorithm::MlDsa65 => Method::ml_dsa(&signature::ML_DSA_65_SIGNING, members)?,
            Algorithm::MlDsa87 => Method::ml_dsa(&signature::ML_DSA_87_SIGNING, members)?,
            Algorithm::Ed448 => return Err(Unusable::NotMine),
        };
        Ok(Self { method, signature_size })
    }

    /// Whether a signature takes so long that another thread may as well run.
    #[must_use]
    pub fn is_slow(&self) -> bool {
        matches!(self.method, Method::Rsa(..) | Method::MlDsa(_))
    }

    /// Write a dot and the signature behind what is signed.
    fn append_to(&self, token: &mut Vec<u8>) -> Result<(), error::Unspecified> {
        match &self.method {
            Method::Hmac(key) => append(hmac::sign(key, token).as_ref(), token),
            Method::Ecdsa(key) => append(key.sign(&SystemRandom::new(), token)?.as_ref(), token),
            Method::Ed25519(key) => append(key.try_sign(token)?.as_ref(), token),
            Method::Rsa(key, encoding) => {
                let mut signature = vec![0; self.signature_size];
                key.sign(*encoding, &SystemRandom::new(), token, &mut signature)?;
                append(&signature, token);
            }
            Method::MlDsa(key) => {
                let mut signature = vec![0; self.signature_size];
                key.sign(token, &mut signature)?;
                append(&signature, token);
            }
        }
        Ok(())
    }
}

fn append(signature: &[u8], token: &mut Vec<u8>) {
    token.push(b'.');
    base64url::encode(signature, token);
}

type Sized = (Method, usize);

impl Method {
    fn hmac(hash: hmac::Algorithm, members: &Members) -> Result<Sized, Unusable> {
        Ok((Self::Hmac(Box::new(hmac::Key::new(hash, &members.octets("k")?))), hash.tag_len()))
    }

    fn rsa(encoding: &'static dyn RsaEncoding, members: &Members) -> Result<Sized, Unusable> {
        let read = |name| members.octets(name);
        let (n, e) = (read("n")?, read("e")?);
        let size = n.len();
        let components = KeyPairComponents {
            public_key: PublicKeyComponents { n, e },
            d: read("d")?,
            p: read("p")?,
            q: read("q")?,
            dP: read("dp")?,
            dQ: read("dq")?,
            qInv: read("qi")?,
        };
        // Refused are sizes too, so it is not known to be malformed.
        let key = RsaKeyPair::from_components(&components).map_err(|_| Unusable::NotMine)?;
        Ok((Self::Rsa(key, encoding), size))
    }

    fn ecdsa(method: &'static EcdsaSigningAlgorithm, members: &Members) -> Result<Sized, Unusable> {
        let (x, y, d) = (members.octets("x")?, members.octets("y")?, members.octets("d")?);
        let size = x.len() + y.len();
        let point = [&[4], &*x, &*y].concat();
        let key = EcdsaKeyPair::from_private_key_and_public_key(method, &d, &point)
            .map_err(|_| Unusable::Malformed)?;
        Ok((Self::Ecdsa(key), size))
    }

    fn ed25519(members: &Members) -> Result<Sized, Unusable> {
        let (d, x) = (members.octets("d")?, members.octets("x")?);
        let key =
            Ed25519KeyPair::from_seed_and_public_key(&d, &x).map_err(|_| Unusable::Malformed)?;
        Ok((Self::Ed25519(key), 64))
    }

    fn ml_dsa(
        method: &'static signature::PqdsaSigningAlgorithm,
        members: &Members,
    ) -> Result<Sized, Unusable> {
        let key = PqdsaKeyPair::from_seed(method, &members.octets("priv")?)
            .map_err(|_| Unusable::Malformed)?;
        Ok((Self::MlDsa(key), method.signature_len()))
    }
}

/// Signs payloads under one header.
#[derive(Debug)]
pub struct Signer {
    key: SigningKey,
    /// In base64url, with the dot behind it.
    head: Vec<u8>,
}

impl Signer {
    #[must_use]
    pub fn new(key: SigningKey, header: &[u8]) -> Self {
        let mut head = Vec::new();
        base64url::encode(header, &mut head);
        head.push(b'.');
        Self { key, head }
    }

    #[must_use]
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Write the token, which is ASCII, into `token`; what was in it before is gone.
    ///
    /// # Errors
    /// `TooLarge` for a token that no verifier would accept, `Failed` if there is no signature.
    pub fn sign(&self, payload: &[u8], token: &mut Vec<u8>) -> Result<(), Unsigned> {
        let signature_length = base64url::encoded_length(self.key.signature_size);
        let length =
            self.head.len() + base64url::encoded_length(payload.len()) + 1 + signature_length;
        if length > MAX_TOKEN_SIZE_BYTES {
            return Err(Unsigned::TooLarge);
        }
        token.clear();
        token.reserve(length + 64); // what the encoder writes at once
        token.extend_from_slice(&self.head);
        base64url::encode(payload, token);
        self.key.append_to(token).map_err(|_| Unsigned::Failed)
    }
}
