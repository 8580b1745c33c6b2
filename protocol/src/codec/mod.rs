//! The three encodings of every Aztec object: bytes, circuit fields, JSON.
//!
//! - *Bytes* ([`Encode`], [`Decode`]): Aztec's `toBuffer`. Integers are big-endian, structs are the plain
//!   concatenation of their members. This is what job payloads carry and what job ids hash.
//! - *Fields* ([`ToFields`], [`FromFields`]): the flattening of Noir's ABI, one field per scalar, in the order
//!   of the circuit's own structs. It is the input witness of a circuit and its public inputs.
//! - *JSON* (serde): what Aztec's node RPC speaks; see [`json`] for how integers are written.
//!
//! Decoders take untrusted input: they never panic, they allocate at most a small multiple of the bytes that
//! are really there, and a [`DecodeError`] names the member, the offset, what was expected and what came.
//!
//! # Sources
//! Aztec 4.1.2 `foundation/serialize`, `stdlib` classes; layouts checked against recorded buffers of all
//! 18 request types.

mod abi;
mod array;
mod error;
pub mod json;
mod object;
mod primitives;
mod reader;

pub use abi::{AbiError, FieldReader, FromFields, ToFields};
pub use array::Array;
pub use error::{DecodeError, DecodeErrorKind};
pub(crate) use object::{object, output};
pub use primitives::{TreeIndex, WideU32};
pub use reader::{CountPrefix, Reader};

/// Writes Aztec's buffer form.
pub trait Encode {
    /// Appends the buffer form to `out`.
    fn encode(&self, out: &mut Vec<u8>);

    /// The buffer form on its own.
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode(&mut out);
        out
    }
}

/// Reads Aztec's buffer form.
pub trait Decode: Sized {
    /// Fewest bytes that any value takes; bounds how many items a counted list can hold.
    const LEN_BYTES_MIN: usize;

    /// Reads one value and leaves `reader` behind it.
    ///
    /// # Errors
    /// [`DecodeError`] at the first member that does not fit.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;

    /// Reads one value that must take all of `bytes`.
    ///
    /// # Errors
    /// As [`decode`](Self::decode), and [`DecodeErrorKind::Trailing`] if bytes are left over.
    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let value = Self::decode(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }
}
