//! Inputs written by people, as `Prover.toml` has them, turned into fields.
//!
//! # Sources
//! Noir 1.0.0-beta.18 `tooling/noirc_abi`: `input_parser`.

use chinampa_kernels::Fr;
use serde_json::{Map, Value};

use crate::abi::{Abi, AbiType, Sign};

/// Why a value is not one of a program's inputs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: expected {expected}, found {actual}")]
pub struct InputError {
    /// Where, as `name.member[3]`.
    pub path: String,
    /// What the ABI says.
    pub expected: String,
    /// What was there.
    pub actual: String,
}

impl Abi {
    /// The fields of a program's inputs, given as a table of values by name: numbers, decimal or hexadecimal text,
    /// booleans, lists and tables. Names that the program does not have are refused.
    ///
    /// # Errors
    /// [`InputError`]
    pub fn encode(&self, values: &Map<String, Value>) -> Result<Vec<Fr>, InputError> {
        let is_known = |name: &str| self.parameters().iter().any(|parameter| parameter.name == name);
        if let Some(unknown) = values.keys().find(|name| !is_known(name)) {
            return Err(error(unknown, "a parameter of the program", "a name that it does not have"));
        }
        let mut fields = Vec::with_capacity(self.input_count());
        for parameter in self.parameters() {
            encode(&parameter.ty, values.get(&parameter.name), &parameter.name, &mut fields)?;
        }
        Ok(fields)
    }
}

fn error(path: &str, expected: impl Into<String>, actual: impl Into<String>) -> InputError {
    InputError { path: path.to_owned(), expected: expected.into(), actual: actual.into() }
}

/// A value for messages, cut short.
fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| value.to_string().chars().take(64).collect())
}

fn encode(ty: &AbiType, value: Option<&Value>, path: &str, fields: &mut Vec<Fr>) -> Result<(), InputError> {
    match ty {
        AbiType::Field => fields.push(number(value, path, "a field element", 254, Sign::Unsigned)?),
        AbiType::Integer { width, sign } => {
            let kind = if *sign == Sign::Signed { "a signed integer" } else { "an integer" };
            fields.push(number(value, path, &format!("{kind} of {width} bits"), *width, *sign)?);
        }
        AbiType::Boolean => match value {
            Some(Value::Bool(bool)) => fields.push(Fr::from(*bool)),
            other => return Err(error(path, "true or false", shown(other))),
        },
        AbiType::String { length } => {
            let text = value.and_then(Value::as_str).filter(|text| text.len() == *length);
            let text = text.ok_or_else(|| error(path, format!("text of {length} bytes"), shown(value)))?;
            fields.extend(text.bytes().map(|byte| Fr::from(u64::from(byte))));
        }
        AbiType::Array { length, item } => {
            for (index, value) in items(value, *length, path)?.iter().enumerate() {
                encode(item, Some(value), &format!("{path}[{index}]"), fields)?;
            }
        }
        AbiType::Tuple { fields: types } => {
            for (index, (ty, value)) in types.iter().zip(items(value, types.len(), path)?).enumerate() {
                encode(ty, Some(value), &format!("{path}[{index}]"), fields)?;
            }
        }
        AbiType::Struct { path: name, fields: members } => {
            let table = value.and_then(Value::as_object);
            let table = table.ok_or_else(|| error(path, format!("a table, as {name} is"), shown(value)))?;
            for member in members {
                encode(&member.ty, table.get(&member.name), &format!("{path}.{}", member.name), fields)?;
            }
        }
    }
    Ok(())
}

fn items<'a>(value: Option<&'a Value>, len: usize, path: &str) -> Result<&'a [Value], InputError> {
    match value {
        Some(Value::Array(items)) if items.len() == len => Ok(items),
        Some(Value::Array(items)) => {
            Err(error(path, format!("a list of {len}"), format!("a list of {}", items.len())))
        }
        other => Err(error(path, format!("a list of {len}"), shown(other))),
    }
}

/// A number of at most `width` bits; a negative one in two's complement of that width.
fn number(
    value: Option<&Value>,
    path: &str,
    expected: &str,
    width: u32,
    sign: Sign,
) -> Result<Fr, InputError> {
    let text = match value {
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) => text.trim().to_owned(),
        other => return Err(error(path, expected, shown(other))),
    };
    let parsed = match (text.strip_prefix('-'), sign) {
        (Some(digits), Sign::Signed) => {
            digits.parse::<u128>().ok().filter(|size| *size <= 1 << (width - 1) && *size > 0).map(|size| {
                Fr::from_canonical_limbs(power_of_two(width)).expect("below the modulus") - from_u128(size)
            })
        }
        (Some(_), Sign::Unsigned) => None,
        (None, _) => unsigned(&text).filter(|field| {
            let bits = if sign == Sign::Signed { width - 1 } else { width };
            bit_length(field) <= bits
        }),
    };
    parsed.ok_or_else(|| error(path, expected, text.chars().take(64).collect::<String>()))
}

/// Decimal, or hexadecimal with `0x`.
fn unsigned(text: &str) -> Option<Fr> {
    let (digits, base) = match text.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None => (text, 10),
    };
    if digits.is_empty() {
        return None;
    }
    // Schoolbook in limbs, so that a number above the modulus is seen as one.
    let mut limbs = [0_u64; 4];
    for digit in digits.chars() {
        let mut carry = u128::from(digit.to_digit(base)?);
        for limb in &mut limbs {
            carry += u128::from(*limb) * u128::from(base);
            *limb = carry as u64;
            carry >>= 64;
        }
        if carry != 0 {
            return None;
        }
    }
    Fr::from_canonical_limbs(limbs)
}

fn from_u128(number: u128) -> Fr {
    Fr::from_canonical_limbs([number as u64, (number >> 64) as u64, 0, 0]).expect("below the modulus")
}

/// `2^width`, for widths up to 128.
fn power_of_two(width: u32) -> [u64; 4] {
    let mut limbs = [0; 4];
    limbs[(width / 64) as usize] = 1 << (width % 64);
    limbs
}

fn bit_length(field: &Fr) -> u32 {
    let limbs = field.to_canonical_limbs();
    let top = limbs.iter().rposition(|limb| *limb != 0);
    top.map_or(0, |top| u32::try_from(top).expect("four limbs") * 64 + 64 - limbs[top].leading_zeros())
}

#[cfg(test)]
#[expect(clippy::needless_pass_by_value, reason = "the values are written in place, as macros")]
mod tests {
    use serde_json::json;

    use super::*;

    fn abi(ty: Value) -> Abi {
        let parameters = json!([{ "name": "x", "type": ty, "visibility": "private" }]);
        serde_json::from_value(json!({ "parameters": parameters, "return_type": null, "error_types": {} }))
            .unwrap()
    }

    fn encoded(ty: Value, value: Value) -> Result<Vec<Fr>, InputError> {
        abi(ty).encode(json!({ "x": value }).as_object().unwrap())
    }

    fn one(ty: Value, value: Value) -> Option<Fr> {
        encoded(ty, value).ok().map(|fields| fields[0])
    }

    #[test]
    fn numbers_are_decimal_or_hexadecimal_and_fit_their_type() {
        let field = || json!({ "kind": "field" });
        assert_eq!(one(field(), json!(7)), Some(Fr::from(7_u64)));
        assert_eq!(one(field(), json!("0x10")), Some(Fr::from(16_u64)));
        assert_eq!(one(field(), json!(" 12 ")), Some(Fr::from(12_u64)));
        let modulus = "21888242871839275222246405745257275088548364400416034343698204186575808495617";
        let largest = "21888242871839275222246405745257275088548364400416034343698204186575808495616";
        assert_eq!(one(field(), json!(largest)), Some(-Fr::ONE));
        assert_eq!(one(field(), json!(modulus)), None);
        for wrong in [json!("0x"), json!(""), json!("12a"), json!(-1), json!(1.5), json!(true), json!(null)] {
            assert_eq!(one(field(), wrong.clone()), None, "{wrong}");
        }
        let integer = |sign: &str, width: u32| json!({ "kind": "integer", "sign": sign, "width": width });
        assert_eq!(one(integer("unsigned", 8), json!(255)), Some(Fr::from(255_u64)));
        assert_eq!(one(integer("unsigned", 8), json!(256)), None);
        assert_eq!(one(integer("signed", 8), json!(127)), Some(Fr::from(127_u64)));
        assert_eq!(one(integer("signed", 8), json!(128)), None);
        assert_eq!(one(integer("signed", 8), json!("-1")), Some(Fr::from(255_u64)));
        assert_eq!(one(integer("signed", 8), json!(-128)), Some(Fr::from(128_u64)));
        assert_eq!(one(integer("signed", 8), json!(-129)), None);
    }

    #[test]
    fn structs_lists_and_texts_are_flattened_in_order() {
        let item = json!({ "kind": "tuple", "fields": [{ "kind": "boolean" }, { "kind": "field" }] });
        let list = json!({ "kind": "array", "length": 2, "type": item });
        let members = json!([{ "name": "b", "type": list }, { "name": "a", "type": { "kind": "string", "length": 2 } }]);
        let ty = json!({ "kind": "struct", "path": "S", "fields": members });
        let good = json!({ "a": "hi", "b": [[true, 5], [false, "6"]] });
        let numbers: Vec<Fr> = [1_u64, 5, 0, 6, 104, 105].map(Fr::from).into();
        assert_eq!(encoded(ty.clone(), good), Ok(numbers));
        let short = encoded(ty.clone(), json!({ "a": "hi", "b": [[true, 5]] })).unwrap_err();
        assert_eq!((short.path.as_str(), short.actual.as_str()), ("x.b", "a list of 1"));
        let deep = encoded(ty.clone(), json!({ "a": "hi", "b": [[true, 5], [3, 6]] })).unwrap_err();
        assert_eq!((deep.path.as_str(), deep.expected.as_str()), ("x.b[1][0]", "true or false"));
        assert_eq!(encoded(ty, json!({ "b": [[true, 5], [false, 6]] })).unwrap_err().path, "x.a");
        let unknown = abi(json!({ "kind": "field" })).encode(json!({ "x": 1, "y": 2 }).as_object().unwrap());
        assert_eq!(unknown.unwrap_err().path, "y");
    }
}
