//! Choosing the one key a header asks for (`sealwax.jose.key_set.KeySet.choose`).

use std::sync::Arc;

use crate::algorithm::{Algorithm, EDDSA};
use crate::key::VerifyingKey;
use crate::refusal::Reason;

/// One key, with what it may verify.
#[derive(Debug)]
pub struct Entry {
    pub kid: Option<String>,
    /// The algorithms that the key, its `use` and its `key_ops` allow.
    pub algorithms: Vec<Algorithm>,
    /// None for a key that is not done here; it still takes part in the choice.
    pub key: Option<Arc<VerifyingKey>>,
}

/// Keys of one owner.
#[derive(Debug)]
pub struct KeySet {
    entries: Vec<Entry>,
}

impl KeySet {
    #[must_use]
    pub fn new(entries: Vec<Entry>) -> Self {
        Self { entries }
    }

    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Choose by the header's `kid` and `alg`; gives the entry's place and its algorithm.
    ///
    /// # Errors
    /// `KeyUnknown`, `KeyMismatch`, or `KeyAmbiguous` when more than one fits: keys are not tried.
    pub fn choose(&self, kid: Option<&str>, name: &str) -> Result<(usize, Algorithm), Reason> {
        let is_named = |entry: &Entry| kid.is_none() || entry.kid.as_deref() == kid;
        let has_named = self.entries.iter().any(is_named);
        let mut chosen = None;
        for (place, entry) in self.entries.iter().enumerate() {
            let is_candidate = if has_named { is_named(entry) } else { entry.kid.is_none() };
            if !is_candidate {
                continue;
            }
            if let Some(algorithm) = entry.serve(name) {
                if chosen.is_some() {
                    return Err(Reason::KeyAmbiguous);
                }
                chosen = Some((place, algorithm));
            }
        }
        let missing = if has_named { Reason::KeyMismatch } else { Reason::KeyUnknown };
        chosen.ok_or(missing)
    }
}

impl Entry {
    /// The algorithm of that name, if the key may verify with it; `EdDSA` is that of the key.
    fn serve(&self, name: &str) -> Option<Algorithm> {
        self.algorithms.iter().copied().find(|algorithm| {
            algorithm.name() == name || (name == EDDSA && algorithm.is_octet_key_pair())
        })
    }
}
