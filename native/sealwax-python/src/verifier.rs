//! Tokens in, verified tokens or reasons out.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyDict, PyList, PyMapping, PyMappingProxy, PyType};
use sealwax_jose::algorithm::Algorithm;
use sealwax_jose::base64url;
use sealwax_jose::json::{self, Fault, Observer, Seen};
use sealwax_jose::key_set::{Entry, KeySet};
use sealwax_jose::policy::{MAX_REQUIRED_CLAIMS, Policy};
use sealwax_jose::refusal::Reason;
use sealwax_jose::verifier::{self, Judged};

use crate::batch;
use crate::key::PublicKey;
use crate::outcome::{self, ResultClass};
use crate::token;
use crate::token_cache::{Header, TokenCache};
use crate::values::Names;

type Opened = verifier::Opened<Py<PyAny>>;
type KeyArgument<'py> = (Option<Bound<'py, PyAny>>, Option<String>, Vec<String>, Py<PyAny>);
type PolicyArgument =
    (String, Vec<String>, Vec<Option<String>>, i64, Option<i64>, Vec<String>, Vec<String>);

/// Verifies tokens by one set of keys and one policy.
#[pyclass(frozen, module = "sealwax_native")]
pub struct Verifier {
    core: verifier::Verifier<Py<PyAny>>,
    keys: Vec<Py<PyAny>>,
    result: ResultClass,
    names: Names,
    cache: Option<TokenCache>,
}

#[pymethods]
impl Verifier {
    #[new]
    #[pyo3(signature = (keys, algorithms, policy, result_class, cache = None))]
    fn new(
        keys: Vec<KeyArgument<'_>>,
        algorithms: Vec<String>,
        policy: PolicyArgument,
        result_class: &Bound<'_, PyType>,
        cache: Option<(usize, i64)>,
    ) -> PyResult<Self> {
        let (entries, keys) =
            keys.into_iter().map(read_key).collect::<PyResult<Vec<_>>>()?.into_iter().unzip();
        let core = verifier::Verifier::new(
            KeySet::new(entries),
            read_algorithms(algorithms)?,
            read_policy(policy)?,
        );
        Ok(Self {
            core,
            keys,
            result: ResultClass::new(result_class)?,
            names: Names::default(),
            cache: cache.map(|(tokens, seconds)| TokenCache::new(tokens, seconds)),
        })
    }

    /// How many verified tokens are kept.
    #[getter]
    fn kept_tokens(&self) -> usize {
        self.cache.as_ref().map_or(0, TokenCache::len)
    }

    /// Verify one token, and hold the interpreter's lock: it is over before a switch is due.
    #[pyo3(signature = (token, now, /))]
    fn verify<'py>(
        &self,
        token: &Bound<'py, PyAny>,
        now: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = token.py();
        let Some(now) = token::now(now) else { return Ok(py.None().into_bound(py)) };
        let bytes = match token::borrow(token) {
            Ok(bytes) => bytes,
            Err(stop) => return Ok(outcome::stop(py, stop)),
        };
        if let Some(found) = self.recall(py, bytes, now)? {
            return Ok(found);
        }
        match self.core.open(bytes) {
            Ok(opened) => self.judge(py, bytes, &opened, now),
            Err(stop) => Ok(outcome::stop(py, stop)),
        }
    }

    /// Verify many tokens on all cores; the interpreter's lock is let go for the signatures.
    #[pyo3(signature = (tokens, now, /))]
    fn verify_many<'py>(
        &self,
        tokens: &Bound<'py, PyList>,
        now: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyList>> {
        let py = tokens.py();
        // Owned here, so that the bytes stay where they are whatever becomes of the list.
        let held: Vec<_> = tokens.iter().collect();
        let Some(now) = token::now(now) else {
            return PyList::new(py, held.iter().map(|_| py.None()));
        };
        let mut borrowed = Vec::with_capacity(held.len());
        let mut known = Vec::with_capacity(held.len());
        for token in &held {
            let bytes = token::borrow(token);
            known.push(match bytes {
                Ok(bytes) => self.recall(py, bytes, now)?,
                Err(stop) => Some(outcome::stop(py, stop)),
            });
            borrowed.push(if known.last().is_some_and(Option::is_some) {
                None
            } else {
                bytes.ok()
            });
        }
        let outcomes = PyList::empty(py);
        let mut known = known.into_iter();
        batch::open(py, &self.core, &borrowed, |place, opened| {
            let known = known.next().flatten();
            outcomes.append(match (known, borrowed[place], opened) {
                (Some(known), ..) => known,
                (None, Some(bytes), Some(Ok(opened))) => self.judge(py, bytes, &opened, now)?,
                (None, _, Some(Err(stop))) => outcome::stop(py, stop),
                (None, ..) => py.None().into_bound(py),
            })
        })?;
        Ok(outcomes)
    }
}

impl Verifier {
    fn recall<'py>(
        &self,
        py: Python<'py>,
        token: &[u8],
        now: i64,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(cache) = &self.cache else { return Ok(None) };
        match cache.find(py, token, now, self.core.policy())? {
            Some((header, claims)) => self.result(py, &header, &claims).map(Some),
            None => Ok(None),
        }
    }

    /// Read the claims of a token whose signature is good, and say what the policy says of them.
    fn judge<'py>(
        &self,
        py: Python<'py>,
        token: &[u8],
        opened: &Opened,
        now: i64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let judged = self.names.with(py, |values| self.core.judge(opened, now, values));
        let Judged { claims, verdict, times } = match judged {
            Ok(judged) => judged,
            Err(Fault::NotJson) => return Ok(outcome::reason(py, Reason::PayloadJson)),
            Err(Fault::Builder(error)) => return Err(error),
        };
        if let Err(reason) = verdict {
            let mapping = self.mapping(py, &opened.header)?;
            let refusal = (outcome::reason(py, reason), mapping, claims);
            return Ok(refusal.into_pyobject(py)?.into_any());
        }
        if let Some(cache) = &self.cache {
            cache.keep(token, &opened.header, claims.cast::<PyDict>()?, times, now)?;
        }
        self.result(py, &opened.header, &claims)
    }

    fn result<'py>(
        &self,
        py: Python<'py>,
        header: &Header,
        claims: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let key = self.keys[header.place].bind(py);
        match header.attachment.get() {
            Some(mapping) => self.result.build(mapping.bind(py), claims, key),
            None => self.result.build(&self.mapping(py, header)?, claims, key),
        }
    }

    /// The header as a mapping that nobody can change, made once where nothing in it can change.
    fn mapping<'py>(&self, py: Python<'py>, header: &Header) -> PyResult<Bound<'py, PyAny>> {
        if let Some(mapping) = header.attachment.get() {
            return Ok(mapping.bind(py).clone());
        }
        let mut data = Vec::new();
        let is_readable = base64url::decode(header.text(), &mut data).is_ok();
        let members =
            self.names.with(py, |values| json::read_object(&data, values, &mut Unobserved));
        let members = match members {
            Ok(members) if is_readable => members.cast_into::<PyMapping>()?,
            Err(Fault::Builder(error)) => return Err(error),
            _ => return Err(PyValueError::new_err("a header that was accepted can't be read")),
        };
        let mapping = PyMappingProxy::new(py, &members).into_any();
        if header.is_flat {
            // Not `get_or_init`: waiting for another thread while holding the interpreter's lock
            // could wait for ever. Whoever comes second throws its own away.
            let _ = header.attachment.set(mapping.clone().unbind());
        }
        Ok(mapping)
    }
}

struct Unobserved;

impl Observer for Unobserved {
    fn element(&mut self, _: &str, _: Seen<'_>) {}
    fn member(&mut self, _: &str, _: Seen<'_>) {}
}

fn read_key((key, kid, algorithms, own): KeyArgument<'_>) -> PyResult<(Entry, Py<PyAny>)> {
    let key = match key {
        Some(key) => Some(key.cast::<PublicKey>()?.get().0.clone()),
        None => None,
    };
    Ok((Entry { kid, algorithms: read_algorithms(algorithms)?, key }, own))
}

fn read_algorithms(names: Vec<String>) -> PyResult<Vec<Algorithm>> {
    let unknown = || PyValueError::new_err("an algorithm that is not known here");
    names.into_iter().map(|name| Algorithm::from_name(&name).ok_or_else(unknown)).collect()
}

fn read_policy(policy: PolicyArgument) -> PyResult<Policy> {
    let (issuer, audiences, types, leeway_seconds, max_age_seconds, required_claims, scopes) =
        policy;
    if required_claims.len() > MAX_REQUIRED_CLAIMS {
        return Err(PyValueError::new_err("more required claims than are counted here"));
    }
    Ok(Policy {
        issuer,
        audiences,
        types,
        leeway_seconds,
        max_age_seconds,
        required_claims,
        scopes,
    })
}
