//! The members of a JWK (RFC 7517, RFC 7518 §6, RFC 8037 §2, RFC 9964 §3), and the keys they make.
//!
//! Sealwax has checked them already: here they only have to be read in the same strict form.

use std::collections::HashMap;
use std::fmt;

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::key::{Unusable, VerifyingKey};

/// Members that are texts, by name.
pub struct Members(HashMap<String, String>);

impl fmt::Debug for Members {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Members") // some of them are secret
    }
}

impl Members {
    #[must_use]
    pub fn new(members: HashMap<String, String>) -> Self {
        Self(members)
    }

    /// The bytes that a member holds.
    ///
    /// # Errors
    /// `Malformed` if it is missing or not canonical base64url.
    pub fn octets(&self, name: &str) -> Result<Vec<u8>, Unusable> {
        let text = self.0.get(name).ok_or(Unusable::Malformed)?;
        let mut data = Vec::new();
        base64url::decode(text.as_bytes(), &mut data).map_err(|_| Unusable::Malformed)?;
        Ok(data)
    }

    /// Make the key that checks signatures.
    ///
    /// # Errors
    /// `Malformed` for members that are no such key, `NotMine` for a kind that is not done here.
    pub fn verifying_key(&self) -> Result<VerifyingKey, Unusable> {
        match (self.text("kty"), self.text("crv")) {
            ("oct", _) => VerifyingKey::from_secret(&self.octets("k")?),
            ("RSA", _) => VerifyingKey::from_rsa(&self.octets("n")?, &self.octets("e")?),
            ("EC", "P-256") => self.point(Algorithm::Es256),
            ("EC", "P-384") => self.point(Algorithm::Es384),
            ("EC", "P-521") => self.point(Algorithm::Es512),
            ("EC", "secp256k1") => self.point(Algorithm::Es256K),
            ("OKP", "Ed25519") => VerifyingKey::from_ed25519(&self.octets("x")?),
            ("AKP", _) => {
                let algorithm = Algorithm::from_name(self.text("alg")).ok_or(Unusable::NotMine)?;
                VerifyingKey::from_ml_dsa(algorithm, &self.octets("pub")?)
            }
            _ => Err(Unusable::NotMine),
        }
    }

    fn point(&self, algorithm: Algorithm) -> Result<VerifyingKey, Unusable> {
        VerifyingKey::from_point(algorithm, &self.octets("x")?, &self.octets("y")?)
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}
