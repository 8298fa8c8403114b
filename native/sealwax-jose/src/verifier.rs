//! One token taken apart, its key chosen, its signature checked, its claims held against the
//! policy: the order of the checks decides the reason (`sealwax.jose.compact`, `sealwax.jose.jwt`).

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::header;
use crate::json::{self, Builder, Fault};
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
    algorithm: Algorithm,
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
        let (head, payload, signature_text, signed) = take_apart(token)?;
        let remembered = self.recall(head);
        let is_new = remembered.is_none();
        let header = match remembered {
            Some(header) => header,
            None => Arc::new(self.accept(head)?),
        };
        let mut buffer = Vec::new();
        base64url::decode(signature_text, &mut buffer).map_err(|_| Reason::SignatureEncoding)?;
        let entry = &self.keys.entries()[header.place];
        let key = entry.key.as_ref().ok_or(Stop::NotMine)?;
        let checker = key.checker(header.algorithm).ok_or(Stop::NotMine)?;
        if !checker.fits(signed, &buffer) {
            return Err(Reason::SignatureInvalid.into());
        }
        if is_new {
            self.remember(&header);
        }
        base64url::decode(payload, &mut buffer).map_err(|_| Reason::PayloadEncoding)?;
        Ok(Opened { header, payload: buffer })
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
        let typ = header.typ.as_deref();
        Ok(Accepted {
            head: head.into(),
            place,
            algorithm,
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

    fn recall(&self, head: &[u8]) -> Option<Arc<Accepted<T>>> {
        let remembered = self.remembered.read().unwrap_or_else(PoisonError::into_inner);
        remembered.iter().find(|accepted| *accepted.head == *head).cloned()
    }

    /// Keep a header by its exact bytes, now that a good signature has vouched for it.
    fn remember(&self, header: &Arc<Accepted<T>>) {
        if !header.is_flat {
            return; // it is handed out again, and a list inside could be changed
        }
        let mut remembered = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
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
}

type Parts<'a> = (&'a [u8], &'a [u8], &'a [u8], &'a [u8]);

/// Size, characters, number of parts. Gives the parts, and what is signed.
fn take_apart(token: &[u8]) -> Result<Parts<'_>, Reason> {
    const DOTS: usize = 2;
    const DOTS_OF_A_JWE: usize = 4;
    if token.len() > MAX_TOKEN_SIZE_BYTES {
        return Err(Reason::TokenTooLarge);
    }
    let dots = base64url::find_dots(token).ok_or(Reason::TokenCharacters)?;
    match dots.count {
        DOTS => {}
        DOTS_OF_A_JWE => return Err(Reason::TokenIsEncrypted),
        _ => return Err(Reason::TokenParts),
    }
    let payload = &token[dots.first + 1..dots.second];
    Ok((&token[..dots.first], payload, &token[dots.second + 1..], &token[..dots.second]))
}
