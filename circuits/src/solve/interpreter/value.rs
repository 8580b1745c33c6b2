//! What a place of the memory holds.

use acvm::{AcirField as _, FieldElement};

use super::{GaveUp, Step};

/// A field element or an integer of some bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Field(FieldElement),
    Int { bits: u8, value: u128 },
}

impl Default for Value {
    /// What a place holds that nothing was written to.
    fn default() -> Self {
        Self::Field(FieldElement::zero())
    }
}

impl Value {
    /// An integer of the lowest `bits` of a number.
    pub(super) fn new_int(bits: u8, value: u128) -> Self {
        Self::Int { bits, value: if bits < 128 { value & ((1 << bits) - 1) } else { value } }
    }

    pub(super) fn new_bit(bit: bool) -> Self {
        Self::Int { bits: 1, value: u128::from(bit) }
    }

    pub(super) fn field(&self) -> Step<FieldElement> {
        match self {
            Self::Field(value) => Ok(*value),
            Self::Int { .. } => Err(GaveUp),
        }
    }

    /// An integer of exactly these bits.
    pub(super) fn int(&self, wanted: u8) -> Step<u128> {
        match self {
            Self::Int { bits, value } if *bits == wanted => Ok(*value),
            _ => Err(GaveUp),
        }
    }

    pub(super) fn bit(&self) -> Step<bool> {
        self.int(1).map(|bit| bit == 1)
    }

    /// An integer of 32 bits, which addresses and lengths are.
    pub(super) fn address(&self) -> Step<u32> {
        self.int(32).map(|value| u32::try_from(value).expect("it has 32 bits"))
    }

    pub(super) fn to_field(self) -> FieldElement {
        match self {
            Self::Field(value) => value,
            Self::Int { value, .. } => FieldElement::from(value),
        }
    }

    /// As a field element, or as an integer of the lowest `bits`.
    pub(super) fn cast(&self, bits: Option<u8>) -> Self {
        match (self, bits) {
            (_, None) => Self::Field(self.to_field()),
            (Self::Int { value, .. }, Some(bits)) => Self::new_int(bits, *value),
            (Self::Field(value), Some(bits)) => Self::new_int(bits, low_bits(*value)),
        }
    }
}

/// The lowest 128 bits.
fn low_bits(value: FieldElement) -> u128 {
    value.try_into_u128().unwrap_or_else(|| {
        let bytes = value.to_be_bytes();
        let low = bytes.last_chunk().expect("a field element has 32 bytes");
        u128::from_be_bytes(*low)
    })
}
