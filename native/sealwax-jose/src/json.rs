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
#[derive(Clone, Debug, PartialEq)]
pub enum Seen<'a> {
    Null,
    Boolean,
    Integer(i64),
    WideInteger,
    Real(f64),
    Text(Cow<'a, str>),
    Array,
    Object,
}

/// Is told the members of the outermost object, and the elements of arrays that are such members.
pub trait Observer {
    fn element(&mut self, name: &str, value: &Seen<'_>);
    fn member(&mut self, name: &str, value: &Seen<'_>);
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
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, builder, observer };
    reader.skip_white_space();
    if reader.next() != Some(b'{') {
        return Err(Fault::NotJson);
    }
    let value = reader.object(1)?;
    reader.skip_white_space();
    if reader.at == reader.bytes.len() { Ok(value) } else { Err(Fault::NotJson) }
}

struct Reader<'a, 'b, B, O> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    builder: &'b mut B,
    observer: &'b mut O,
}

type Read<T, B> = Result<T, Fault<<B as Builder>::Error>>;

impl<'a, B: Builder, O: Observer> Reader<'a, '_, B, O> {
    /// Read the members behind a brace, at this depth.
    fn object(&mut self, depth: usize) -> Read<B::Value, B> {
        let mut object = self.builder.object().map_err(Fault::Builder)?;
        let mut members = 0;
        self.skip_white_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
        } else {
            loop {
                if self.next() != Some(b'"') {
                    return Err(Fault::NotJson);
                }
                let name = self.string()?;
                let key = self.builder.key(&name).map_err(Fault::Builder)?;
                self.skip_white_space();
                if self.next() != Some(b':') {
                    return Err(Fault::NotJson);
                }
                self.skip_white_space();
                let watched = if depth == 1 { Some(&*name) } else { None };
                let (value, seen) = self.value(depth, watched)?;
                if depth == 1 {
                    self.observer.member(&name, &seen);
                }
                self.builder.insert(&mut object, key, value).map_err(Fault::Builder)?;
                members += 1;
                if self.is_end(b'}')? {
                    break;
                }
            }
        }
        self.builder.end_object(object, members).map_err(Fault::Builder)?.ok_or(Fault::NotJson)
    }

    fn array(&mut self, depth: usize, watched: Option<&str>) -> Read<B::Value, B> {
        let mut array = self.builder.array().map_err(Fault::Builder)?;
        self.skip_white_space();
        if self.peek() == Some(b']') {
            self.at += 1;
        } else {
            loop {
                let (value, seen) = self.value(depth, None)?;
                if let Some(name) = watched {
                    self.observer.element(name, &seen);
                }
                self.builder.push(&mut array, value).map_err(Fault::Builder)?;
                if self.is_end(b']')? {
                    break;
                }
            }
        }
        self.builder.end_array(array).map_err(Fault::Builder)
    }

    /// Read what follows a value: a comma and white space, or the end.
    fn is_end(&mut self, end: u8) -> Read<bool, B> {
        self.skip_white_space();
        match self.next() {
            Some(b',') => {
                self.skip_white_space();
                Ok(false)
            }
            Some(byte) if byte == end => Ok(true),
            _ => Err(Fault::NotJson),
        }
    }

    /// Read a value that stands in a container of this depth.
    fn value(&mut self, depth: usize, watched: Option<&str>) -> Read<(B::Value, Seen<'a>), B> {
        let start = self.at;
        let (value, seen) = match self.next() {
            Some(b'"') => {
                let text = self.string()?;
                (self.builder.text(&text), Seen::Text(text))
            }
            Some(b'-' | b'0'..=b'9') => return self.number(start),
            Some(b'{') if depth < MAX_DEPTH => return Ok((self.object(depth + 1)?, Seen::Object)),
            Some(b'[') if depth < MAX_DEPTH => {
                return Ok((self.array(depth + 1, watched)?, Seen::Array));
            }
            Some(b't') => {
                self.word("rue")?;
                (self.builder.boolean(true), Seen::Boolean)
            }
            Some(b'f') => {
                self.word("alse")?;
                (self.builder.boolean(false), Seen::Boolean)
            }
            Some(b'n') => {
                self.word("ull")?;
                (self.builder.null(), Seen::Null)
            }
            _ => return Err(Fault::NotJson),
        };
        Ok((value.map_err(Fault::Builder)?, seen))
    }

    fn word(&mut self, rest: &str) -> Read<(), B> {
        if !self.bytes[self.at..].starts_with(rest.as_bytes()) {
            return Err(Fault::NotJson);
        }
        self.at += rest.len();
        Ok(())
    }

    /// Read the number whose first character, at `start`, has been taken.
    fn number(&mut self, start: usize) -> Read<(B::Value, Seen<'a>), B> {
        self.at = start + usize::from(self.bytes[start] == b'-');
        let digits = self.at;
        self.skip_digits();
        let length = self.at - digits;
        if length == 0 || (length > 1 && self.bytes[digits] == b'0') {
            return Err(Fault::NotJson);
        }
        let is_real = matches!(self.peek(), Some(b'.' | b'e' | b'E'));
        if is_real {
            self.fraction_and_exponent()?;
        }
        let text = &self.text[start..self.at];
        if is_real {
            let value: f64 = text.parse().map_err(|_| Fault::NotJson)?;
            if !value.is_finite() {
                return Err(Fault::NotJson);
            }
            return Ok((self.builder.real(value).map_err(Fault::Builder)?, Seen::Real(value)));
        }
        if let Ok(value) = text.parse::<i64>() {
            return Ok((
                self.builder.integer(value).map_err(Fault::Builder)?,
                Seen::Integer(value),
            ));
        }
        let value = self.builder.wide_integer(text).map_err(Fault::Builder)?;
        Ok((value.ok_or(Fault::NotJson)?, Seen::WideInteger))
    }

    fn fraction_and_exponent(&mut self) -> Read<(), B> {
        if self.peek() == Some(b'.') {
            self.at += 1;
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

    fn demand_digits(&mut self) -> Read<(), B> {
        let start = self.at;
        self.skip_digits();
        if self.at == start { Err(Fault::NotJson) } else { Ok(()) }
    }

    fn skip_digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    /// Read the text behind a quotation mark, and the mark that ends it.
    fn string(&mut self) -> Read<Cow<'a, str>, B> {
        let start = self.at;
        match self.skip_plain() {
            Some(b'"') => {
                let text = &self.text[start..self.at];
                self.at += 1;
                Ok(Cow::Borrowed(text))
            }
            Some(b'\\') => self.escaped_string(start).map(Cow::Owned),
            _ => Err(Fault::NotJson),
        }
    }

    /// Go on to the next byte that does not stand for itself in a text, and give it.
    fn skip_plain(&mut self) -> Option<u8> {
        while let Some(word) = self.bytes[self.at..].first_chunk::<8>() {
            let special = find_special(u64::from_le_bytes(*word));
            if special != 0 {
                self.at += special.trailing_zeros() as usize / 8;
                break;
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

    fn escaped_string(&mut self, start: usize) -> Read<String, B> {
        let mut text = self.text[start..self.at].to_owned();
        loop {
            let plain = self.at;
            let stop = self.skip_plain();
            text.push_str(&self.text[plain..self.at]);
            self.at += 1;
            match stop {
                Some(b'"') => return Ok(text),
                Some(b'\\') => text.push(self.escape()?),
                _ => return Err(Fault::NotJson),
            }
        }
    }

    fn escape(&mut self) -> Read<char, B> {
        Ok(match self.next() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(Fault::NotJson),
        })
    }

    /// Read the digits behind `\u`, and the second half of a pair; a lone half is refused.
    fn unicode_escape(&mut self) -> Read<char, B> {
        let mut units = vec![self.four_digits()?];
        if (0xd800..0xdc00).contains(&units[0]) && self.bytes[self.at..].starts_with(b"\\u") {
            self.at += 2;
            units.push(self.four_digits()?);
        }
        let mut characters = char::decode_utf16(units);
        match (characters.next(), characters.next()) {
            (Some(Ok(character)), None) => Ok(character),
            _ => Err(Fault::NotJson),
        }
    }

    fn four_digits(&mut self) -> Read<u16, B> {
        let digits = self.bytes[self.at..].first_chunk::<4>().ok_or(Fault::NotJson)?;
        self.at += 4;
        digits.iter().try_fold(0, |unit, &digit| {
            let value = char::from(digit).to_digit(16).ok_or(Fault::NotJson)?;
            u16::try_from(u32::from(unit) << 4 | value).map_err(|_| Fault::NotJson)
        })
    }

    fn skip_white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek();
        self.at += 1;
        byte
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
