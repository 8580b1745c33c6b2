//! Reading the witness file of Noir 1.0.0-beta.18, which `bb prove -w` takes.
//!
//! The reverse of [`Witness::to_file`]: gzip of one byte for the format and, in msgpack, a stack of one witness map.

use std::io::Read as _;

use chinampa_kernels::Fr;
use chinampa_kernels::field::FIELD_BYTES;
use flate2::read::GzDecoder;

use crate::ultra::MAX_WITNESSES;
use crate::witness::Witness;

/// Format byte of msgpack with structs as arrays.
const FORMAT: u8 = 3;
/// Bytes that one witness takes at most: five for the index, two in front of the value.
const ENTRY_BYTES: usize = 5 + 2 + FIELD_BYTES;
/// Bytes in front of the entries at most.
const HEADER_BYTES: usize = 16;

/// Length of the longest unpacked file of `count` witnesses, in bytes.
fn max_len(count: usize) -> u64 {
    (HEADER_BYTES + count.min(MAX_WITNESSES) * ENTRY_BYTES) as u64
}

/// Why bytes are not a witness file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WitnessFileError {
    /// The bytes are not gzip.
    #[error("not gzip: {0}")]
    Gzip(#[from] std::io::Error),
    /// The file is longer than the program's witnesses can make it.
    #[error("more than {limit} bytes")]
    TooLong {
        /// The limit in bytes.
        limit: u64,
    },
    /// Another serialisation than that of Noir 1.0.0-beta.18.
    #[error("format {actual}, expected {FORMAT}")]
    Format {
        /// First byte found.
        actual: u8,
    },
    /// The bytes do not follow the layout.
    #[error("at byte {offset}: expected {expected}")]
    Layout {
        /// Position after unpacking.
        offset: usize,
        /// What should be there.
        expected: &'static str,
    },
    /// A value is not below the modulus.
    #[error("the value of witness {index} is not below the modulus")]
    Value {
        /// The witness.
        index: u32,
    },
    /// A witness that the program does not have.
    #[error("witness {index}, the program has {count}")]
    Index {
        /// The witness.
        index: u32,
        /// Witnesses of the program.
        count: usize,
    },
}

/// A witness file, unpacked. It can be unpacked before it is known which program it belongs to.
#[derive(Debug)]
pub struct WitnessFile {
    bytes: Vec<u8>,
}

impl WitnessFile {
    /// Unpacks a file.
    ///
    /// # Errors
    /// [`WitnessFileError::Gzip`], [`WitnessFileError::TooLong`]
    pub fn unpack(gzip: &[u8]) -> Result<Self, WitnessFileError> {
        Self::unpack_within(gzip, max_len(MAX_WITNESSES))
    }

    fn unpack_within(gzip: &[u8], limit: u64) -> Result<Self, WitnessFileError> {
        let mut bytes = Vec::new();
        GzDecoder::new(gzip).take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(WitnessFileError::TooLong { limit });
        }
        Ok(Self { bytes })
    }

    /// Reads the file for a program with `count` witnesses. Those that it does not mention have no value.
    ///
    /// # Errors
    /// [`WitnessFileError`], [`Gzip`](WitnessFileError::Gzip) excepted.
    pub fn read(&self, count: usize) -> Result<Witness, WitnessFileError> {
        let limit = max_len(count);
        if self.bytes.len() as u64 > limit {
            return Err(WitnessFileError::TooLong { limit });
        }
        let mut reader = Reader { bytes: &self.bytes, offset: 0 };
        let [format] = reader.take("a format")?;
        if format != FORMAT {
            return Err(WitnessFileError::Format { actual: format });
        }
        // The stack, its list of items, the one item, and its index.
        for (byte, expected) in
            [(0x91, "a stack"), (0x91, "one witness map"), (0x92, "an item"), (0, "index 0")]
        {
            reader.expect(byte, expected)?;
        }
        let mut values = vec![None; count];
        for _ in 0..reader.map_len()? {
            let index = reader.number()?;
            reader.expect(0xc4, "bytes")?;
            reader.expect(FIELD_BYTES as u8, "32 bytes")?;
            let value: [u8; FIELD_BYTES] = reader.take("a value")?;
            let value = Fr::from_be_bytes(&value).map_err(|_| WitnessFileError::Value { index })?;
            let slot = values.get_mut(index as usize).ok_or(WitnessFileError::Index { index, count })?;
            *slot = Some(value);
        }
        if reader.offset < self.bytes.len() {
            return Err(WitnessFileError::Layout { offset: reader.offset, expected: "the end" });
        }
        Ok(Witness::new(values))
    }
}

impl Witness {
    /// Reads a witness file for a program with `count` witnesses. Those that it does not mention have no value.
    ///
    /// # Errors
    /// [`WitnessFileError`]
    pub fn from_file(gzip: &[u8], count: usize) -> Result<Self, WitnessFileError> {
        WitnessFile::unpack_within(gzip, max_len(count))?.read(count)
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self, expected: &'static str) -> Result<[u8; N], WitnessFileError> {
        let taken = self.bytes[self.offset..].first_chunk().copied();
        let taken = taken.ok_or(WitnessFileError::Layout { offset: self.offset, expected })?;
        self.offset += N;
        Ok(taken)
    }

    fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), WitnessFileError> {
        let offset = self.offset;
        if self.take(expected)? == [byte] {
            Ok(())
        } else {
            Err(WitnessFileError::Layout { offset, expected })
        }
    }

    fn map_len(&mut self) -> Result<u32, WitnessFileError> {
        let offset = self.offset;
        match self.take("a map")? {
            [byte @ 0x80..=0x8f] => Ok(u32::from(byte & 0x0f)),
            [0xde] => Ok(u32::from(u16::from_be_bytes(self.take("a length")?))),
            [0xdf] => Ok(u32::from_be_bytes(self.take("a length")?)),
            _ => Err(WitnessFileError::Layout { offset, expected: "a map" }),
        }
    }

    fn number(&mut self) -> Result<u32, WitnessFileError> {
        let offset = self.offset;
        match self.take("an index")? {
            [byte @ 0..=0x7f] => Ok(u32::from(byte)),
            [0xcc] => Ok(u32::from(self.take::<1>("an index")?[0])),
            [0xcd] => Ok(u32::from(u16::from_be_bytes(self.take("an index")?))),
            [0xce] => Ok(u32::from_be_bytes(self.take("an index")?)),
            _ => Err(WitnessFileError::Layout { offset, expected: "an index" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn files_are_read_as_they_are_written() {
        for count in [0, 1, 15, 16, 200, 70_000] {
            let value = |i: u32| (i % 3 != 1).then(|| -Fr::from(i));
            let witness = Witness::new((0..count).map(value).collect());
            let read = Witness::from_file(&witness.to_scratch_file(), count as usize).unwrap();
            assert_eq!(read, witness);
        }
    }

    #[test]
    fn a_file_is_no_longer_than_its_witnesses_can_make_it() {
        let limit = max_len(3);
        let read = |len: u64| {
            let mut bytes = vec![3, 0x91, 0x91, 0x92, 0, 0x80];
            bytes.resize(usize::try_from(len).unwrap(), 0);
            Witness::from_file(&gzip(&bytes), 3).unwrap_err()
        };
        assert!(matches!(read(limit), WitnessFileError::Layout { expected: "the end", .. }));
        assert!(matches!(read(limit + 1), WitnessFileError::TooLong { limit: refused } if refused == limit));
    }

    #[test]
    fn damaged_files_are_refused() {
        let witness = Witness::new(vec![Some(Fr::from(5_u64)), None, Some(Fr::from(7_u64))]);
        let mut bytes = Vec::new();
        GzDecoder::new(witness.to_file().as_slice()).read_to_end(&mut bytes).unwrap();
        assert_eq!(Witness::from_file(&gzip(&bytes), 3).unwrap(), witness);
        let refused = |bytes: &[u8], count| Witness::from_file(&gzip(bytes), count).unwrap_err();
        for len in 0..bytes.len() {
            assert!(
                matches!(refused(&bytes[..len], 3), WitnessFileError::Layout { offset, .. } if offset <= len)
            );
        }
        let longer = [&bytes[..], &[0]].concat();
        assert!(matches!(refused(&longer, 3), WitnessFileError::Layout { expected: "the end", .. }));
        assert!(matches!(refused(&bytes, 2), WitnessFileError::Index { index: 2, count: 2 }));
        let mut large = bytes.clone();
        large[9..41].fill(0xff);
        assert!(matches!(refused(&large, 3), WitnessFileError::Value { index: 0 }));
        let mut format = bytes;
        format[0] = 2;
        assert!(matches!(refused(&format, 3), WitnessFileError::Format { actual: 2 }));
        assert!(matches!(Witness::from_file(b"plain", 3), Err(WitnessFileError::Gzip(_))));
    }
}
