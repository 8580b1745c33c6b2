//! Proofs and verification keys as job payloads carry them.

use chinampa_kernels::Fr;
use serde::{Deserialize, Serialize};

use crate::codec::{
    Array, CountPrefix, Decode, DecodeError, DecodeErrorKind, Encode, Reader, ToFields, TreeIndex, object,
};
use crate::constants;

/// Most fields a key may have; the largest of Aztec 4.1.2 is the AVM's, padded to 1,000.
const KEY_FIELDS_MAX: usize = 1_024;
/// Most bytes of the binary form of a proof or key; the largest of Aztec 4.1.2 (the AVM's) is about 525 kB.
const BINARY_LEN_BYTES_MAX: usize = 4 << 20;

fn encode_counted(bytes: &[u8], out: &mut Vec<u8>) {
    u32::try_from(bytes.len()).expect("a buffer of under 4 GiB").encode(out);
    out.extend_from_slice(bytes);
}

fn decode_counted(reader: &mut Reader<'_>) -> Result<Vec<u8>, DecodeError> {
    let offset = reader.offset();
    let count = u32::decode(reader)? as usize;
    if count > BINARY_LEN_BYTES_MAX {
        return Err(DecodeError::too_many(offset, BINARY_LEN_BYTES_MAX, count));
    }
    reader.take(count).map(<[u8]>::to_vec)
}

/// A proof as the prover wrote it. Aztec's empty proof is 42 zero bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Proof {
    /// Public inputs and proof, as they are.
    #[serde(with = "crate::codec::json::base64")]
    pub buffer: Vec<u8>,
    /// How many leading fields of `buffer` are public inputs.
    pub num_public_inputs: u32,
}

impl Proof {
    /// What Aztec puts where no proof was made: 42 zero bytes.
    pub fn empty() -> Self {
        Self { buffer: vec![0; 42], num_public_inputs: 0 }
    }
}

impl Encode for Proof {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_counted(&self.buffer, out);
        self.num_public_inputs.encode(out);
    }
}

impl Decode for Proof {
    const LEN_BYTES_MIN: usize = 8;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let buffer = decode_counted(reader).map_err(|error| error.in_member("buffer"))?;
        let num_public_inputs = u32::decode(reader).map_err(|error| error.in_member("num_public_inputs"))?;
        Ok(Self { buffer, num_public_inputs })
    }
}

/// A proof of `N` fields that another circuit verifies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecursiveProof<const N: usize> {
    /// The proof without public inputs.
    pub proof: Array<Fr, N>,
    /// The same with public inputs, in bytes.
    pub binary_proof: Proof,
    /// Whether `proof` is meaningful; false for the root proof, which no circuit verifies.
    pub fields_valid: bool,
}

impl<const N: usize> Encode for RecursiveProof<N> {
    fn encode(&self, out: &mut Vec<u8>) {
        u32::try_from(N).expect("proofs have few fields").encode(out);
        self.proof.encode(out);
        self.binary_proof.encode(out);
        self.fields_valid.encode(out);
    }
}

impl<const N: usize> Decode for RecursiveProof<N> {
    const LEN_BYTES_MIN: usize = 4 + 32 * N + Proof::LEN_BYTES_MIN + 1;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = reader.offset();
        let count = u32::decode(reader).map_err(|error| error.in_member("proof"))? as usize;
        if count != N {
            let kind = DecodeErrorKind::Count { expected: N, actual: count };
            return Err(DecodeError::new(offset, kind).in_member("proof"));
        }
        Ok(Self {
            proof: Array::decode(reader).map_err(|error| error.in_member("proof"))?,
            binary_proof: Proof::decode(reader).map_err(|error| error.in_member("binary_proof"))?,
            fields_valid: bool::decode(reader).map_err(|error| error.in_member("fields_valid"))?,
        })
    }
}

impl<const N: usize> ToFields for RecursiveProof<N> {
    /// Only the proof's own fields: circuits see nothing else of it.
    fn to_fields(&self, out: &mut Vec<Fr>) {
        self.proof.to_fields(out);
    }
}

/// A verification key in fields, with its Poseidon2 hash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationKeyAsFields {
    /// 115 fields for Ultra keys, 59 for the root's Keccak key, 127 for the client's hiding kernels.
    pub key: Vec<Fr>,
    /// Leaf of the tree of verification keys.
    pub hash: Fr,
}

impl Encode for VerificationKeyAsFields {
    fn encode(&self, out: &mut Vec<u8>) {
        u32::try_from(self.key.len()).expect("keys have few fields").encode(out);
        self.key.iter().for_each(|field| field.encode(out));
        self.hash.encode(out);
    }
}

impl Decode for VerificationKeyAsFields {
    const LEN_BYTES_MIN: usize = 36;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let key = reader.counted(CountPrefix::U32, KEY_FIELDS_MAX).map_err(|error| error.in_member("key"))?;
        Ok(Self { key, hash: Fr::decode(reader).map_err(|error| error.in_member("hash"))? })
    }
}

impl ToFields for VerificationKeyAsFields {
    fn to_fields(&self, out: &mut Vec<Fr>) {
        out.extend_from_slice(&self.key);
        out.push(self.hash);
    }
}

/// A verification key in both forms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerificationKeyData {
    /// As a circuit sees it.
    pub key_as_fields: VerificationKeyAsFields,
    /// As the prover's key file has it.
    #[serde(with = "crate::codec::json::base64")]
    pub key_as_bytes: Vec<u8>,
}

impl Encode for VerificationKeyData {
    fn encode(&self, out: &mut Vec<u8>) {
        self.key_as_fields.encode(out);
        encode_counted(&self.key_as_bytes, out);
    }
}

impl Decode for VerificationKeyData {
    const LEN_BYTES_MIN: usize = VerificationKeyAsFields::LEN_BYTES_MIN + 4;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            key_as_fields: Decode::decode(reader)
                .map_err(|error: DecodeError| error.in_member("key_as_fields"))?,
            key_as_bytes: decode_counted(reader).map_err(|error| error.in_member("key_as_bytes"))?,
        })
    }
}

impl ToFields for VerificationKeyData {
    fn to_fields(&self, out: &mut Vec<Fr>) {
        self.key_as_fields.to_fields(out);
    }
}

object! {
    /// A verification key and its place in the tree of verification keys.
    #[derive(Default)]
    pub struct VkData {
        /// The key.
        pub vk: VerificationKeyData,
        /// Leaf of the tree.
        pub leaf_index: u32,
        /// From the leaf upwards.
        pub sibling_path: Array<Fr, { constants::VK_TREE_HEIGHT }>,
    }
}

/// A child's public inputs, its proof of `N` fields, and the key that verifies it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProofData<PublicInputs, const N: usize> {
    /// What the child proved.
    pub public_inputs: PublicInputs,
    /// The proof.
    pub proof: RecursiveProof<N>,
    /// The key.
    pub vk_data: VkData,
}

impl<PublicInputs: Encode, const N: usize> Encode for ProofData<PublicInputs, N> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.public_inputs.encode(out);
        self.proof.encode(out);
        self.vk_data.encode(out);
    }
}

impl<PublicInputs: Decode, const N: usize> Decode for ProofData<PublicInputs, N> {
    const LEN_BYTES_MIN: usize =
        PublicInputs::LEN_BYTES_MIN + RecursiveProof::<N>::LEN_BYTES_MIN + VkData::LEN_BYTES_MIN;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            public_inputs: PublicInputs::decode(reader).map_err(|error| error.in_member("public_inputs"))?,
            proof: RecursiveProof::decode(reader).map_err(|error| error.in_member("proof"))?,
            vk_data: VkData::decode(reader).map_err(|error| error.in_member("vk_data"))?,
        })
    }
}

impl<PublicInputs: ToFields, const N: usize> ToFields for ProofData<PublicInputs, N> {
    fn to_fields(&self, out: &mut Vec<Fr>) {
        self.public_inputs.to_fields(out);
        self.proof.to_fields(out);
        self.vk_data.to_fields(out);
    }
}

/// A child whose key is part of the parent circuit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProofDataForFixedVk<PublicInputs, const N: usize> {
    /// What the child proved.
    pub public_inputs: PublicInputs,
    /// The proof.
    pub proof: RecursiveProof<N>,
}

impl<PublicInputs: Encode, const N: usize> Encode for ProofDataForFixedVk<PublicInputs, N> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.public_inputs.encode(out);
        self.proof.encode(out);
    }
}

impl<PublicInputs: Decode, const N: usize> Decode for ProofDataForFixedVk<PublicInputs, N> {
    const LEN_BYTES_MIN: usize = PublicInputs::LEN_BYTES_MIN + RecursiveProof::<N>::LEN_BYTES_MIN;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            public_inputs: PublicInputs::decode(reader).map_err(|error| error.in_member("public_inputs"))?,
            proof: RecursiveProof::decode(reader).map_err(|error| error.in_member("proof"))?,
        })
    }
}

impl<PublicInputs: ToFields, const N: usize> ToFields for ProofDataForFixedVk<PublicInputs, N> {
    fn to_fields(&self, out: &mut Vec<Fr>) {
        self.public_inputs.to_fields(out);
        self.proof.to_fields(out);
    }
}

/// A leaf's place in a tree of height `H`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MembershipWitness<const H: usize> {
    /// The leaf.
    pub leaf_index: TreeIndex,
    /// From the leaf upwards.
    pub sibling_path: Array<Fr, H>,
}

impl<const H: usize> Encode for MembershipWitness<H> {
    fn encode(&self, out: &mut Vec<u8>) {
        self.leaf_index.encode(out);
        self.sibling_path.encode(out);
    }
}

impl<const H: usize> Decode for MembershipWitness<H> {
    const LEN_BYTES_MIN: usize = 32 + 32 * H;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            leaf_index: TreeIndex::decode(reader).map_err(|error| error.in_member("leaf_index"))?,
            sibling_path: Array::decode(reader).map_err(|error| error.in_member("sibling_path"))?,
        })
    }
}

impl<const H: usize> ToFields for MembershipWitness<H> {
    fn to_fields(&self, out: &mut Vec<Fr>) {
        self.leaf_index.to_fields(out);
        self.sibling_path.to_fields(out);
    }
}
