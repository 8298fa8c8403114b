//! JSON values as Python has them, made while the text is read.

use std::sync::Mutex;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyBool, PyDict, PyFloat, PyInt, PyList, PyNone, PyString};
use sealwax_jose::json::Builder;

const SLOTS: usize = 128;
const LONGEST_REMEMBERED: usize = 128;
/// Claims that say the same in most tokens of one issuer, and nothing about a person.
const REPEATED: [&str; 8] = ["iss", "aud", "client_id", "azp", "scope", "scp", "acr", "token_type"];

/// Names of members that genuine tokens had, so that each is one Python text with its hash.
///
/// One place for each hash: a name that meets another there takes it over.
#[derive(Default)]
pub struct Names(Mutex<Vec<Option<Name>>>);

struct Name {
    text: Box<str>,
    known: Py<PyString>,
    is_repeated: bool,
    /// What it said last, where that is likely to come again.
    value: Option<(Box<str>, Py<PyString>)>,
}

impl Names {
    /// Build values with these names. If another thread is at them, build without.
    pub fn with<'py, T>(
        &self,
        py: Python<'py>,
        build: impl FnOnce(&mut Values<'py, '_>) -> T,
    ) -> T {
        let mut guard = self.0.try_lock().ok();
        let names = guard.as_deref_mut();
        build(&mut Values { py, names, repeated: None })
    }
}

/// Builds Python's values.
pub struct Values<'py, 'n> {
    py: Python<'py>,
    names: Option<&'n mut Vec<Option<Name>>>,
    /// The slot of the name whose value comes next, if it is one that is repeated.
    repeated: Option<usize>,
}

impl<'py> Builder for Values<'py, '_> {
    type Value = Bound<'py, PyAny>;
    type Key = Bound<'py, PyString>;
    type Object = Bound<'py, PyDict>;
    type Array = Bound<'py, PyList>;
    type Error = PyErr;

    fn null(&mut self) -> PyResult<Self::Value> {
        Ok(PyNone::get(self.py).to_owned().into_any())
    }

    fn boolean(&mut self, value: bool) -> PyResult<Self::Value> {
        Ok(PyBool::new(self.py, value).to_owned().into_any())
    }

    fn integer(&mut self, value: i64) -> PyResult<Self::Value> {
        Ok(value.into_pyobject(self.py)?.into_any())
    }

    fn wide_integer(&mut self, text: &str) -> PyResult<Option<Self::Value>> {
        match self.py.get_type::<PyInt>().call1((text,)) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_instance_of::<PyValueError>(self.py) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn real(&mut self, value: f64) -> PyResult<Self::Value> {
        Ok(PyFloat::new(self.py, value).into_any())
    }

    fn text(&mut self, text: &str) -> PyResult<Self::Value> {
        if let Some(slot) = self.repeated.take()
            && let Some(names) = &mut self.names
            && let Some(name) = &mut names[slot]
            && text.len() <= LONGEST_REMEMBERED
        {
            return Ok(match &name.value {
                Some((last, value)) if **last == *text => value.bind(self.py).clone(),
                _ => {
                    let new = PyString::new(self.py, text);
                    name.value = Some((text.into(), new.clone().unbind()));
                    new
                }
            }
            .into_any());
        }
        Ok(PyString::new(self.py, text).into_any())
    }

    fn key(&mut self, text: &str) -> PyResult<Self::Key> {
        self.repeated = None;
        let Some(names) = &mut self.names else { return Ok(PyString::new(self.py, text)) };
        if text.is_empty() || text.len() > LONGEST_REMEMBERED {
            return Ok(PyString::new(self.py, text));
        }
        if names.is_empty() {
            names.resize_with(SLOTS, || None);
        }
        let slot = slot_of(text);
        Ok(match &names[slot] {
            Some(name) if *name.text == *text => {
                self.repeated = name.is_repeated.then_some(slot);
                name.known.bind(self.py).clone()
            }
            _ => {
                let new = PyString::new(self.py, text);
                names[slot] = Some(Name {
                    text: text.into(),
                    known: new.clone().unbind(),
                    is_repeated: REPEATED.contains(&text),
                    value: None,
                });
                new
            }
        })
    }

    fn object(&mut self) -> PyResult<Self::Object> {
        Ok(PyDict::new(self.py))
    }

    fn array(&mut self) -> PyResult<Self::Array> {
        Ok(PyList::empty(self.py))
    }

    fn insert(
        &mut self,
        object: &mut Self::Object,
        key: Self::Key,
        value: Self::Value,
    ) -> PyResult<()> {
        object.set_item(key, value)
    }

    fn push(&mut self, array: &mut Self::Array, value: Self::Value) -> PyResult<()> {
        array.append(value)
    }

    fn end_object(
        &mut self,
        object: Self::Object,
        members: usize,
    ) -> PyResult<Option<Self::Value>> {
        Ok((object.len() == members).then(|| object.into_any()))
    }

    fn end_array(&mut self, array: Self::Array) -> PyResult<Self::Value> {
        Ok(array.into_any())
    }
}

fn slot_of(name: &str) -> usize {
    let bytes = name.as_bytes();
    let at = |place: usize| usize::from(bytes[place]);
    let (last, middle) = (bytes.len() - 1, bytes.len() / 2);
    (bytes.len() * 37 + at(0) * 5 + at(middle) * 11 + at(last) * 17) % SLOTS
}

/// Copy claims so that nobody shares them; what can't be changed is not copied.
pub fn copy<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if let Ok(object) = value.cast_exact::<PyDict>() {
        let copied = object.copy()?;
        for (name, member) in object {
            if is_container(&member) {
                copied.set_item(name, copy(&member)?)?;
            }
        }
        return Ok(copied.into_any());
    }
    if let Ok(array) = value.cast_exact::<PyList>() {
        let copied = PyList::empty(value.py());
        for element in array {
            copied.append(copy(&element)?)?;
        }
        return Ok(copied.into_any());
    }
    Ok(value.clone())
}

/// Name the members of claims that somebody could change within.
pub fn containers(claims: &Bound<'_, PyDict>) -> PyResult<Vec<Py<PyString>>> {
    let containers = claims.iter().filter(|(_, member)| is_container(member));
    containers.map(|(name, _)| Ok(name.cast_into::<PyString>()?.unbind())).collect()
}

fn is_container(value: &Bound<'_, PyAny>) -> bool {
    value.is_exact_instance_of::<PyDict>() || value.is_exact_instance_of::<PyList>()
}
