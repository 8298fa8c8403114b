//! Public keys and secrets, loaded from the members of a JWK.

use std::collections::HashMap;
use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyDict, PyString};
use sealwax_jose::algorithm::Algorithm;
use sealwax_jose::jwk::Members;
use sealwax_jose::key::{Unusable, VerifyingKey};

/// What checks signatures, parsed once.
#[pyclass(frozen, module = "sealwax_native")]
pub struct PublicKey(pub Arc<VerifyingKey>);

#[pymethods]
impl PublicKey {
    #[getter]
    fn algorithms(&self) -> Vec<&'static str> {
        self.0.algorithms().map(Algorithm::name).collect()
    }
}

/// Load the public members of a JWK; None for a key that is not done here.
#[pyfunction]
#[pyo3(signature = (members, /))]
pub fn load_public_key(members: &Bound<'_, PyDict>) -> PyResult<Option<PublicKey>> {
    match read_members(members)?.verifying_key() {
        Ok(key) => Ok(Some(PublicKey(Arc::new(key)))),
        Err(Unusable::NotMine) => Ok(None),
        Err(Unusable::Malformed) => Err(malformed()),
    }
}

/// Take the members that are texts; a JWK may have others, which no key is made of.
pub fn read_members(members: &Bound<'_, PyDict>) -> PyResult<Members> {
    let mut texts = HashMap::new();
    for (name, value) in members {
        if let (Ok(name), Ok(value)) = (text(&name), text(&value)) {
            texts.insert(name?, value?);
        }
    }
    Ok(Members::new(texts))
}

pub fn malformed() -> PyErr {
    PyValueError::new_err("the members are no key of the kind they are said to be")
}

fn text(value: &Bound<'_, PyAny>) -> Result<PyResult<String>, ()> {
    value.cast::<PyString>().map(|text| text.to_str().map(str::to_owned)).map_err(|_| ())
}
