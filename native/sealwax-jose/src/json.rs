//! JSON in the strict form (`sealwax.jose.encoding.parse_json_object`): one object in UTF-8, no
//! member twice at any level, no lone surrogate, no number that is not finite, at most sixteen
//! levels, nothing around it but white space.

use std::borrow::Cow;
use std::str;

/// Objects and arrays inside each other.
pub const MAX_DEPTH: usize = 16;

/// Why a document could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault<E> {
    NotJson,
    /// What builds the values failed.
    Builder(E),
}

/// Makes the values of a document as they are read, in one pass.
pub trait Builder {
    type Value;
    type Key;
    type Object;
    type Array;
    type Error;

    /// # Errors
    /// If the value can't be made.
    fn null(&mut self) -> Result<Self::Value, Self::Error>;
    /// # Errors
    /// If the value can't be made.
    fn boolean(&mut self, value: bool) -> Result<Self::Value, Self::Error>;
    /// # Errors
    /// If the value can't be made.
    fn integer(&mut self, value: i64) -> Result<Self::Value, Self::Error>;
    /// An integer beyond 64 bits; None if it has more digits than are read.
    ///
    /// # Errors
    /// If the value can't be made.
    fn wide_integer(&mut self, text: &str) -> Result<Option<Self::Value>, Self::Error>;
    /// # Errors
    /// If the value can't be made.
    fn real(&mut self, value: f64) -> Result<Self::Value, Self::Error>;
    /// # Errors
    /// If the value can't be made.
    fn text(&mut self, text: &str) -> Result<Self::Value, Self::Error>;
    /// # Errors
    /// If the value can't be made.
    fn key(&mut self, text: &str) -> Result<Self::Key, Self::Error>;
    /// # Errors
    /// If the value can't be made.
    fn object(&mut self) -> Result<Self::Object, Self::Error>;
    /// # Errors
    /// If the value can't be made.
    fn array(&mut self) -> Result<Self::Array, Self::Error>;
    /// # Errors
    /// If the value can't be made.
    fn insert(
        &mut self,
        object: &mut Self::Object,
        key: Self::Key,
        value: Self::Value,
    ) -> Result<(), Self::Error>;
    /// # Errors
    /// If the value can't be made.
    fn push(&mut self, array: &mut Self::Array, value: Self::Value) -> Result<(), Self::Error>;
    /// The finished object, of which `members` were inserted; None if one was there twice.
    ///
    /// # Errors
    /// If the value can't be made.
    fn end_object(
        &mut self,
        object: Self::Object,
        members: usize,
    ) -> Result<Option<Self::Value>, Self::Error>;
    /// # Errors
    /// If the value can't be made.
    fn end_array(&mut self, array: Self::Array) -> Result<Self::Value, Self::Error>;
}

/// A value as an observer sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Seen<'a> {
    Null,
    Boolean,
    Integer(i64),
    WideInteger,
    Real(f64),
    Text(&'a str),
    Array,
    Object,
}

/// Is told the members of the outermost object, and the elements of arrays that are such members.
pub trait Observer {
    fn element(&mut self, name: &str, value: Seen<'_>);
    fn member(&mut self, name: &str, value: Seen<'_>);
}

/// Read one object.
///
/// # Errors
/// `NotJson` for anything but one object in the strict form.
pub fn read_object<B: Builder, O: Observer>(
    data: &[u8],
    builder: &mut B,
    observer: &mut O,
) -> Result<B::Value, Fault<B::Error>> {
    let text = str::from_utf8(data).map_err(|_| Fault::NotJson)?;
    let bytes = text.as_bytes();
    let mut reader = Reader { text, bytes, at: 0, builder, observer, failure: None };
    let value = reader.document();
    match (value, reader.failure) {
        (Ok(value), None) => Ok(value),
        (_, Some(failure)) => Err(Fault::Builder(failure)),
        (Err(Stopped), None) => Err(Fault::NotJson),
    }
}

struct Reader<'a, 'b, B: Builder, O> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    builder: &'b mut B,
    observer: &'b mut O,
    failure: Option<B::Error>,
}

/// The document is not JSON, or `failure` says what else. Nothing in itself, so that a result is
/// no larger than a value.
struct Stopped;

type Read<T> = Result<T, Stopped>;

/// Where a value stands, for the observer.
#[derive(Clone, Copy)]
enum Place<'n> {
    Member(&'n str),
    Element(&'n str),
    Deeper,
}

impl<'a, B: Builder, O: Observer> Reader<'a, '_, B, O> {
    fn document(&mut self) -> Read<B::Value> {
        self.skip_white_space();
        self.take(b'{')?;
        let value = self.object(1)?;
        self.skip_white_space();
        if self.at == self.bytes.len() { Ok(value) } else { Err(Stopped) }
    }

    /// Read the members behind a brace, at this depth.
    fn object(&mut self, depth: usize) -> Read<B::Value> {
        let object = self.builder.object();
        let mut object = self.built(object)?;
        let mut members = 0;
        self.skip_white_space();
        if self.take(b'}').is_err() {
            loop {
                self.take(b'"')?;
                let name = self.string()?;
                let key = self.builder.key(&name);
                let key = self.built(key)?;
                self.skip_white_space();
                self.take(b':')?;
                self.skip_white_space();
                let place = if depth == 1 { Place::Member(&name) } else { Place::Deeper };
                let value = self.value(depth, place)?;
                let inserted = self.builder.insert(&mut object, key, value);
                self.built(inserted)?;
                members += 1;
                if self.is_end(b'}')? {
                    break;
                }
            }
        }
        let object = self.builder.end_object(object, members);
        self.built(object)?.ok_or(Stopped)
    }

    fn array(&mut self, depth: usize, place: Place<'_>) -> Read<B::Value> {
        let place = match place {
            Place::Member(name) => Place::Element(name),
            Place::Element(_) | Place::Deeper => Place::Deeper,
        };
        let array = self.builder.array();
        let mut array = self.built(array)?;
        self.skip_white_space();
        if self.take(b']').is_err() {
            loop {
                let value = self.value(depth, place)?;
                let pushed = self.builder.push(&mut array, value);
                self.built(pushed)?;
                if self.is_end(b']')? {
                    break;
                }
            }
        }
        let array = self.builder.end_array(array);
        self.built(array)
    }

    /// Read what follows a value: a comma and white space, or the end.
    fn is_end(&mut self, end: u8) -> Read<bool> {
        self.skip_white_space();
        if self.take(b',').is_ok() {
            self.skip_white_space();
            return Ok(false);
        }
        self.take(end).map(|()| true)
    }

    /// Read a value that stands in a container of this depth.
    fn value(&mut self, depth: usize, place: Place<'_>) -> Read<B::Value> {
        let start = self.at;
        let first = self.peek().ok_or(Stopped)?;
        self.at += 1;
        let (value, seen) = match first {
            b'"' => {
                let text = self.string()?;
                self.observe(place, Seen::Text(&text));
                let value = self.builder.text(&text);
                return self.built(value);
            }
            b'-' | b'0'..=b'9' => return self.number(start, place),
            b'{' if depth < MAX_DEPTH => {
                let value = self.object(depth + 1)?;
                self.observe(place, Seen::Object);
                return Ok(value);
            }
            b'[' if depth < MAX_DEPTH => {
                let value = self.array(depth + 1, place)?;
                self.observe(place, Seen::Array);
                return Ok(value);
            }
            b't' => {
                self.word("rue")?;
                (self.builder.boolean(true), Seen::Boolean)
            }
            b'f' => {
                self.word("alse")?;
                (self.builder.boolean(false), Seen::Boolean)
            }
            b'n' => {
                self.word("ull")?;
                (self.builder.null(), Seen::Null)
            }
            _ => return Err(Stopped),
        };
        self.observe(place, seen);
        self.built(value)
    }

    fn observe(&mut self, place: Place<'_>, value: Seen<'_>) {
        match place {
            Place::Member(name) => self.observer.member(name, value),
            Place::Element(name) => self.observer.element(name, value),
            Place::Deeper => {}
        }
    }

    fn built<T>(&mut self, made: Result<T, B::Error>) -> Read<T> {
        made.map_err(|failure| {
            self.failure = Some(failure);
            Stopped
        })
    }

    fn word(&mut self, rest: &str) -> Read<()> {
        if !self.bytes[self.at..].starts_with(rest.as_bytes()) {
            return Err(Stopped);
        }
        self.at += rest.len();
        Ok(())
    }

    /// Read the number whose first character, at `start`, has been taken.
    fn number(&mut self, start: usize, place: Place<'_>) -> Read<B::Value> {
        self.at = start + usize::from(self.bytes[start] == b'-');
        let digits = self.at;
        self.skip_digits();
        let length = self.at - digits;
        if length == 0 || (length > 1 && self.bytes[digits] == b'0') {
            return Err(Stopped);
        }
        let is_real = matches!(self.peek(), Some(b'.' | b'e' | b'E'));
        if is_real {
            self.fraction_and_exponent()?;
        }
        let text = &self.text[start..self.at];
        let (value, seen) = if is_real {
            let value: f64 = text.parse().map_err(|_| Stopped)?;
            if !value.is_finite() {
                return Err(Stopped);
            }
            (self.builder.real(value), Seen::Real(value))
        } else if let Ok(value) = text.parse::<i64>() {
            (self.builder.integer(value), Seen::Integer(value))
        } else {
            let value = self.builder.wide_integer(text);
            (Ok(self.built(value)?.ok_or(Stopped)?), Seen::WideInteger)
        };
        self.observe(place, seen);
        self.built(value)
    }

    fn fraction_and_exponent(&mut self) -> Read<()> {
        if self.take(b'.').is_ok() {
            self.demand_digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.demand_digits()?;
        }
        Ok(())
    }

    fn demand_digits(&mut self) -> Read<()> {
        let start = self.at;
        self.skip_digits();
        if self.at == start { Err(Stopped) } else { Ok(()) }
    }

    fn skip_digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    /// Read the text behind a quotation mark, and the mark that ends it.
    fn string(&mut self) -> Read<Cow<'a, str>> {
        let start = self.at;
        match self.skip_plain() {
            Some(b'"') => {
                let text = &self.text[start..self.at];
                self.at += 1;
                Ok(Cow::Borrowed(text))
            }
            Some(b'\\') => self.escaped_string(start).map(Cow::Owned),
            _ => Err(Stopped),
        }
    }

    /// Go on to the next byte that does not stand for itself in a text, and give it.
    fn skip_plain(&mut self) -> Option<u8> {
        while let Some(word) = self.bytes[self.at..].first_chunk::<8>() {
            let special = find_special(u64::from_le_bytes(*word));
            if special != 0 {
                self.at += special.trailing_zeros() as usize / 8;
                return self.peek();
            }
            self.at += 8;
        }
        loop {
            match self.peek()? {
                byte if byte >= b' ' && byte != b'"' && byte != b'\\' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    #[cold]
    fn escaped_string(&mut self, start: usize) -> Read<String> {
        let mut text = self.text[start..self.at].to_owned();
        loop {
            let plain = self.at;
            let stop = self.skip_plain().ok_or(Stopped)?;
            text.push_str(&self.text[plain..self.at]);
            self.at += 1;
            match stop {
                b'"' => return Ok(text),
                b'\\' => text.push(self.escape()?),
                _ => return Err(Stopped),
            }
        }
    }

    fn escape(&mut self) -> Read<char> {
        let escaped = self.peek().ok_or(Stopped)?;
        self.at += 1;
        Ok(match escaped {
            b'"' | b'\\' | b'/' => char::from(escaped),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(Stopped),
        })
    }

    /// Read the digits behind `\u`, and the second half of a pair; a lone half is refused.
    fn unicode_escape(&mut self) -> Read<char> {
        let mut units = vec![self.four_digits()?];
        if (0xd800..0xdc00).contains(&units[0]) && self.bytes[self.at..].starts_with(b"\\u") {
            self.at += 2;
            units.push(self.four_digits()?);
        }
        let mut characters = char::decode_utf16(units);
        match (characters.next(), characters.next()) {
            (Some(Ok(character)), None) => Ok(character),
            _ => Err(Stopped),
        }
    }

    fn four_digits(&mut self) -> Read<u16> {
        let digits = self.bytes[self.at..].first_chunk::<4>().ok_or(Stopped)?;
        self.at += 4;
        digits.iter().try_fold(0, |unit, &digit| {
            let value = char::from(digit).to_digit(16).ok_or(Stopped)?;
            u16::try_from(u32::from(unit) << 4 | value).map_err(|_| Stopped)
        })
    }

    fn skip_white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, expected: u8) -> Read<()> {
        if self.peek() != Some(expected) {
            return Err(Stopped);
        }
        self.at += 1;
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }
}

/// Mark the bytes of a word that are control characters, quotation marks or backslashes, from the
/// first one on: the lowest mark is right, one above it may not be.
fn find_special(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word;
    let quote = word ^ (ONES * u64::from(b'"'));
    let slash = word ^ (ONES * u64::from(b'\\'));
    (below(word, 0x20) | below(quote, 1) | below(slash, 1)) & HIGH
}
