//! A cursor over a buffer that remembers how far it has come.

use super::{Decode, DecodeError, DecodeErrorKind};

/// Reads from the front of a buffer.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// Bytes read so far.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Bytes not read yet.
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.offset
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// [`DecodeErrorKind::Truncated`] if there are fewer.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        if count > self.remaining() {
            let kind = DecodeErrorKind::Truncated { expected: count, actual: self.remaining() };
            return Err(DecodeError::new(self.offset, kind));
        }
        let taken = &self.bytes[self.offset..self.offset + count];
        self.offset += count;
        Ok(taken)
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// [`DecodeErrorKind::Truncated`] if there are fewer.
    pub fn take_array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        Ok(self.take(N)?.try_into().expect("take returns as many bytes as asked for"))
    }

    /// `count` values in a row. Nothing is allocated for items that cannot be there.
    ///
    /// # Errors
    /// [`DecodeErrorKind::Truncated`] before the first item if they cannot all be there; else as the items.
    pub fn items<T: Decode>(&mut self, count: usize) -> Result<Vec<T>, DecodeError> {
        let needed = count.saturating_mul(T::LEN_BYTES_MIN);
        if needed > self.remaining() {
            let kind = DecodeErrorKind::Truncated { expected: needed, actual: self.remaining() };
            return Err(DecodeError::new(self.offset, kind));
        }
        (0..count).map(|index| T::decode(self).map_err(|error| error.in_item(index))).collect()
    }

    /// A count read from `count_bytes` (as a big-endian integer), then as many values.
    ///
    /// # Errors
    /// [`DecodeErrorKind::TooMany`] above `limit`; else as [`items`](Self::items).
    pub fn counted<T: Decode>(&mut self, prefix: CountPrefix, limit: usize) -> Result<Vec<T>, DecodeError> {
        let offset = self.offset;
        let count = match prefix {
            CountPrefix::U8 => usize::from(u8::decode(self)?),
            CountPrefix::U32 => u32::decode(self)? as usize,
        };
        if count > limit {
            return Err(DecodeError::too_many(offset, limit, count));
        }
        self.items(count)
    }

    /// Checks that nothing is left.
    ///
    /// # Errors
    /// [`DecodeErrorKind::Trailing`] otherwise.
    pub fn finish(&self) -> Result<(), DecodeError> {
        match self.remaining() {
            0 => Ok(()),
            count => Err(DecodeError::new(self.offset, DecodeErrorKind::Trailing { count })),
        }
    }
}

/// Width of the count in front of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountPrefix {
    /// One byte.
    U8,
    /// Four bytes, big-endian.
    U32,
}
