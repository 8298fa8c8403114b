//! What a verification gives: an object of the class that was handed in, or a reason.

use pyo3::exceptions::{PyMemoryError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyString, PyType};
use sealwax_jose::refusal::{Reason, Stop};

const FIELDS: [&str; 3] = ["header", "claims", "key"];

/// The class of verified tokens, filled without its slow `__init__`.
pub struct ResultClass {
    class: Py<PyType>,
    slots: [Slot; 3],
}

/// The descriptor of one slot of the class, and the function that sets it.
struct Slot {
    descriptor: Py<PyAny>,
    set: ffi::descrsetfunc,
}

impl ResultClass {
    /// Take a class that was made in Python and keeps `header`, `claims` and `key` in slots.
    pub fn new(class: &Bound<'_, PyType>) -> PyResult<Self> {
        // SAFETY: `class` is a type object, which is all the call asks for.
        let flags = unsafe { ffi::PyType_GetFlags(class.as_type_ptr()) };
        let slots = class.getattr("__slots__")?;
        let is_plain = flags & ffi::Py_TPFLAGS_HEAPTYPE != 0
            && class.getattr("__base__")?.is(class.py().get_type::<PyAny>())
            && slots.len()? == FIELDS.len();
        for field in FIELDS {
            if !is_plain || !slots.contains(field)? {
                return Err(PyTypeError::new_err(
                    "the class must have the slots header, claims, key",
                ));
            }
        }
        let [header, claims, key] = FIELDS.map(|name| Slot::of(class, name));
        Ok(Self { class: class.clone().unbind(), slots: [header?, claims?, key?] })
    }

    /// Make one object.
    pub fn build<'py>(
        &self,
        header: &Bound<'py, PyAny>,
        claims: &Bound<'py, PyAny>,
        key: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = header.py();
        // SAFETY: the class was made in Python, derives from object alone and has nothing but
        // slots (`new` has checked that), so the generic allocation is the one its own
        // `object.__new__` would do: zeroed, tracked, with empty slots. The call gives a new
        // reference or null with an exception set, which is what the two arms take over.
        let object = unsafe {
            let object = ffi::PyType_GenericAlloc(self.class.bind(py).as_type_ptr(), 0);
            Bound::from_owned_ptr_or_opt(py, object)
        };
        let object = object.ok_or_else(|| PyErr::take(py).unwrap_or_else(no_memory))?;
        for (slot, value) in self.slots.iter().zip([header, claims, key]) {
            // SAFETY: three live objects, and the function is the one of the descriptor's own type.
            // It sets the slot, past the `__setattr__` of a frozen class, and steals nothing.
            let failed =
                unsafe { (slot.set)(slot.descriptor.as_ptr(), object.as_ptr(), value.as_ptr()) };
            if failed != 0 {
                return Err(PyErr::take(py).unwrap_or_else(no_memory));
            }
        }
        Ok(object)
    }
}

impl Slot {
    fn of(class: &Bound<'_, PyType>, name: &str) -> PyResult<Self> {
        let descriptor = class.getattr(name)?;
        let kind = descriptor.get_type();
        if kind.name()? != "member_descriptor" {
            return Err(PyTypeError::new_err("a field of the class is no slot"));
        }
        // SAFETY: `kind` is a type object; a slot of it is a function of the type that goes with
        // the slot's name, or null.
        let set = unsafe {
            let set = ffi::PyType_GetSlot(kind.as_type_ptr(), ffi::Py_tp_descr_set);
            std::mem::transmute::<*mut std::ffi::c_void, Option<ffi::descrsetfunc>>(set)
        };
        let set = set.ok_or_else(|| PyTypeError::new_err("a field of the class can't be set"))?;
        Ok(Self { descriptor: descriptor.unbind(), set })
    }
}

fn no_memory() -> PyErr {
    PyMemoryError::new_err(())
}

/// A reason as Python knows it.
pub fn reason(py: Python<'_>, reason: Reason) -> Bound<'_, PyAny> {
    PyString::intern(py, reason.name()).into_any()
}

/// A reason, or None for what Python has to do.
pub fn stop(py: Python<'_>, stop: Stop) -> Bound<'_, PyAny> {
    match stop {
        Stop::Refused(refused) => reason(py, refused),
        Stop::NotMine => py.None().into_bound(py),
    }
}
