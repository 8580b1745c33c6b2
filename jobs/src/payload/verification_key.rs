//! Framing of verification keys.

use std::fmt;

use super::reader::{FIELD_LEN, Reader, put_u32};
use crate::error::{Error, check_len};
use crate::limits::MAX_RESULT_PART_LEN;

/// A verification key as field elements with their hash, and as Barretenberg's bytes.
///
/// Keys of Aztec 4.1.2 have 115 fields (127 for the hiding kernel); the count is not checked here, nor is the hash.
#[derive(Clone, PartialEq, Eq)]
pub struct VerificationKeyData {
    fields: Vec<[u8; FIELD_LEN]>,
    hash: [u8; FIELD_LEN],
    bytes: Vec<u8>,
}

impl VerificationKeyData {
    /// A key of these parts.
    ///
    /// # Errors
    /// [`Error::TooLong`]
    pub fn new(fields: Vec<[u8; FIELD_LEN]>, hash: [u8; FIELD_LEN], bytes: Vec<u8>) -> Result<Self, Error> {
        check_len("verification key fields", MAX_RESULT_PART_LEN, fields.len() * FIELD_LEN)?;
        check_len("verification key bytes", MAX_RESULT_PART_LEN, bytes.len())?;
        Ok(Self { fields, hash, bytes })
    }

    /// The key as field elements, 32 bytes each, big-endian.
    pub fn fields(&self) -> &[[u8; FIELD_LEN]] {
        &self.fields
    }

    /// Hash of the fields, as the sender says.
    pub fn hash(&self) -> &[u8; FIELD_LEN] {
        &self.hash
    }

    /// The key as Barretenberg wrote it.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Reads the binary form. Bytes after the key are ignored, as Aztec does.
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::TooLong`]
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        check_len("verification key", MAX_RESULT_PART_LEN, bytes.len())?;
        let mut reader = Reader::new(bytes);
        let count = reader.u32("verification key field count")?;
        let (fields, _) = reader.fields("verification key fields", count)?.as_chunks::<FIELD_LEN>();
        let mut hash = [0; FIELD_LEN];
        hash.copy_from_slice(reader.fields("verification key hash", 1)?);
        let len = reader.u32("verification key length")?;
        let key = reader.take("verification key bytes", u64::from(len))?;
        Self::new(fields.to_vec(), hash, key.to_vec())
    }

    /// The binary form.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity((self.fields.len() + 1) * FIELD_LEN + self.bytes.len() + 8);
        put_u32(&mut out, self.fields.len());
        out.extend_from_slice(self.fields.as_flattened());
        out.extend_from_slice(&self.hash);
        put_u32(&mut out, self.bytes.len());
        out.extend_from_slice(&self.bytes);
        out
    }
}

impl fmt::Debug for VerificationKeyData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerificationKeyData")
            .field("fields", &self.fields.len())
            .field("hash", &hex::encode(self.hash))
            .field("bytes", &self.bytes.len())
            .finish()
    }
}
