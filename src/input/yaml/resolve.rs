//! What a plain scalar means to kubectl, and where YAML 1.2 would disagree.
//!
//! A port of go-yaml v2's `resolve.go` (the copy in `sigs.k8s.io/yaml`) followed by the trip
//! through JSON that kubectl makes: numbers that JSON writes without a fraction come back as
//! integers. Sexagesimals (`12:30`) and timestamps are text to both sides, so they are no trap.
//! Checked against kubectl 1.32.4 (`tests::kubectl_reads_…`).

use super::{Resolved, Trap};
use std::borrow::Cow;

/// Resolves a plain, untagged scalar.
pub(super) fn plain(text: &str) -> (Resolved, Option<Trap>) {
    match text.as_bytes().first() {
        None => (Resolved::Null, None),
        Some(b'~' | b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O') => word(text),
        Some(b'.') => (dotted(text), None).with_underscore(text),
        Some(b'+' | b'-' | b'0'..=b'9') => number(text),
        Some(_) => (Resolved::String, None),
    }
}

fn word(text: &str) -> (Resolved, Option<Trap>) {
    let trap = Some(Trap::BooleanWord);
    match text {
        "true" | "True" | "TRUE" => (Resolved::Bool(true), None),
        "false" | "False" | "FALSE" => (Resolved::Bool(false), None),
        "~" | "null" | "Null" | "NULL" => (Resolved::Null, None),
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => (Resolved::Bool(true), trap),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => (Resolved::Bool(false), trap),
        _ => (Resolved::String, None),
    }
}

trait WithUnderscore {
    fn with_underscore(self, text: &str) -> Self;
}

impl WithUnderscore for (Resolved, Option<Trap>) {
    /// A number that was written with underscores is one to kubectl only.
    fn with_underscore(self, text: &str) -> Self {
        match self {
            (Resolved::Integer(_) | Resolved::Float(_), _) if text.contains('_') => {
                (self.0, Some(Trap::Underscore))
            }
            other => other,
        }
    }
}

/// `.5`, `.inf`, `.nan`. Go's `ParseFloat` takes underscores here only between digits.
fn dotted(text: &str) -> Resolved {
    match text {
        ".inf" | ".Inf" | ".INF" => return Resolved::Float(f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Resolved::Float(f64::NAN),
        _ => {}
    }
    let bytes = text.as_bytes();
    let digit_at = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let misplaced = bytes
        .iter()
        .enumerate()
        .any(|(at, &byte)| byte == b'_' && !(digit_at(at.checked_sub(1)) && digit_at(Some(at + 1))));
    if misplaced {
        return Resolved::String;
    }
    float(&without_underscores(text)).map_or(Resolved::String, from_float)
}

fn number(text: &str) -> (Resolved, Option<Trap>) {
    match text {
        "+.inf" | "+.Inf" | "+.INF" => return (Resolved::Float(f64::INFINITY), None),
        "-.inf" | "-.Inf" | "-.INF" => return (Resolved::Float(f64::NEG_INFINITY), None),
        _ => {}
    }
    let digits = without_underscores(text);
    if let Some(integer) = integer(&digits) {
        let trap = integer.trap();
        return (integer.resolved(), trap).with_underscore(text);
    }
    if is_yaml_float(&digits) {
        return match float(&digits) {
            Some(value) => (from_float(value), None).with_underscore(text),
            None => (Resolved::String, Some(Trap::Overflow)),
        };
    }
    let beyond_64_bits = ["0x", "0o"].iter().any(|prefix| {
        text.strip_prefix(prefix).is_some_and(|rest| {
            let radix = if *prefix == "0x" { 16 } else { 8 };
            !rest.is_empty() && rest.chars().all(|c| c.is_digit(radix))
        })
    });
    (Resolved::String, beyond_64_bits.then_some(Trap::Overflow))
}

fn without_underscores(text: &str) -> Cow<'_, str> {
    if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) }
}

/// An integer in one of Go's notations (`strconv.ParseInt` with base 0).
struct Integer {
    magnitude: u64,
    negative: bool,
    signed: bool,
    radix: u32,
    /// The prefix as written: `0x`, `0X`, `0o`, `0O`, `0b`, `0B`, `0` or nothing.
    prefix: &'static str,
}

fn integer(text: &str) -> Option<Integer> {
    let (signed, negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, true, text.get(1..)?),
        b'+' => (true, false, text.get(1..)?),
        _ => (false, false, text),
    };
    const PREFIXES: [(&str, u32); 6] = [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2)];
    let prefixed =
        PREFIXES.iter().find_map(|&(prefix, radix)| Some((rest.strip_prefix(prefix)?, prefix, radix)));
    let (digits, prefix, radix) = match prefixed {
        Some(found) => found,
        None if rest.len() > 1 && rest.starts_with('0') => (rest.get(1..)?, "0", 8),
        None => (rest, "", 10),
    };
    // Rust would take another sign here, Go does not.
    if !digits.as_bytes().first()?.is_ascii_alphanumeric() {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    // ParseUint, Go's second try, takes no sign.
    let fits = match (signed, negative) {
        (true, true) => magnitude <= i64::MIN.unsigned_abs(),
        (true, false) => i64::try_from(magnitude).is_ok(),
        _ => true,
    };
    fits.then_some(Integer { magnitude, negative, signed, radix, prefix })
}

impl Integer {
    fn resolved(&self) -> Resolved {
        if self.negative {
            return Resolved::Integer(0_i64.wrapping_sub_unsigned(self.magnitude));
        }
        #[allow(clippy::cast_precision_loss)] // as the JSON decoder behind kubectl does
        i64::try_from(self.magnitude).map_or(Resolved::Float(self.magnitude as f64), Resolved::Integer)
    }

    fn trap(&self) -> Option<Trap> {
        match (self.prefix, self.radix) {
            (_, 2) => Some(Trap::Binary),
            ("0o", _) | ("0x", _) if !self.signed => None,
            (_, 16) => Some(Trap::Hexadecimal),
            // 00 to 07 are the same number in both readings.
            ("0", _) if self.magnitude < 8 => None,
            (_, 8) => Some(Trap::Octal),
            _ => None,
        }
    }
}

/// go-yaml's `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`.
fn is_yaml_float(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let whole = digits(text);
    let mut rest = text.get(whole..).unwrap_or_default();
    if let Some(fraction) = rest.strip_prefix('.') {
        let count = digits(fraction);
        if whole + count == 0 {
            return false;
        }
        rest = fraction.get(count..).unwrap_or_default();
    } else if whole == 0 {
        return false;
    }
    match rest.strip_prefix(['e', 'E']) {
        Some(exponent) => {
            let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent) == exponent.len()
        }
        None => rest.is_empty(),
    }
}

/// A decimal float in range; Go reports what Rust would round to infinity as an error.
fn float(text: &str) -> Option<f64> {
    if !is_yaml_float(text) {
        return None;
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// What is left of a float after JSON: `1.0` and `1e3` are written without a fraction and read
/// back as integers.
fn from_float(value: f64) -> Resolved {
    if value.fract() != 0.0 || value.abs() >= 9.3e18 {
        return Resolved::Float(value);
    }
    // Both Go and Rust write the shortest digits that give the float back, filled up with zeros.
    let written = format!("{value}");
    written.strip_prefix("-0").filter(|rest| rest.is_empty()).map_or_else(
        || written.parse().map_or(Resolved::Float(value), Resolved::Integer),
        |_| Resolved::Integer(0),
    )
}

/// Resolves a scalar with an explicit core tag; `None` when the value does not fit the tag.
///
/// go-yaml ignores quotes here: `!!int "12"` is a number.
pub(super) fn tagged(tag: &str, text: &str) -> Option<(Resolved, Option<Trap>)> {
    if tag == "str" {
        return Some((Resolved::String, None));
    }
    let found = plain(text);
    let fits = match found.0 {
        Resolved::Null => tag == "null",
        Resolved::Bool(_) => tag == "bool",
        Resolved::Integer(_) => tag == "int" && !written_as_float(text) || tag == "float",
        Resolved::Float(value) => {
            tag == "float" || tag == "int" && !written_as_float(text) && value.is_finite()
        }
        Resolved::String => false,
    };
    fits.then_some(found)
}

/// A number that is not in one of the notations of integers, such as `1.0`.
pub(super) fn written_as_float(text: &str) -> bool {
    integer(&without_underscores(text)).is_none()
}
