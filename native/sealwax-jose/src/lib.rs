//! Signed tokens in the one strict form that `sealwax.jose` accepts, verified and made.
//!
//! The Python module `sealwax.jose` is the promise; this crate keeps the same one, in the same
//! order, with the same reasons. It knows nothing of Python: whoever reads a payload hands in what
//! builds its values ([`json::Builder`]).

#![forbid(unsafe_code)]

pub mod algorithm;
pub mod base64url;
pub mod header;
pub mod json;
pub mod json_text;
pub mod jwk;
pub mod key;
pub mod key_set;
pub mod policy;
pub mod refusal;
pub mod signer;
pub mod verifier;
