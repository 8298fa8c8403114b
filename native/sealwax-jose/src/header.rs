//! The rules for a header (`sealwax.jose.compact.read_header`).

use std::collections::HashSet;

use crate::json::{self, Builder, Fault, Observer, Seen};
use crate::refusal::{Reason, Stop};

/// Characters of a `kid`, `typ` or `cty`.
pub const MAX_TEXT_LENGTH: usize = 256;
/// Python can be told to read fewer or more digits than its 4300, but not fewer than these.
const DIGITS_PYTHON_READS_ALWAYS: usize = 640;

/// What a header says that matters before the signature.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Header {
    pub algorithm: String,
    pub kid: Option<String>,
    pub typ: Option<String>,
    /// Whether every member is a text, so that nobody can change what is handed out twice.
    pub is_flat: bool,
}

/// Read a header.
///
/// # Errors
/// With the reason, or `NotMine` for a number of so many digits that Python's limit decides.
pub fn read(data: &[u8]) -> Result<Header, Stop> {
    let mut found =
        Found { header: Header { is_flat: true, ..Header::default() }, ..Found::default() };
    json::read_object(data, &mut MemberNames, &mut found).map_err(|fault| match fault {
        Fault::NotJson => Stop::Refused(Reason::HeaderJson),
        Fault::Builder(NotMine) => Stop::NotMine,
    })?;
    if found.is_critical {
        return Err(Reason::CriticalExtension.into());
    }
    if found.is_unencoded {
        return Err(Reason::UnencodedPayload.into());
    }
    if !found.has_algorithm || found.is_text_malformed {
        return Err(Reason::HeaderMember.into());
    }
    Ok(found.header)
}

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "one for each rule, told apart in their order")]
struct Found {
    header: Header,
    has_algorithm: bool,
    is_critical: bool,
    is_unencoded: bool,
    is_text_malformed: bool,
}

impl Observer for Found {
    fn element(&mut self, _: &str, _: Seen<'_>) {}

    fn member(&mut self, name: &str, value: Seen<'_>) {
        let text = if let Seen::Text(text) = value { Some(text) } else { None };
        self.header.is_flat &= text.is_some();
        match (name, text) {
            ("crit", _) => self.is_critical = true,
            ("b64", _) => self.is_unencoded = true,
            ("alg", Some(text)) => {
                self.has_algorithm = true;
                text.clone_into(&mut self.header.algorithm);
            }
            ("kid" | "typ" | "cty", None) => self.is_text_malformed = true,
            ("kid" | "typ" | "cty", Some(text)) => {
                self.is_text_malformed |= text.chars().count() > MAX_TEXT_LENGTH;
                match name {
                    "kid" => self.header.kid = Some(text.to_owned()),
                    "typ" => self.header.typ = Some(text.to_owned()),
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// Builds nothing, and sees to it that no member is there twice.
struct MemberNames;

#[derive(Debug)]
struct NotMine;

impl Builder for MemberNames {
    type Value = ();
    type Key = String;
    type Object = HashSet<String>;
    type Array = ();
    type Error = NotMine;

    fn null(&mut self) -> Result<(), NotMine> {
        Ok(())
    }
    fn boolean(&mut self, _: bool) -> Result<(), NotMine> {
        Ok(())
    }
    fn integer(&mut self, _: i64) -> Result<(), NotMine> {
        Ok(())
    }
    fn wide_integer(&mut self, text: &str) -> Result<Option<()>, NotMine> {
        if text.len() > DIGITS_PYTHON_READS_ALWAYS { Err(NotMine) } else { Ok(Some(())) }
    }
    fn real(&mut self, _: f64) -> Result<(), NotMine> {
        Ok(())
    }
    fn text(&mut self, _: &str) -> Result<(), NotMine> {
        Ok(())
    }
    fn key(&mut self, text: &str) -> Result<String, NotMine> {
        Ok(text.to_owned())
    }
    fn object(&mut self) -> Result<HashSet<String>, NotMine> {
        Ok(HashSet::new())
    }
    fn array(&mut self) -> Result<(), NotMine> {
        Ok(())
    }
    fn insert(&mut self, names: &mut HashSet<String>, key: String, (): ()) -> Result<(), NotMine> {
        names.insert(key);
        Ok(())
    }
    fn push(&mut self, (): &mut (), (): ()) -> Result<(), NotMine> {
        Ok(())
    }
    fn end_object(
        &mut self,
        names: HashSet<String>,
        members: usize,
    ) -> Result<Option<()>, NotMine> {
        Ok((names.len() == members).then_some(()))
    }
    fn end_array(&mut self, (): ()) -> Result<(), NotMine> {
        Ok(())
    }
}
