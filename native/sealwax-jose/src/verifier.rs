//! One token taken apart, its key chosen, its signature checked, its claims held against the
//! policy: the order of the checks decides the reason (`sealwax.jose.compact`, `sealwax.jose.jwt`).

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::header;
use crate::json::{self, Builder, Fault};
use crate::key::VerifyingKey;
use crate::key_set::KeySet;
use crate::policy::{Claims, Policy, Times};
use crate::refusal::{Reason, Stop};

pub const MAX_TOKEN_SIZE_BYTES: usize = 32 * 1024;
pub const MAX_REMEMBERED_HEADERS: usize = 64;
/// Every integer up to here is an `f64` too, with room for leeway and age; Python does the rest.
pub const LATEST_NOW: i64 = 1 << 52;

/// A header that was accepted, with the key it chose. `T` is what the caller makes of it once.
#[derive(Debug)]
pub struct Accepted<T> {
    head: Box<[u8]>,
    pub place: usize,
    key: Arc<VerifyingKey>,
    algorithm: Algorithm,
    /// In characters.
    signature_length: usize,
    has_accepted_type: bool,
    /// Whether every member is a text.
    pub is_flat: bool,
    pub attachment: OnceLock<T>,
}

/// A token whose signature is good.
#[derive(Debug)]
pub struct Opened<T> {
    pub header: Arc<Accepted<T>>,
    pub payload: Vec<u8>,
}

/// Claims as they were built, and what the policy says of them.
#[derive(Debug)]
pub struct Judged<V> {
    pub claims: V,
    pub verdict: Result<(), Reason>,
    pub times: Times,
}

/// Keys, algorithms and policy, settled once.
#[derive(Debug)]
pub struct Verifier<T> {
    keys: KeySet,
    algorithms: Vec<Algorithm>,
    policy: Policy,
    remembered: RwLock<Vec<Arc<Accepted<T>>>>,
}

impl<T> Verifier<T> {
    #[must_use]
    pub fn new(keys: KeySet, algorithms: Vec<Algorithm>, policy: Policy) -> Self {
        Self { keys, algorithms, policy, remembered: RwLock::default() }
    }

    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Open a token whose signature is good.
    ///
    /// # Errors
    /// With the reason, or `NotMine` for a token whose key or header is not done here.
    pub fn open(&self, token: &[u8]) -> Result<Opened<T>, Stop> {
        if token.len() > MAX_TOKEN_SIZE_BYTES {
            return Err(Reason::TokenTooLarge.into());
        }
        if let Some(header) = self.recall(token) {
            let end = token.len() - header.signature_length;
            let payload =
                Self::check(&header, &token[..end - 1], &token[end..]).or_else(|stop| {
                    // What was decoded holds no foreign character. In the order of reasons they come
                    // first, so they are looked for now that the token is known to be bad.
                    take_apart(token)?;
                    Err(stop)
                })?;
            return Ok(Opened { header, payload });
        }
        let (head, signed, signature) = take_apart(token)?;
        let header = Arc::new(self.accept(head)?);
        let payload = Self::check(&header, signed, signature)?;
        self.remember(&header);
        Ok(Opened { header, payload })
    }

    /// Check the signature over what is signed, and give the payload.
    fn check(header: &Accepted<T>, signed: &[u8], signature: &[u8]) -> Result<Vec<u8>, Stop> {
        let mut buffer = Vec::new();
        base64url::decode(signature, &mut buffer).map_err(|_| Reason::SignatureEncoding)?;
        let checker = header.key.checker(header.algorithm).ok_or(Stop::NotMine)?;
        if !checker.fits(signed, &buffer) {
            return Err(Reason::SignatureInvalid.into());
        }
        let payload = &signed[header.head.len() + 1..];
        base64url::decode(payload, &mut buffer).map_err(|_| Reason::PayloadEncoding)?;
        Ok(buffer)
    }

    /// Read the claims of an opened token and hold them, and its type, against the policy.
    ///
    /// # Errors
    /// `PayloadJson` for what is not one object, or what the builder failed with.
    pub fn judge<B: Builder>(
        &self,
        opened: &Opened<T>,
        now: i64,
        builder: &mut B,
    ) -> Result<Judged<B::Value>, Fault<B::Error>> {
        let mut seen = Claims::new(&self.policy);
        let claims = json::read_object(&opened.payload, builder, &mut seen)?;
        let verdict = if opened.header.has_accepted_type {
            seen.check(now)
        } else {
            Err(Reason::TypeMismatch)
        };
        Ok(Judged { claims, verdict, times: seen.times() })
    }

    fn accept(&self, head: &[u8]) -> Result<Accepted<T>, Stop> {
        let mut data = Vec::new();
        base64url::decode(head, &mut data).map_err(|_| Reason::HeaderEncoding)?;
        let header = header::read(&data)?;
        if !self.allows(&header.algorithm) {
            return Err(Reason::AlgorithmNotAllowed.into());
        }
        let (place, algorithm) = self.keys.choose(header.kid.as_deref(), &header.algorithm)?;
        if !self.algorithms.contains(&algorithm) {
            return Err(Reason::AlgorithmNotAllowed.into());
        }
        let key = self.keys.entries()[place].key.as_ref().ok_or(Stop::NotMine)?;
        let checker = key.checker(algorithm).ok_or(Stop::NotMine)?;
        let typ = header.typ.as_deref();
        Ok(Accepted {
            head: head.into(),
            place,
            key: Arc::clone(key),
            algorithm,
            signature_length: base64url::encoded_length(checker.signature_size()),
            has_accepted_type: self.policy.accepts_type(typ).ok_or(Stop::NotMine)?,
            is_flat: header.is_flat,
            attachment: OnceLock::new(),
        })
    }

    fn allows(&self, name: &str) -> bool {
        self.algorithms.iter().any(|algorithm| {
            algorithm.name() == name
                || (name == crate::algorithm::EDDSA && algorithm.is_octet_key_pair())
        })
    }

    /// Find the remembered header that this token begins with, if its dots stand where they must.
    fn recall(&self, token: &[u8]) -> Option<Arc<Accepted<T>>> {
        let remembered = self.remembered.read().unwrap_or_else(PoisonError::into_inner);
        remembered.iter().find(|accepted| accepted.begins(token)).cloned()
    }

    /// Keep a header by its exact bytes, now that a good signature has vouched for it.
    fn remember(&self, header: &Arc<Accepted<T>>) {
        if !header.is_flat {
            return; // it is handed out again, and a list inside could be changed
        }
        let mut remembered = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
        if remembered.iter().any(|known| known.head == header.head) {
            return; // another thread was quicker
        }
        if remembered.len() >= MAX_REMEMBERED_HEADERS {
            remembered.clear();
        }
        remembered.push(Arc::clone(header));
    }
}

impl<T> Accepted<T> {
    /// The header as it stands in the token.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.head
    }

    fn begins(&self, token: &[u8]) -> bool {
        let dots = (self.head.len(), token.len().checked_sub(self.signature_length + 1));
        matches!(dots, (first, Some(second)) if first < second
            && token[first] == b'.' && token[second] == b'.' && token.starts_with(&self.head))
    }
}

type Parts<'a> = (&'a [u8], &'a [u8], &'a [u8]);

/// Characters, then the number of parts. Gives the header, what is signed, and the signature.
fn take_apart(token: &[u8]) -> Result<Parts<'_>, Reason> {
    const DOTS: usize = 2;
    const DOTS_OF_A_JWE: usize = 4;
    let dots = base64url::find_dots(token).ok_or(Reason::TokenCharacters)?;
    match dots.count {
        DOTS => Ok((&token[..dots.first], &token[..dots.second], &token[dots.second + 1..])),
        DOTS_OF_A_JWE => Err(Reason::TokenIsEncrypted),
        _ => Err(Reason::TokenParts),
    }
}
