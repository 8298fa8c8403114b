//! What is read as JSON reads as the same once more when it is written again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sealwax_jose::json::{self, MAX_DEPTH, Observer, Seen};
use sealwax_jose::json_text::{write_integer, write_text};
use sealwax_jose_fuzz::{Value, Values};

struct Nobody;

impl Observer for Nobody {
    fn element(&mut self, _: &str, _: Seen<'_>) {}
    fn member(&mut self, _: &str, _: Seen<'_>) {}
}

fn write(value: &Value, depth: usize, into: &mut Vec<u8>) {
    assert!(depth <= MAX_DEPTH);
    match value {
        Value::Null => into.extend_from_slice(b"null"),
        Value::Boolean(value) => into.extend_from_slice(value.to_string().as_bytes()),
        Value::Integer(value) => write_integer(*value, into),
        Value::WideInteger(text) => into.extend_from_slice(text.as_bytes()),
        Value::Real(value) => into.extend_from_slice(format!("{value:e}").as_bytes()),
        Value::Text(text) => write_text(text, into),
        Value::Array(values) => {
            into.push(b'[');
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    into.push(b',');
                }
                write(value, depth + 1, into);
            }
            into.push(b']');
        }
        Value::Object(members) => {
            into.push(b'{');
            for (at, (name, value)) in members.iter().enumerate() {
                if at > 0 {
                    into.push(b',');
                }
                write_text(name, into);
                into.push(b':');
                write(value, depth + 1, into);
            }
            into.push(b'}');
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Ok(value) = json::read_object(data, &mut Values, &mut Nobody) else { return };
    let mut written = Vec::new();
    write(&value, 0, &mut written);
    let again = json::read_object(&written, &mut Values, &mut Nobody);
    assert_eq!(again.ok(), Some(value));
});
