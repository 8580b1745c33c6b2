//! The committee's signatures under a checkpoint, packed as the rollup contract takes them.
//!
//! # Source
//! Aztec 4.1.2 `stdlib/src/block/attestation_info.ts`, `AttestationLib.sol`.

use alloy::primitives::{Address, B256, Signature, U256};
use chinampa_protocol::codec::{CountPrefix, Decode, DecodeError, Encode, Reader};

const SIGNATURE_LEN: usize = 65;
const ADDRESS_LEN: usize = 20;
/// Most bytes of either part that are read back from the store. A committee of 1,024 needs 66,560.
const PART_LEN_MAX: usize = 1 << 20;

/// Signatures in the order of the committee: of each member a signature, or its address when it did not sign.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attestations {
    /// One bit a member, first member in the highest bit of the first byte: whether it signed.
    pub signature_indices: Vec<u8>,
    /// 65 bytes `v, r, s` of a member that signed, 20 of one that did not; nothing between them.
    pub signatures_or_addresses: Vec<u8>,
}

/// Why a committee did not attest to a checkpoint. L1 accepts such a checkpoint at first and drops it when somebody
/// points it out, so nothing may be built on it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttestationError {
    /// The packed bytes do not hold one entry for each member.
    #[error("the attestations have another length than {members} members need")]
    Length {
        /// Size of the committee.
        members: usize,
    },
    /// A signature is not one, or an entry belongs to somebody else.
    #[error("attestation {index} is not of {expected}")]
    Signer {
        /// Position in the committee.
        index: usize,
        /// The member at it.
        expected: Address,
    },
    /// Too few signed.
    #[error("{signed} of {members} members signed, {needed} are needed")]
    TooFew {
        /// Valid signatures.
        signed: usize,
        /// Size of the committee.
        members: usize,
        /// More than two thirds of it.
        needed: usize,
    },
}

impl Attestations {
    /// Checks every entry against the committee. An empty committee attests to anything.
    ///
    /// `digest` is the signed digest of the [payload](chinampa_protocol::block::AttestationPayload).
    ///
    /// # Errors
    /// [`AttestationError`], the first thing that is wrong.
    pub fn validate(&self, digest: B256, committee: &[Address]) -> Result<(), AttestationError> {
        if committee.is_empty() {
            return Ok(());
        }
        let members = committee.len();
        let length = || AttestationError::Length { members };
        let mut rest = self.signatures_or_addresses.as_slice();
        let mut signed = 0;
        for (index, expected) in committee.iter().enumerate() {
            let byte = self.signature_indices.get(index / 8).ok_or_else(length)?;
            let has_signed = byte >> (7 - index % 8) & 1 == 1;
            let len = if has_signed { SIGNATURE_LEN } else { ADDRESS_LEN };
            let (entry, after) = rest.split_at_checked(len).ok_or_else(length)?;
            rest = after;
            let signer = if has_signed { recover(entry, digest) } else { Some(Address::from_slice(entry)) };
            if signer != Some(*expected) {
                return Err(AttestationError::Signer { index, expected: *expected });
            }
            signed += usize::from(has_signed);
        }
        if !rest.is_empty() {
            return Err(length());
        }
        let needed = members * 2 / 3 + 1;
        if signed < needed { Err(AttestationError::TooFew { signed, members, needed }) } else { Ok(()) }
    }
}

/// Who signed. `None` for a recovery id other than 27 and 28, for a high `s`, and where no key fits.
fn recover(entry: &[u8], digest: B256) -> Option<Address> {
    let parity = match entry[0] {
        27 => false,
        28 => true,
        _ => return None,
    };
    let word = |from: usize| U256::from_be_slice(&entry[from..from + 32]);
    let signature = Signature::new(word(1), word(33), parity);
    if signature.normalize_s().is_some() {
        return None;
    }
    signature.recover_address_from_prehash(&digest).ok()
}

impl Encode for Attestations {
    fn encode(&self, out: &mut Vec<u8>) {
        for part in [&self.signature_indices, &self.signatures_or_addresses] {
            u32::try_from(part.len()).expect("bounded by L1's calldata").encode(out);
            out.extend_from_slice(part);
        }
    }
}

impl Decode for Attestations {
    const LEN_BYTES_MIN: usize = 8;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            signature_indices: reader.counted(CountPrefix::U32, PART_LEN_MAX)?,
            signatures_or_addresses: reader.counted(CountPrefix::U32, PART_LEN_MAX)?,
        })
    }
}
