//! JSON as Python's encoder writes it: compact, not escaping what need not be.

const HEXADECIMAL: &[u8; 16] = b"0123456789abcdef";

/// Write a text with its quotation marks behind what is in `into`.
pub fn write_text(text: &str, into: &mut Vec<u8>) {
    into.push(b'"');
    let bytes = text.as_bytes();
    let mut written = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        into.extend_from_slice(&bytes[written..at]);
        written = at + 1;
        match byte {
            b'"' => into.extend_from_slice(b"\\\""),
            b'\\' => into.extend_from_slice(b"\\\\"),
            0x8 => into.extend_from_slice(b"\\b"),
            0xc => into.extend_from_slice(b"\\f"),
            b'\n' => into.extend_from_slice(b"\\n"),
            b'\r' => into.extend_from_slice(b"\\r"),
            b'\t' => into.extend_from_slice(b"\\t"),
            _ => {
                into.extend_from_slice(b"\\u00");
                into.push(HEXADECIMAL[usize::from(byte >> 4)]);
                into.push(HEXADECIMAL[usize::from(byte & 15)]);
            }
        }
    }
    into.extend_from_slice(&bytes[written..]);
    into.push(b'"');
}

/// Write an integer behind what is in `into`.
pub fn write_integer(value: i64, into: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        into.push(b'-');
    }
    into.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_itself_and_what_is_escaped() {
        let mut written = Vec::new();
        write_text("a\"\\\u{8}\u{c}\n\r\t\u{0}\u{1f}\u{7f}ä\u{2028}😀/", &mut written);
        let expected = "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\u{7f}ä\u{2028}😀/\"";
        assert_eq!(String::from_utf8(written).unwrap(), expected);
    }

    #[test]
    fn integers() {
        for value in [0, 7, -1, 10, 1_800_000_000, i64::MAX, i64::MIN] {
            let mut written = b"x".to_vec();
            write_integer(value, &mut written);
            assert_eq!(String::from_utf8(written).unwrap(), format!("x{value}"));
        }
    }
}
