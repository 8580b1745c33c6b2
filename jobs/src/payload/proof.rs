//! Framing of proofs. Field elements stay bytes: whether they are below the modulus is not checked here.

use std::fmt;

use super::reader::{FIELD_LEN, Reader, put_u32};
use crate::error::{Error, check_len};
use crate::limits::MAX_RESULT_PART_LEN;

/// A proof as Barretenberg wrote it.
#[derive(Clone, PartialEq, Eq)]
pub struct Proof {
    bytes: Vec<u8>,
    public_input_count: u32,
}

impl Proof {
    /// Size of the placeholder for "no binary proof", in bytes.
    pub const EMPTY_LEN: usize = 42;

    /// A proof and the number of public inputs at its start.
    ///
    /// # Errors
    /// [`Error::TooLong`]
    pub fn new(bytes: Vec<u8>, public_input_count: u32) -> Result<Self, Error> {
        check_len("binary proof", MAX_RESULT_PART_LEN, bytes.len())?;
        Ok(Self { bytes, public_input_count })
    }

    /// The placeholder: 42 zero bytes, as Aztec writes where it has no binary proof.
    pub fn empty() -> Self {
        Self { bytes: vec![0; Self::EMPTY_LEN], public_input_count: 0 }
    }

    /// Whether this is the placeholder.
    pub fn is_empty(&self) -> bool {
        *self == Self::empty()
    }

    /// The proof's bytes, public inputs first.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many public inputs, of 32 bytes each, the bytes start with.
    pub fn public_input_count(&self) -> u32 {
        self.public_input_count
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Error> {
        let len = reader.u32("binary proof length")?;
        let bytes = reader.take("binary proof", u64::from(len))?;
        let public_input_count = reader.u32("binary proof public input count")?;
        Self::new(bytes.to_vec(), public_input_count)
    }

    fn write(&self, out: &mut Vec<u8>) {
        put_u32(out, self.bytes.len());
        out.extend_from_slice(&self.bytes);
        out.extend_from_slice(&self.public_input_count.to_be_bytes());
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proof({} bytes, {} public inputs)", self.bytes.len(), self.public_input_count)
    }
}

/// A proof in the two forms that Aztec passes on: field elements for recursive verification, without public
/// inputs, and the binary proof.
#[derive(Clone, PartialEq, Eq)]
pub struct RecursiveProof {
    fields: Vec<[u8; FIELD_LEN]>,
    binary: Proof,
    fields_valid: bool,
}

impl RecursiveProof {
    /// A proof of these parts. `fields_valid` says that `fields` are those of `binary`.
    ///
    /// # Errors
    /// [`Error::TooLong`]
    pub fn new(fields: Vec<[u8; FIELD_LEN]>, binary: Proof, fields_valid: bool) -> Result<Self, Error> {
        check_len("proof fields", MAX_RESULT_PART_LEN, fields.len() * FIELD_LEN)?;
        Ok(Self { fields, binary, fields_valid })
    }

    /// Field elements, 32 bytes each, big-endian.
    pub fn fields(&self) -> &[[u8; FIELD_LEN]] {
        &self.fields
    }

    /// The proof as Barretenberg wrote it, or [`Proof::empty`].
    pub fn binary(&self) -> &Proof {
        &self.binary
    }

    /// Whether the fields are those of the binary proof.
    pub fn fields_valid(&self) -> bool {
        self.fields_valid
    }

    /// Reads the binary form of a proof of `expected` field elements. Bytes after the proof are ignored, as Aztec does.
    ///
    /// # Errors
    /// [`Error::ProofLength`], [`Error::Truncated`], [`Error::TooLong`]
    pub fn decode(bytes: &[u8], expected: usize) -> Result<Self, Error> {
        check_len("recursive proof", MAX_RESULT_PART_LEN, bytes.len())?;
        let mut reader = Reader::new(bytes);
        let count = reader.u32("proof length")?;
        if usize::try_from(count) != Ok(expected) {
            let actual = usize::try_from(count).unwrap_or(usize::MAX);
            return Err(Error::ProofLength { expected, actual });
        }
        let (fields, _) = reader.fields("proof fields", count)?.as_chunks::<FIELD_LEN>();
        let binary = Proof::read(&mut reader)?;
        let fields_valid = reader.boolean("fields valid flag")?;
        Self::new(fields.to_vec(), binary, fields_valid)
    }

    /// The binary form.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.fields.len() * FIELD_LEN + self.binary.bytes.len() + 13);
        put_u32(&mut out, self.fields.len());
        out.extend_from_slice(self.fields.as_flattened());
        self.binary.write(&mut out);
        out.push(u8::from(self.fields_valid));
        out
    }
}

impl fmt::Debug for RecursiveProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecursiveProof")
            .field("fields", &self.fields.len())
            .field("binary", &self.binary)
            .field("fields_valid", &self.fields_valid)
            .finish()
    }
}
