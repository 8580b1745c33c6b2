//! Attestations in the form of Aztec's TypeScript objects.

use chinampa_protocol::codec::{Decode, DecodeError, Encode, Reader};

use crate::archiver::Attestations;

const SIGNATURE_LEN: usize = 65;
const ADDRESS_LEN: usize = 20;

/// A member of a committee: its signature, or its address if it did not sign. What is not known is zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommitteeAttestation {
    /// The member, if it did not sign.
    pub address: [u8; 20],
    /// First part of the signature.
    pub r: [u8; 32],
    /// Second part.
    pub s: [u8; 32],
    /// Recovery id, 27 or 28; 0 without a signature.
    pub v: u32,
}

impl CommitteeAttestation {
    /// The members of a committee from what L1 has. What does not add up ends the list.
    pub fn unpack(packed: &Attestations) -> Vec<Self> {
        let mut members = Vec::new();
        let mut rest = packed.signatures_or_addresses.as_slice();
        while !rest.is_empty() {
            let index = members.len();
            let byte = packed.signature_indices.get(index / 8).copied().unwrap_or_default();
            let has_signed = byte >> (7 - index % 8) & 1 == 1;
            let len = if has_signed { SIGNATURE_LEN } else { ADDRESS_LEN };
            let Some((entry, after)) = rest.split_at_checked(len) else { break };
            rest = after;
            members.push(match entry {
                [v, parts @ ..] if has_signed => {
                    let part =
                        |from: usize| parts[from..from + 32].try_into().expect("64 bytes are two parts");
                    Self { address: [0; 20], v: u32::from(*v), r: part(0), s: part(32) }
                }
                _ => Self { address: entry.try_into().expect("an address"), ..Self::default() },
            });
        }
        members
    }
}

impl Encode for CommitteeAttestation {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.address);
        out.extend_from_slice(&self.r);
        out.extend_from_slice(&self.s);
        self.v.encode(out);
    }
}

impl Decode for CommitteeAttestation {
    const LEN_BYTES_MIN: usize = 88;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            address: reader.take_array()?,
            r: reader.take_array()?,
            s: reader.take_array()?,
            v: u32::decode(reader)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_and_unsigned_members_in_their_order() {
        let mut packed = vec![7; 20];
        packed.extend([&[27][..], &[1; 32], &[2; 32]].concat());
        let packed = Attestations { signature_indices: vec![0b0100_0000], signatures_or_addresses: packed };
        let members = CommitteeAttestation::unpack(&packed);
        let unsigned = CommitteeAttestation { address: [7; 20], ..CommitteeAttestation::default() };
        let signed = CommitteeAttestation { address: [0; 20], r: [1; 32], s: [2; 32], v: 27 };
        assert_eq!(members, [unsigned, signed]);
        assert_eq!(CommitteeAttestation::from_bytes(&signed.to_bytes()).unwrap(), signed);
        assert_eq!(signed.to_bytes().len(), CommitteeAttestation::LEN_BYTES_MIN);
    }
}
