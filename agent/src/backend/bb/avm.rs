//! Inputs of the AVM: from the JSON that a job carries to the MessagePack that bb reads.
//!
//! JSON has one form for texts, field elements, addresses, points, bytes and large integers. Which one a text is, its
//! length and its key tell. Written is what Aztec's agent writes, byte for byte.
//!
//! # Sources
//! `AvmCircuitInputs` and `serializeWithMessagePack` of `@aztec/stdlib` 4.1.2, which writes with msgpackr.

use std::fmt;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The member whose encoding is needed by itself: what a proof is verified with.
const PUBLIC_INPUTS: &str = "publicInputs";
/// Length of an encoded field element in bytes.
const FIELD_LEN: usize = 32;
/// Length of an address on L1 in bytes. It is written as a field element.
const ETH_ADDRESS_LEN: usize = 20;

/// Inputs in MessagePack.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AvmInputs {
    /// Hints and public inputs: `--avm-inputs`.
    pub(super) all: Vec<u8>,
    /// `--avm-public-inputs`.
    pub(super) public: Vec<u8>,
}

/// Reads the JSON of a job.
///
/// # Errors
/// Those of JSON, and values that no type of the inputs has
pub(super) fn encode(json: &[u8]) -> Result<AvmInputs, serde_json::Error> {
    let (mut all, mut public) = (Vec::with_capacity(json.len() / 2), None);
    let mut reader = serde_json::Deserializer::from_slice(json);
    let place = Place { key: "", is_root: true };
    Item { out: &mut all, place, public: &mut public }.deserialize(&mut reader)?;
    reader.end()?;
    let public = public.ok_or_else(|| serde_json::Error::custom("there are no publicInputs"))?;
    Ok(AvmInputs { public: all[public].to_vec(), all })
}

/// Where a value is.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// Its key, or that of the list that it is in.
    key: &'a str,
    is_root: bool,
}

/// Writes the value that is read.
struct Item<'a> {
    out: &'a mut Vec<u8>,
    place: Place<'a>,
    /// Where the encoding of the public inputs is.
    public: &'a mut Option<Range<usize>>,
}

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Item<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("inputs of the AVM")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.out.push(0xc0);
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.out.push(if value { 0xc3 } else { 0xc2 });
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        put_number(self.out, value);
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        put_value(self.out, self.place.key, text).map_err(|reason| {
            // Not the text: it may be long.
            E::custom(format_args!("{} is {reason}", self.place.key))
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self { out, place, public } = self;
        let place = Place { is_root: false, ..place };
        let start = out.len();
        let mut count = 0_usize;
        while seq.next_element_seed(Item { out: &mut *out, place, public: &mut *public })?.is_some() {
            count += 1;
        }
        // The length comes first, and is known now.
        let mut head = Vec::with_capacity(5);
        put_head(&mut head, count, [(0x0f, 0x90), (0xffff, 0xdc)], 0xdd);
        out.splice(start..start, head);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { out, place, public } = self;
        // Always the form with two bytes for the length, which msgpackr fills in when it is done.
        out.extend_from_slice(&[0xde, 0, 0]);
        let length_at = out.len() - 2;
        let mut count = 0_u16;
        while let Some(key) = map.next_key::<String>()? {
            put_text(out, &key);
            let start = out.len();
            let inner = Place { key: &key, is_root: false };
            map.next_value_seed(Item { out: &mut *out, place: inner, public: &mut *public })?;
            if place.is_root && key == PUBLIC_INPUTS {
                *public = Some(start..out.len());
            }
            count = count.checked_add(1).ok_or_else(|| A::Error::custom("an object has too many members"))?;
        }
        out[length_at..length_at + 2].copy_from_slice(&count.to_be_bytes());
        Ok(())
    }
}

/// A text, or what is written as one. The error says what it is instead.
fn put_value(out: &mut Vec<u8>, key: &str, text: &str) -> Result<(), &'static str> {
    if matches!(key, "hash" | "name") {
        put_text(out, text);
        return Ok(());
    }
    if key == "packedBytecode" {
        let bytes = STANDARD.decode(text).map_err(|_| "not base64")?;
        put_bytes(out, &bytes);
        return Ok(());
    }
    let Some(digits) = text.strip_prefix("0x") else { return put_decimal(out, text) };
    let bytes = unhex(digits).ok_or("not hexadecimal")?;
    match bytes.len() {
        FIELD_LEN => put_bytes(out, &bytes),
        ETH_ADDRESS_LEN => {
            let mut field = [0; FIELD_LEN];
            field[FIELD_LEN - ETH_ADDRESS_LEN..].copy_from_slice(&bytes);
            put_bytes(out, &field);
        }
        // A point.
        len if len == 2 * FIELD_LEN => {
            out.extend_from_slice(&[0xde, 0, 2]);
            for (name, coordinate) in ["x", "y"].into_iter().zip(bytes.chunks_exact(FIELD_LEN)) {
                put_text(out, name);
                put_bytes(out, coordinate);
            }
        }
        _ => return Err("of a length that no value has"),
    }
    Ok(())
}

fn unhex(digits: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(*high)? * 16 + digit(*low)?).ok();
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

/// A large integer: one of 64 bits, or its digits as a text.
fn put_decimal(out: &mut Vec<u8>, text: &str) -> Result<(), &'static str> {
    if text.is_empty() || !text.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err("neither hexadecimal nor a number");
    }
    match text.parse::<u64>() {
        Ok(value) => {
            out.push(if i64::try_from(value).is_ok() { 0xd3 } else { 0xcf });
            out.extend_from_slice(&value.to_be_bytes());
        }
        Err(_) => put_text(out, text),
    }
    Ok(())
}

/// A number of JavaScript.
fn put_number(out: &mut Vec<u8>, value: u64) {
    match u32::try_from(value) {
        Ok(value @ 0..=0x7f) => out.push(value.to_be_bytes()[3]),
        Ok(value @ 0x80..=0xff) => out.extend_from_slice(&[0xcc, value.to_be_bytes()[3]]),
        Ok(value @ 0x100..=0xffff) => {
            out.push(0xcd);
            out.extend_from_slice(&value.to_be_bytes()[2..]);
        }
        Ok(value) => {
            out.push(0xce);
            out.extend_from_slice(&value.to_be_bytes());
        }
        Err(_) => {
            out.push(0xcb);
            out.extend_from_slice(&(value as f64).to_be_bytes());
        }
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    match text.len() {
        len @ 0x20..=0xff => out.extend_from_slice(&[0xd9, len.to_be_bytes()[7]]),
        len => put_head(out, len, [(0x1f, 0xa0), (0xffff, 0xda)], 0xdb),
    }
    out.extend_from_slice(text.as_bytes());
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    match bytes.len() {
        len @ 0..=0xff => out.extend_from_slice(&[0xc4, len.to_be_bytes()[7]]),
        len => put_head(out, len, [(0, 0xc4), (0xffff, 0xc5)], 0xc6),
    }
    out.extend_from_slice(bytes);
}

/// A length within the first byte, or in two or four bytes behind it; each with its largest value.
fn put_head(out: &mut Vec<u8>, len: usize, [(within, first), (limit, two)]: [(usize, u8); 2], four: u8) {
    let bytes = len.to_be_bytes();
    if len <= within {
        out.push(first | bytes[7]);
    } else if len <= limit {
        out.extend_from_slice(&[two, bytes[6], bytes[7]]);
    } else {
        out.push(four);
        out.extend_from_slice(&bytes[4..]);
    }
}

#[cfg(test)]
mod tests {
    use chinampa_testkit::vectors;

    use super::*;

    #[test]
    fn inputs_are_written_as_aztecs_agent_writes_them() {
        let inputs = encode(&vectors::bytes("broker/golden/PUBLIC_VM.inputs.bin.gz")).unwrap();
        assert!(inputs.all == vectors::bytes("broker/golden/PUBLIC_VM.avm_inputs.msgpack.gz"));
        assert!(inputs.public == vectors::bytes("broker/golden/PUBLIC_VM.avm_public_inputs.msgpack.gz"));
        // Values at the edges of their types, no teardown call, empty lists.
        let edges = encode(&vectors::bytes("avm/edges.json.gz")).unwrap();
        assert!(edges.all == vectors::bytes("avm/edges.msgpack.gz"));
    }

    #[test]
    fn values_that_no_input_has_are_refused() {
        let refused = |value: &str| {
            let json = format!(r#"{{"hints":{{"x":{value}}},"publicInputs":{{}}}}"#);
            encode(json.as_bytes()).is_err()
        };
        let field = "0".repeat(64);
        assert!(
            !refused(&format!("\"0x{field}\"")) && !refused("18") && !refused("\"18\"") && !refused("null")
        );
        let long = format!("\"0x{field}00\"");
        for value in ["-1", "1.5", "\"\"", "\"-1\"", "\"0x\"", "\"0x0\"", "\"0xzz\"", "\"text\"", &long] {
            assert!(refused(value), "{value}");
        }
        assert!(encode(br#"{"hints":{}}"#).is_err(), "public inputs are needed");
        assert!(encode(br#"{"hints":{"publicInputs":{}}}"#).is_err(), "they are not a hint");
        assert!(encode(br#"{"publicInputs":{}} 1"#).is_err());
        assert!(encode(br#"{"hints":{"packedBytecode":"?"},"publicInputs":{}}"#).is_err());
    }
}
