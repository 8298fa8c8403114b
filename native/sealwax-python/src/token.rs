//! The bytes of a token, whatever Python holds it in.

use pyo3::prelude::*;
use pyo3::types::{PyAny, PyBytes, PyInt, PyString};
use sealwax_jose::refusal::{Reason, Stop};
use sealwax_jose::verifier::{LATEST_NOW, MAX_TOKEN_SIZE_BYTES};

/// Borrow the bytes of a str or bytes object; its size is checked before it is looked at.
pub fn borrow<'a>(token: &'a Bound<'_, PyAny>) -> Result<&'a [u8], Stop> {
    if let Ok(text) = token.cast_exact::<PyString>() {
        if text.len().is_ok_and(|length| length > MAX_TOKEN_SIZE_BYTES) {
            return Err(Reason::TokenTooLarge.into());
        }
        // What has no UTF-8 holds half a surrogate pair, which is as foreign as any other; what has
        // more bytes than characters holds a foreign one, too, and is not too large.
        let bytes = text.to_str().map_err(|_| Reason::TokenCharacters)?.as_bytes();
        if bytes.len() > MAX_TOKEN_SIZE_BYTES {
            return Err(Reason::TokenCharacters.into());
        }
        return Ok(bytes);
    }
    token.cast_exact::<PyBytes>().map(PyBytesMethods::as_bytes).map_err(|_| Stop::NotMine)
}

/// Read the time, if it is one that can be counted with here.
pub fn now(now: &Bound<'_, PyAny>) -> Option<i64> {
    let now: i64 = now.cast_exact::<PyInt>().ok()?.extract().ok()?;
    (-LATEST_NOW..=LATEST_NOW).contains(&now).then_some(now)
}
