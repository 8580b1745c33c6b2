//! A list whose length is part of its type, on the heap: circuits have arrays of up to 24,576 fields.

use std::ops::{Deref, DerefMut};

use chinampa_kernels::Fr;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::{AbiError, Decode, DecodeError, Encode, FieldReader, FromFields, Reader, ToFields};

/// Exactly `N` values. In bytes, fields and JSON the items follow one another, with no count.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Array<T, const N: usize>(Vec<T>);

impl<T, const N: usize> Array<T, N> {
    /// Item `i` is `make(i)`.
    pub fn from_fn(make: impl FnMut(usize) -> T) -> Self {
        Self((0..N).map(make).collect())
    }

    /// `items`, then default values up to `N`. `None` if there are more than `N` items.
    pub fn padded(items: impl IntoIterator<Item = T>) -> Option<Self>
    where
        T: Default,
    {
        let mut items: Vec<T> = items.into_iter().take(N + 1).collect();
        (items.len() <= N).then(|| {
            items.resize_with(N, T::default);
            Self(items)
        })
    }
}

impl<T, const N: usize> TryFrom<Vec<T>> for Array<T, N> {
    type Error = Vec<T>;

    /// Gives the list back if its length is not `N`.
    fn try_from(items: Vec<T>) -> Result<Self, Vec<T>> {
        if items.len() == N { Ok(Self(items)) } else { Err(items) }
    }
}

impl<T: Default, const N: usize> Default for Array<T, N> {
    fn default() -> Self {
        Self::from_fn(|_| T::default())
    }
}

impl<T, const N: usize> Deref for Array<T, N> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T, const N: usize> DerefMut for Array<T, N> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<'a, T, const N: usize> IntoIterator for &'a Array<T, N> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: Encode, const N: usize> Encode for Array<T, N> {
    fn encode(&self, out: &mut Vec<u8>) {
        for item in &self.0 {
            item.encode(out);
        }
    }
}

impl<T: Decode, const N: usize> Decode for Array<T, N> {
    const LEN_BYTES_MIN: usize = N * T::LEN_BYTES_MIN;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.items(N).map(Self)
    }
}

impl<T: ToFields, const N: usize> ToFields for Array<T, N> {
    fn to_fields(&self, out: &mut Vec<Fr>) {
        for item in &self.0 {
            item.to_fields(out);
        }
    }
}

impl<T: FromFields, const N: usize> FromFields for Array<T, N> {
    fn from_fields(reader: &mut FieldReader<'_>) -> Result<Self, AbiError> {
        let items = (0..N).map(|index| T::from_fields(reader).map_err(|error| error.in_item(index)));
        items.collect::<Result<_, _>>().map(Self)
    }
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for Array<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Vec::deserialize(deserializer)?;
        let count = items.len();
        Self::try_from(items).map_err(|_| D::Error::custom(format!("expected {N} items, got {count}")))
    }
}
