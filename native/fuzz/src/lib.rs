//! Values of JSON in plain Rust, for the targets.

use std::collections::HashSet;
use std::convert::Infallible;

use sealwax_jose::json::Builder;

/// One value; the members of an object in their order.
#[derive(Debug, PartialEq)]
pub enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    WideInteger(String),
    Real(f64),
    Text(String),
    Array(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// Makes them, and holds the reader to what it promises its builder.
pub struct Values;

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
        assert!(text.parse::<i64>().is_err());
        Ok((text.len() < 4300).then(|| Value::WideInteger(text.into())))
    }

    fn real(&mut self, value: f64) -> Result<Value, Infallible> {
        assert!(value.is_finite());
        Ok(Value::Real(value))
    }

    fn text(&mut self, text: &str) -> Result<Value, Infallible> {
        Ok(Value::Text(text.into()))
    }

    fn key(&mut self, text: &str) -> Result<String, Infallible> {
        Ok(text.into())
    }

    fn object(&mut self) -> Result<Self::Object, Infallible> {
        Ok(Vec::new())
    }

    fn array(&mut self) -> Result<Self::Array, Infallible> {
        Ok(Vec::new())
    }

    fn insert(
        &mut self,
        object: &mut Self::Object,
        key: String,
        value: Value,
    ) -> Result<(), Infallible> {
        object.push((key, value));
        Ok(())
    }

    fn push(&mut self, array: &mut Self::Array, value: Value) -> Result<(), Infallible> {
        array.push(value);
        Ok(())
    }

    fn end_object(
        &mut self,
        object: Self::Object,
        members: usize,
    ) -> Result<Option<Value>, Infallible> {
        assert_eq!(object.len(), members);
        let names: HashSet<&String> = object.iter().map(|(name, _)| name).collect();
        Ok((names.len() == members).then_some(Value::Object(object)))
    }

    fn end_array(&mut self, array: Self::Array) -> Result<Value, Infallible> {
        Ok(Value::Array(array))
    }
}
