//! JSON in the strict form: what is read, and what is refused.

use std::convert::Infallible;

use sealwax_jose::json::{self, Builder, Observer, Seen};

#[derive(Clone, Debug, PartialEq)]
enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    Wide(String),
    Real(f64),
    Text(String),
    Array(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// Builds values of its own, and tells whether a name came twice.
struct Values;

impl Builder for Values {
    type Value = Value;
    type Key = String;
    type Object = Vec<(String, Value)>;
    type Array = Vec<Value>;
    type Error = Infallible;

    fn null(&mut self) -> Result<Value, Infallible> {
        Ok(Value::Null)
    }
    fn boolean(&mut self, value: bool) -> Result<Value, Infallible> {
        Ok(Value::Boolean(value))
    }
    fn integer(&mut self, value: i64) -> Result<Value, Infallible> {
        Ok(Value::Integer(value))
    }
    fn wide_integer(&mut self, text: &str) -> Result<Option<Value>, Infallible> {
        Ok((text.len() <= 4300).then(|| Value::Wide(text.to_owned())))
    }
    fn real(&mut self, value: f64) -> Result<Value, Infallible> {
        Ok(Value::Real(value))
    }
    fn text(&mut self, text: &str) -> Result<Value, Infallible> {
        Ok(Value::Text(text.to_owned()))
    }
    fn key(&mut self, text: &str) -> Result<String, Infallible> {
        Ok(text.to_owned())
    }
    fn object(&mut self) -> Result<Self::Object, Infallible> {
        Ok(Vec::new())
    }
    fn array(&mut self) -> Result<Self::Array, Infallible> {
        Ok(Vec::new())
    }
    fn insert(
        &mut self,
        into: &mut Self::Object,
        key: String,
        value: Value,
    ) -> Result<(), Infallible> {
        if into.iter().all(|(known, _)| *known != key) {
            into.push((key, value));
        }
        Ok(())
    }
    fn push(&mut self, into: &mut Self::Array, value: Value) -> Result<(), Infallible> {
        into.push(value);
        Ok(())
    }
    fn end_object(
        &mut self,
        object: Self::Object,
        members: usize,
    ) -> Result<Option<Value>, Infallible> {
        Ok((object.len() == members).then_some(Value::Object(object)))
    }
    fn end_array(&mut self, array: Self::Array) -> Result<Value, Infallible> {
        Ok(Value::Array(array))
    }
}

#[derive(Default)]
struct Told(Vec<String>);

impl Observer for Told {
    fn element(&mut self, name: &str, value: Seen<'_>) {
        self.0.push(format!("{name}[] {value:?}"));
    }
    fn member(&mut self, name: &str, value: Seen<'_>) {
        self.0.push(format!("{name} {value:?}"));
    }
}

fn read(document: impl AsRef<[u8]>) -> Option<Value> {
    json::read_object(document.as_ref(), &mut Values, &mut Told::default()).ok()
}

fn member(text: &str) -> Option<Value> {
    match read(format!("{{\"a\":{text}}}"))? {
        Value::Object(mut members) => members.pop().map(|(_, value)| value),
        _ => None,
    }
}

#[test]
fn values_of_every_kind() {
    assert_eq!(read("{}"), Some(Value::Object(vec![])));
    assert_eq!(member("null"), Some(Value::Null));
    assert_eq!(member("true"), Some(Value::Boolean(true)));
    assert_eq!(member("false"), Some(Value::Boolean(false)));
    assert_eq!(member("-0"), Some(Value::Integer(0)));
    assert_eq!(member("9223372036854775807"), Some(Value::Integer(i64::MAX)));
    assert_eq!(member("-9223372036854775808"), Some(Value::Integer(i64::MIN)));
    assert_eq!(member("9223372036854775808"), Some(Value::Wide("9223372036854775808".into())));
    assert_eq!(member("1.5e1"), Some(Value::Real(15.0)));
    assert_eq!(member("1E+2"), Some(Value::Real(100.0)));
    assert_eq!(member("[]"), Some(Value::Array(vec![])));
    assert_eq!(
        member(" [ 1 , {} ] "),
        Some(Value::Array(vec![Value::Integer(1), Value::Object(vec![]),]))
    );
}

#[test]
fn white_space_is_four_characters_and_no_more() {
    assert!(read(" \t\r\n{ \t\r\n} \t\r\n").is_some());
    for other in ["\u{b}", "\u{c}", "\u{a0}", "\u{feff}", "\u{0}", "/**/"] {
        for document in [format!("{other}{{}}"), format!("{{{other}}}"), format!("{{}}{other}")] {
            assert_eq!(read(&document), None, "{document:?}");
        }
    }
}

#[test]
fn texts_and_their_escapes() {
    let text = |text: &str| {
        member(text).map(|value| match value {
            Value::Text(text) => text,
            other => format!("{other:?}"),
        })
    };
    assert_eq!(text(r#""""#).unwrap(), "");
    assert_eq!(text(r#""\"\\\/\b\f\n\r\t""#).unwrap(), "\"\\/\u{8}\u{c}\n\r\t");
    assert_eq!(text(r#""\u00e4\u00E4\u0000""#).unwrap(), "ää\0");
    assert_eq!(text(r#""\ud83d\ude00""#).unwrap(), "😀");
    assert_eq!(
        text("\"ä\u{7f}\u{2028}😀 long enough for whole words\"").unwrap(),
        "ä\u{7f}\u{2028}😀 long enough for whole words"
    );
    for length in 0..40 {
        let plain = "x".repeat(length);
        assert_eq!(text(&format!("\"{plain}\"")).unwrap(), plain);
        for bad in [
            "\n",
            "\u{1f}",
            "\\x",
            "\\",
            "\\u12g4",
            "\\u12",
            "\\ud800",
            "\\udc00",
            "\\ud800\\u0041",
            "\\ud800\\ud800",
            "\\ud800x",
            "\\U0041",
        ] {
            assert_eq!(text(&format!("\"{plain}{bad}\"")), None, "{bad:?} behind {length}");
            assert_eq!(text(&format!("\"{plain}{bad}{plain}\"")), None, "{bad:?} within {length}");
        }
    }
}

#[test]
fn what_is_no_number() {
    for text in [
        "01",
        "-",
        "+1",
        ".5",
        "1.",
        "1.e5",
        "1e",
        "1e+",
        "0x1",
        "1_0",
        "--1",
        "1e400",
        "-1e400",
        "NaN",
        "Infinity",
        "-Infinity",
        "1 2",
        "٣",
    ] {
        assert_eq!(member(text), None, "{text}");
    }
    assert!(member(&"7".repeat(4300)).is_some());
    assert_eq!(member(&"7".repeat(4301)), None);
}

#[test]
fn what_is_no_object() {
    for document in [
        "",
        "[]",
        "1",
        "null",
        "\"a\"",
        "{",
        "}",
        "{}{}",
        "{},",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":[1,]}",
        "{\"a\":[1",
        "{\"a\":[",
        "{\"a\" 1}",
        "{\"a\":tru}",
        "{\"a\":nul",
        "{\"a\":t",
        "{\"a\":\"",
        "{\"a\":1]",
        "{\"a",
        "{\"a\\",
        "{\"a\":\"\\u",
        "{\"a\":-",
    ] {
        assert_eq!(read(document), None, "{document}");
    }
    for bytes in
        [&b"{\"\xff\":1}"[..], b"{\"\xc0\xaf\":1}", b"{\"\xed\xa0\x80\":1}", b"\xef\xbb\xbf{}"]
    {
        assert_eq!(read(bytes), None);
    }
}

#[test]
fn a_member_twice_is_refused_at_every_level() {
    assert_eq!(read(r#"{"a":1,"a":1}"#), None);
    assert_eq!(read(r#"{"a":1,"\u0061":1}"#), None);
    assert_eq!(read(r#"{"x":[{"a":1,"b":{"c":1,"c":2}}]}"#), None);
    assert!(read(r#"{"a":{"a":{"a":1}},"A":1}"#).is_some());
}

#[test]
fn sixteen_levels_and_no_more() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = |levels: usize| format!("{}1{}", open.repeat(levels), close.repeat(levels));
        assert!(member(&nested(15)).is_some());
        assert_eq!(member(&nested(16)), None);
        assert_eq!(member(&open.repeat(200_000)), None);
    }
}

#[test]
fn an_observer_hears_of_members_and_their_elements() {
    let mut told = Told::default();
    let document = r#"{"aud":["x",1,["y"]],"b":{"aud":"z"},"\u0063":null,"d":1.5}"#;
    json::read_object(document.as_bytes(), &mut Values, &mut told).unwrap();
    assert_eq!(
        told.0,
        [
            "aud[] Text(\"x\")",
            "aud[] Integer(1)",
            "aud[] Array",
            "aud Array",
            "b Object",
            "c Null",
            "d Real(1.5)",
        ]
    );
}
