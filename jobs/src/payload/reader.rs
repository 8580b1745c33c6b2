//! A cursor over big-endian binary forms.

use crate::error::Error;

/// Bytes of a field element.
pub(super) const FIELD_LEN: usize = 32;

/// Reads fields one after the other. Lengths are checked against what is left before anything is copied.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// The next `len` bytes.
    pub(super) fn take(&mut self, field: &'static str, len: u64) -> Result<&'a [u8], Error> {
        let rest = &self.bytes[self.offset..];
        let taken = usize::try_from(len).ok().and_then(|len| rest.get(..len)).ok_or(Error::Truncated {
            field,
            offset: self.offset,
            expected: len,
            actual: rest.len(),
        })?;
        self.offset += taken.len();
        Ok(taken)
    }

    /// Bytes that were not read yet.
    pub(super) fn remaining(&self) -> usize {
        self.bytes.len() - self.offset
    }

    /// A four-byte number.
    pub(super) fn u32(&mut self, field: &'static str) -> Result<u32, Error> {
        let mut number = [0; 4];
        number.copy_from_slice(self.take(field, 4)?);
        Ok(u32::from_be_bytes(number))
    }

    /// `count` field elements, as their bytes.
    pub(super) fn fields(&mut self, field: &'static str, count: u32) -> Result<&'a [u8], Error> {
        self.take(field, u64::from(count) * FIELD_LEN as u64)
    }

    /// A byte; Aztec reads every value but zero as true.
    pub(super) fn boolean(&mut self, field: &'static str) -> Result<bool, Error> {
        Ok(self.take(field, 1)? != [0])
    }
}

/// Appends a length or count as four bytes.
pub(super) fn put_u32(out: &mut Vec<u8>, number: usize) {
    let number =
        u32::try_from(number).expect("every length is limited to a few megabytes when the value is built");
    out.extend_from_slice(&number.to_be_bytes());
}
