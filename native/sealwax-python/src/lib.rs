//! Python's side of the native core: values in, values out. It imports nothing of Sealwax; the
//! classes it fills are handed in.

mod batch;
mod key;
mod outcome;
mod signer;
mod token;
mod token_cache;
mod values;
mod verifier;
mod writer;

use pyo3::prelude::*;

/// Counts the changes of what `sealwax_native.pyi` declares.
const INTERFACE: u32 = 2;

#[pymodule(gil_used = false)]
mod sealwax_native {
    #[pymodule_export]
    use super::key::{PublicKey, load_public_key};
    #[pymodule_export]
    use super::signer::Signer;
    #[pymodule_export]
    use super::verifier::Verifier;

    use super::{Bound, INTERFACE, PyModule, PyModuleMethods, PyResult};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("INTERFACE", INTERFACE)
    }
}
