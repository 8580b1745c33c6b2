//! The ABI part of an artifact: what a program's inputs and outputs are, and what its assertions say.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A type of Noir.
///
/// # Sources
/// Noir 1.0.0-beta.18 `tooling/noirc_abi`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum AbiType {
    /// A field element.
    Field,
    /// `0` or `1`.
    Boolean,
    /// An integer of `width` bits.
    Integer {
        /// Bits.
        width: u32,
        /// Whether two's complement.
        sign: Sign,
    },
    /// Text of `length` bytes, a field each.
    String {
        /// Bytes.
        length: usize,
    },
    /// `length` values of one type.
    Array {
        /// How many.
        length: usize,
        /// Of what.
        #[serde(rename = "type")]
        item: Box<AbiType>,
    },
    /// Values of several types.
    Tuple {
        /// In order.
        fields: Vec<AbiType>,
    },
    /// A struct.
    Struct {
        /// Name with its modules.
        path: String,
        /// Members in order.
        fields: Vec<AbiMember>,
    },
}

/// Whether an integer has a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sign {
    /// It has none.
    Unsigned,
    /// Two's complement.
    Signed,
}

/// A member of a struct.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AbiMember {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: AbiType,
}

impl AbiType {
    /// How many fields a value takes; saturates.
    pub fn field_count(&self) -> usize {
        match self {
            Self::Field | Self::Boolean | Self::Integer { .. } => 1,
            Self::String { length } => *length,
            Self::Array { length, item } => length.saturating_mul(item.field_count()),
            Self::Tuple { fields } => sum(fields.iter()),
            Self::Struct { fields, .. } => sum(fields.iter().map(|member| &member.ty)),
        }
    }
}

fn sum<'a>(types: impl Iterator<Item = &'a AbiType>) -> usize {
    types.fold(0, |total, ty| total.saturating_add(ty.field_count()))
}

/// A parameter of a program.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AbiParameter {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: AbiType,
    /// `private`, `public` or `databus`.
    pub visibility: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct AbiReturn {
    abi_type: AbiType,
}

/// What an assertion says: text, or text with placeholders that is not in the artifact as such.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "error_kind", rename_all = "lowercase")]
enum ErrorType {
    String {
        string: String,
    },
    FmtString {},
    #[serde(other)]
    Custom,
}

/// The ABI of a program.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Abi {
    parameters: Vec<AbiParameter>,
    return_type: Option<AbiReturn>,
    #[serde(default)]
    error_types: BTreeMap<String, ErrorType>,
}

impl Abi {
    /// The parameters in order.
    pub fn parameters(&self) -> &[AbiParameter] {
        &self.parameters
    }

    /// What the program returns.
    pub fn return_type(&self) -> Option<&AbiType> {
        self.return_type.as_ref().map(|returned| &returned.abi_type)
    }

    /// Fields of all parameters.
    pub fn input_count(&self) -> usize {
        sum(self.parameters.iter().map(|parameter| &parameter.ty))
    }

    /// Fields of the return value.
    pub fn output_count(&self) -> usize {
        self.return_type().map_or(0, AbiType::field_count)
    }

    /// What the assertion behind `selector` says; the values that come with it are not put in.
    pub(crate) fn message(&self, selector: u64) -> Option<&str> {
        match self.error_types.get(&selector.to_string())? {
            ErrorType::String { string } => Some(string),
            ErrorType::FmtString {} | ErrorType::Custom => None,
        }
    }
}
