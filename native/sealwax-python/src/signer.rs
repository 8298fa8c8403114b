//! Claims in, tokens out.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyDict, PyString};
use sealwax_jose::algorithm::Algorithm;
use sealwax_jose::key::Unusable;
use sealwax_jose::signer::{self, SigningKey};

use crate::key::{malformed, read_members};
use crate::writer;

/// Signs tokens of one kind with one key.
#[pyclass(frozen, module = "sealwax_native")]
pub struct Signer(signer::Signer);

#[pymethods]
impl Signer {
    /// None for a key or an algorithm that is not done here.
    #[staticmethod]
    #[pyo3(signature = (members, algorithm, header, /))]
    fn load(members: &Bound<'_, PyDict>, algorithm: &str, header: &[u8]) -> PyResult<Option<Self>> {
        let algorithm = Algorithm::from_name(algorithm)
            .ok_or_else(|| PyValueError::new_err("an algorithm that is not known here"))?;
        match SigningKey::from_members(algorithm, &read_members(members)?) {
            Ok(key) => Ok(Some(Self(signer::Signer::new(key, header)))),
            Err(Unusable::NotMine) => Ok(None),
            Err(Unusable::Malformed) => Err(malformed()),
        }
    }

    /// Sign claims; None for what Python has to write, or to refuse.
    #[pyo3(signature = (claims, /))]
    fn sign<'py>(&self, claims: &Bound<'py, PyAny>) -> Option<Bound<'py, PyString>> {
        let mut payload = Vec::with_capacity(1024);
        writer::write_object(claims.cast_exact::<PyDict>().ok()?, 1, &mut payload).ok()?;
        self.token(claims.py(), &payload)
    }

    /// Sign claims that are JSON already; None for what Python has to refuse.
    #[pyo3(signature = (payload, /))]
    fn sign_payload<'py>(&self, py: Python<'py>, payload: &[u8]) -> Option<Bound<'py, PyString>> {
        self.token(py, payload)
    }
}

impl Signer {
    fn token<'py>(&self, py: Python<'py>, payload: &[u8]) -> Option<Bound<'py, PyString>> {
        let mut token = Vec::new();
        if self.0.key().is_slow() {
            py.detach(|| self.0.sign(payload, &mut token)).ok()?;
        } else {
            self.0.sign(payload, &mut token).ok()?;
        }
        std::str::from_utf8(&token).ok().map(|token| PyString::new(py, token))
    }
}
