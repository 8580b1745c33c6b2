//! What a job of a Noir program is given.

use super::reader::{Reader, put_u32};
use crate::error::{Error, check_len};
use crate::limits::MAX_INPUTS_LEN;

const FIELD: &str = "inputs";
/// First byte of the binary form.
const VERSION: u8 = 1;
/// Longest name of a target, in bytes.
const MAX_TARGET_LEN: usize = 64;

/// A program, its witness, and who verifies the proof.
///
/// # Binary form
/// A byte of version, the length of the target in a byte and the target; then, each behind its length in four bytes, big-endian,
/// bytecode and witness. Nothing follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramInputs {
    /// Who verifies, as `bb -t` names it, such as `noir-recursive`.
    pub target: String,
    /// The program as Noir's `bytecode` holds it: ACIR behind gzip.
    pub bytecode: Vec<u8>,
    /// The witness as `nargo execute` writes it.
    pub witness: Vec<u8>,
}

impl ProgramInputs {
    /// The binary form.
    ///
    /// # Errors
    /// [`Error::TooLong`]
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        check_len("target", MAX_TARGET_LEN, self.target.len())?;
        check_len("program", MAX_INPUTS_LEN, self.bytecode.len())?;
        check_len("witness", MAX_INPUTS_LEN, self.witness.len())?;
        let target_len = u8::try_from(self.target.len()).expect("checked just now");
        let mut out = vec![VERSION, target_len];
        out.extend_from_slice(self.target.as_bytes());
        for part in [&self.bytecode, &self.witness] {
            put_u32(&mut out, part.len());
            out.extend_from_slice(part);
        }
        check_len(FIELD, MAX_INPUTS_LEN, out.len())?;
        Ok(out)
    }

    /// Reads the binary form.
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::TooLong`], [`Error::Length`] if bytes follow, [`Error::Utf8`], [`Error::Version`]
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        check_len(FIELD, MAX_INPUTS_LEN, bytes.len())?;
        let mut reader = Reader::new(bytes);
        let mut byte = |field| reader.take(field, 1).map(|byte| byte[0]);
        let (version, target_len) = (byte("version")?, byte("length of target")?);
        if version != VERSION {
            return Err(Error::Version { field: FIELD, expected: VERSION, actual: version });
        }
        check_len("target", MAX_TARGET_LEN, usize::from(target_len))?;
        let target = reader.take("target", u64::from(target_len))?.to_vec();
        let target = String::from_utf8(target)
            .map_err(|error| Error::Utf8 { field: "target", offset: 2 + error.utf8_error().valid_up_to() })?;
        let mut part = |field: &'static str| {
            let len = reader.u32(field)?;
            Ok::<_, Error>(reader.take(field, u64::from(len))?.to_vec())
        };
        let (bytecode, witness) = (part("program")?, part("witness")?);
        let expected = bytes.len() - reader.remaining();
        if reader.remaining() > 0 {
            return Err(Error::Length { field: FIELD, expected, actual: bytes.len() });
        }
        Ok(Self { target, bytecode, witness })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs() -> ProgramInputs {
        ProgramInputs { target: "evm".to_owned(), bytecode: vec![1, 2, 3], witness: vec![4] }
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = inputs().encode().unwrap();
        assert_eq!(ProgramInputs::decode(&bytes), Ok(inputs()));
        for len in 0..bytes.len() {
            let cut = ProgramInputs::decode(&bytes[..len]);
            assert!(matches!(cut, Err(Error::Truncated { .. })), "{len}: {cut:?}");
        }
        let longer = ProgramInputs::decode(&[&bytes[..], &[0]].concat());
        assert!(matches!(longer, Err(Error::Length { expected: 17, actual: 18, .. })), "{longer:?}");
        let newer = ProgramInputs::decode(&[&[2], &bytes[1..]].concat());
        assert!(matches!(newer, Err(Error::Version { expected: 1, actual: 2, .. })), "{newer:?}");
        let mut not_text = bytes;
        not_text[3] = 0xff;
        let not_text = ProgramInputs::decode(&not_text);
        assert!(matches!(not_text, Err(Error::Utf8 { offset: 3, .. })), "{not_text:?}");
    }

    #[test]
    fn limits_hold() {
        let of_target = |len| ProgramInputs { target: "x".repeat(len), ..inputs() }.encode();
        let longest = of_target(MAX_TARGET_LEN).unwrap();
        assert!(ProgramInputs::decode(&longest).is_ok());
        assert!(matches!(of_target(MAX_TARGET_LEN + 1), Err(Error::TooLong { limit: MAX_TARGET_LEN, .. })));
        // Lengths and names take 14 bytes.
        let of_program = |len| ProgramInputs { bytecode: vec![0; len], ..inputs() }.encode();
        assert_eq!(of_program(MAX_INPUTS_LEN - 14).unwrap().len(), MAX_INPUTS_LEN);
        assert!(matches!(of_program(MAX_INPUTS_LEN - 13), Err(Error::TooLong { .. })));
        let far = [&[1, 0][..], &u32::MAX.to_be_bytes()].concat();
        assert!(matches!(ProgramInputs::decode(&far), Err(Error::Truncated { .. })));
    }
}
