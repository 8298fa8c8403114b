//! Tokens that were verified a moment ago, by their exact bytes.

use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use sealwax_jose::policy::{NumericDate, Policy, Times};
use sealwax_jose::verifier::Accepted;

use crate::values;

/// The end of a token is the end of its signature: no two genuine tokens share it but by design
/// of their signer, and then the later one is the one that is kept.
const TAIL: usize = 32;

type Tail = [u8; TAIL];
pub type Header = Arc<Accepted<Py<PyAny>>>;

pub struct TokenCache {
    max_tokens: usize,
    max_seconds: i64,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    tokens: HashMap<Tail, Verified>,
    /// Oldest first; each tail of `tokens` once.
    order: VecDeque<Tail>,
}

struct Verified {
    token: Box<[u8]>,
    header: Header,
    claims: Py<PyDict>,
    /// The members that somebody could change within.
    containers: Arc<[Py<PyString>]>,
    times: Times,
    from: i64,
    until: i64,
}

impl TokenCache {
    pub fn new(max_tokens: usize, max_seconds: i64) -> Self {
        Self { max_tokens, max_seconds, kept: Mutex::default() }
    }

    pub fn len(&self) -> usize {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).tokens.len()
    }

    /// Give the header and a copy of the claims of a token that was good and is in force.
    pub fn find<'py>(
        &self,
        py: Python<'py>,
        token: &[u8],
        now: i64,
        policy: &Policy,
    ) -> PyResult<Option<(Header, Bound<'py, PyAny>)>> {
        let Some(tail) = token.last_chunk::<TAIL>() else { return Ok(None) };
        let (header, claims, containers) = {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            match kept.tokens.get(tail) {
                Some(found) if found.is_good(token, now, policy) => (
                    Arc::clone(&found.header),
                    found.claims.clone_ref(py),
                    Arc::clone(&found.containers),
                ),
                _ => return Ok(None),
            }
        };
        let copied = claims.bind(py).copy()?;
        for name in containers.iter() {
            let container = copied.as_any().get_item(name)?;
            copied.set_item(name, values::copy(&container)?)?;
        }
        Ok(Some((header, copied.into_any())))
    }

    /// Keep a token that was found good just now. Its claims are copied.
    pub fn keep(
        &self,
        token: &[u8],
        header: &Header,
        claims: &Bound<'_, PyDict>,
        times: Times,
        now: i64,
    ) -> PyResult<()> {
        let Some(tail) = token.last_chunk::<TAIL>() else { return Ok(()) };
        let until = match times.expires_at {
            NumericDate::Whole(expires_at) => expires_at.min(now + self.max_seconds),
            _ => return Ok(()), // a fraction of a second is not worth a rule
        };
        if !header.is_flat || until <= now {
            return Ok(()); // a header with a list inside can't be handed out twice
        }
        let copied = values::copy(claims)?.cast_into::<PyDict>()?;
        let containers = values::containers(&copied)?.into();
        let verified = Verified {
            token: token.into(),
            header: Arc::clone(header),
            claims: copied.unbind(),
            containers,
            times,
            from: now,
            until,
        };
        let dropped = self.insert(*tail, verified, now);
        drop(dropped); // outside of the lock
        Ok(())
    }

    fn insert(&self, tail: Tail, verified: Verified, now: i64) -> Vec<Verified> {
        let mut guard = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = &mut *guard;
        let mut dropped = Vec::new();
        match kept.tokens.entry(tail) {
            Slot::Occupied(mut slot) => dropped.push(slot.insert(verified)),
            Slot::Vacant(slot) => {
                slot.insert(verified);
                kept.order.push_back(tail);
            }
        }
        // The oldest goes when there are too many; one or two that have run out go anyway.
        for _ in 0..2 {
            let is_full = kept.order.len() > self.max_tokens;
            let oldest = kept.order.front().and_then(|tail| kept.tokens.get(tail));
            if !is_full && oldest.is_none_or(|oldest| oldest.until > now) {
                break;
            }
            if let Some(tail) = kept.order.pop_front() {
                dropped.extend(kept.tokens.remove(&tail));
            }
        }
        dropped
    }
}

impl Verified {
    /// Whether it is this very token, and still what it was.
    fn is_good(&self, token: &[u8], now: i64, policy: &Policy) -> bool {
        (self.from..self.until).contains(&now)
            && *self.token == *token
            && policy.check_times(&self.times, now).is_ok()
    }
}
