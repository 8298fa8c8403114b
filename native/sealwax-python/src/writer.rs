//! Claims as JSON, byte for byte as `sealwax.jose.encoding.write_json` writes them.

use pyo3::prelude::*;
use pyo3::types::{PyAny, PyBool, PyDict, PyFloat, PyInt, PyList, PyString};
use sealwax_jose::json_text::{write_integer, write_text};

/// Deeper values are left to Python, and so is what turns round in a circle.
const MAX_DEPTH: usize = 32;

/// What is not written here: Python writes it, or says what is wrong with it.
pub struct LeftToPython;

impl From<PyErr> for LeftToPython {
    fn from(_: PyErr) -> Self {
        Self
    }
}

/// Write an object behind what is in `into`.
pub fn write_object(
    object: &Bound<'_, PyDict>,
    depth: usize,
    into: &mut Vec<u8>,
) -> Result<(), LeftToPython> {
    into.push(b'{');
    for (place, (name, value)) in object.iter().enumerate() {
        if place != 0 {
            into.push(b',');
        }
        write_text(name.cast_exact::<PyString>().map_err(|_| LeftToPython)?.to_str()?, into);
        into.push(b':');
        write_value(&value, depth, into)?;
    }
    into.push(b'}');
    Ok(())
}

fn write_value(
    value: &Bound<'_, PyAny>,
    depth: usize,
    into: &mut Vec<u8>,
) -> Result<(), LeftToPython> {
    if let Ok(text) = value.cast_exact::<PyString>() {
        write_text(text.to_str()?, into);
    } else if let Ok(number) = value.cast_exact::<PyInt>() {
        match number.extract() {
            Ok(number) => write_integer(number, into),
            Err(_) => into.extend_from_slice(value.repr()?.to_str()?.as_bytes()),
        }
    } else if let Ok(boolean) = value.cast_exact::<PyBool>() {
        into.extend_from_slice(if boolean.is_true() { b"true" } else { b"false" });
    } else if value.is_none() {
        into.extend_from_slice(b"null");
    } else if let Ok(number) = value.cast_exact::<PyFloat>() {
        if !number.value().is_finite() {
            return Err(LeftToPython);
        }
        into.extend_from_slice(value.repr()?.to_str()?.as_bytes());
    } else if depth >= MAX_DEPTH {
        return Err(LeftToPython);
    } else if let Ok(object) = value.cast_exact::<PyDict>() {
        write_object(object, depth + 1, into)?;
    } else if let Ok(array) = value.cast_exact::<PyList>() {
        into.push(b'[');
        for (place, element) in array.iter().enumerate() {
            if place != 0 {
                into.push(b',');
            }
            write_value(&element, depth + 1, into)?;
        }
        into.push(b']');
    } else {
        return Err(LeftToPython);
    }
    Ok(())
}
