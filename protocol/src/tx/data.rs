//! A tx as clients send it, nodes serve it and file stores keep it.

use chinampa_kernels::Fr;
use chinampa_kernels::hash::poseidon2::hash_with_separator;
use serde::{Deserialize, Serialize};

use super::kernel::{PrivateToPublicKernelCircuitPublicInputs, PrivateToRollupKernelCircuitPublicInputs};
use super::logs::{encode_short_list, short_list};
use super::{PublicCallRequest, TxConstantData};
use crate::address::AztecAddress;
use crate::circuits::ContractClassLogFields;
use crate::codec::{Array, Decode, DecodeError, DecodeErrorKind, Encode, Reader, ToFields as _};
use crate::constants::{
    CHONK_PROOF_LENGTH, MAX_CONTRACT_CLASS_LOGS_PER_TX, MAX_ENQUEUED_CALLS_PER_TX,
    MAX_FR_CALLDATA_TO_ALL_ENQUEUED_CALLS, domain_separator,
};
use crate::gas::Gas;

/// The client's proof without its public inputs.
pub type ChonkProof = Array<Fr, { CHONK_PROOF_LENGTH }>;

/// Public inputs of the client's last circuit. The variant decides how the tx is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TxData {
    /// No public calls: one base circuit is enough.
    ForRollup(Box<PrivateToRollupKernelCircuitPublicInputs>),
    /// Public calls: the AVM runs them.
    ForPublic(Box<PrivateToPublicKernelCircuitPublicInputs>),
}

impl TxData {
    /// What was fixed when the tx was built.
    pub fn constants(&self) -> &TxConstantData {
        match self {
            Self::ForRollup(data) => &data.constants,
            Self::ForPublic(data) => &data.constants,
        }
    }

    /// Who pays.
    pub fn fee_payer(&self) -> AztecAddress {
        match self {
            Self::ForRollup(data) => data.fee_payer,
            Self::ForPublic(data) => data.fee_payer,
        }
    }

    /// Gas used before any public call.
    pub fn gas_used(&self) -> Gas {
        match self {
            Self::ForRollup(data) => data.gas_used,
            Self::ForPublic(data) => data.gas_used,
        }
    }

    /// Last second at which the tx may be included.
    pub fn expiration_timestamp(&self) -> u64 {
        match self {
            Self::ForRollup(data) => data.expiration_timestamp,
            Self::ForPublic(data) => data.expiration_timestamp,
        }
    }

    /// The public calls in the order in which they run: setup, app logic, teardown.
    pub fn public_calls(&self) -> Vec<PublicCallRequest> {
        let Self::ForPublic(data) = self else { return Vec::new() };
        let setup = &data.non_revertible_accumulated_data.public_call_requests;
        let app_logic = &data.revertible_accumulated_data.public_call_requests;
        let teardown = std::iter::once(&data.public_teardown_call_request);
        setup
            .iter()
            .chain(app_logic.iter())
            .chain(teardown)
            .filter(|call| !call.is_empty())
            .copied()
            .collect()
    }

    /// Hash of the tx: Poseidon2 of the public inputs' fields behind the separator of its kind. It binds neither
    /// the client's proof, nor calldata and class logs other than through their hashes.
    pub fn tx_hash(&self) -> Fr {
        match self {
            Self::ForRollup(data) => hash_with_separator(domain_separator::PRIVATE_TX_HASH, &data.fields()),
            Self::ForPublic(data) => hash_with_separator(domain_separator::PUBLIC_TX_HASH, &data.fields()),
        }
    }
}

/// The wire has the members that both kinds share first: constants, gas used, fee payer, expiration.
impl Encode for TxData {
    fn encode(&self, out: &mut Vec<u8>) {
        matches!(self, Self::ForPublic(_)).encode(out);
        self.constants().encode(out);
        self.gas_used().encode(out);
        self.fee_payer().encode(out);
        self.expiration_timestamp().encode(out);
        match self {
            Self::ForRollup(data) => data.end.encode(out),
            Self::ForPublic(data) => {
                data.non_revertible_accumulated_data.encode(out);
                data.revertible_accumulated_data.encode(out);
                data.public_teardown_call_request.encode(out);
            }
        }
    }
}

impl Decode for TxData {
    const LEN_BYTES_MIN: usize = 1 + PrivateToRollupKernelCircuitPublicInputs::LEN_BYTES_MIN;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        fn member<T: Decode>(reader: &mut Reader<'_>, name: &'static str) -> Result<T, DecodeError> {
            T::decode(reader).map_err(|error| error.in_member(name))
        }
        let for_public: bool = member(reader, "for_public")?;
        let constants = member(reader, "constants")?;
        let gas_used = member(reader, "gas_used")?;
        let fee_payer = member(reader, "fee_payer")?;
        let expiration_timestamp = member(reader, "expiration_timestamp")?;
        if !for_public {
            let end = member(reader, "end")?;
            return Ok(Self::ForRollup(Box::new(PrivateToRollupKernelCircuitPublicInputs {
                constants,
                end,
                gas_used,
                fee_payer,
                expiration_timestamp,
            })));
        }
        Ok(Self::ForPublic(Box::new(PrivateToPublicKernelCircuitPublicInputs {
            constants,
            non_revertible_accumulated_data: member(reader, "non_revertible_accumulated_data")?,
            revertible_accumulated_data: member(reader, "revertible_accumulated_data")?,
            public_teardown_call_request: member(reader, "public_teardown_call_request")?,
            gas_used,
            fee_payer,
            expiration_timestamp,
        })))
    }
}

/// A call's calldata and the hash that the kernel bound.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashedValues {
    /// Function selector and arguments.
    pub values: Vec<Fr>,
    /// Hash of them.
    pub hash: Fr,
}

impl Encode for HashedValues {
    fn encode(&self, out: &mut Vec<u8>) {
        u32::try_from(self.values.len()).expect("calldata is short").encode(out);
        self.values.iter().for_each(|value| value.encode(out));
        self.hash.encode(out);
    }
}

impl Decode for HashedValues {
    const LEN_BYTES_MIN: usize = 36;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let values = reader
            .counted(crate::codec::CountPrefix::U32, MAX_FR_CALLDATA_TO_ALL_ENQUEUED_CALLS)
            .map_err(|error| error.in_member("values"))?;
        Ok(Self { values, hash: Fr::decode(reader).map_err(|error| error.in_member("hash"))? })
    }
}

/// A tx.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tx {
    /// What its sender calls it. Untrusted: see [`Tx::check`].
    pub tx_hash: Fr,
    /// What the client proved.
    pub data: TxData,
    /// The client's proof. The tx hash does not bind it.
    pub chonk_proof: ChonkProof,
    /// Fields of the contract class logs.
    pub contract_class_log_fields: Vec<ContractClassLogFields>,
    /// Calldata of the public calls, in no particular order: see [`Tx::calldata`].
    pub public_function_calldata: Vec<HashedValues>,
}

/// Most public calls of a tx: two phases and the teardown.
const PUBLIC_CALLS_MAX: usize = 2 * MAX_ENQUEUED_CALLS_PER_TX + 1;

fn encode_proof(proof: &ChonkProof, out: &mut Vec<u8>) {
    u32::try_from(proof.len()).expect("proofs have few fields").encode(out);
    proof.encode(out);
}

fn decode_proof(reader: &mut Reader<'_>) -> Result<ChonkProof, DecodeError> {
    let offset = reader.offset();
    let count = u32::decode(reader)? as usize;
    if count != CHONK_PROOF_LENGTH {
        let kind = DecodeErrorKind::Count { expected: CHONK_PROOF_LENGTH, actual: count };
        return Err(DecodeError::new(offset, kind));
    }
    ChonkProof::decode(reader)
}

impl Encode for Tx {
    fn encode(&self, out: &mut Vec<u8>) {
        self.tx_hash.encode(out);
        self.data.encode(out);
        encode_proof(&self.chonk_proof, out);
        encode_short_list(&self.contract_class_log_fields, out);
        encode_short_list(&self.public_function_calldata, out);
    }
}

impl Decode for Tx {
    const LEN_BYTES_MIN: usize = 32 + TxData::LEN_BYTES_MIN + 4 + 32 * CHONK_PROOF_LENGTH + 2;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            tx_hash: Fr::decode(reader).map_err(|error| error.in_member("tx_hash"))?,
            data: TxData::decode(reader).map_err(|error| error.in_member("data"))?,
            chonk_proof: decode_proof(reader).map_err(|error| error.in_member("chonk_proof"))?,
            contract_class_log_fields: short_list(
                reader,
                MAX_CONTRACT_CLASS_LOGS_PER_TX,
                "contract_class_log_fields",
            )?,
            public_function_calldata: short_list(reader, PUBLIC_CALLS_MAX, "public_function_calldata")?,
        })
    }
}

/// What a node's RPC serves: data and proof as base64 of their buffers, the rest as JSON.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TxJson {
    tx_hash: Fr,
    #[serde(with = "crate::codec::json::base64")]
    data: Vec<u8>,
    #[serde(with = "crate::codec::json::base64")]
    chonk_proof: Vec<u8>,
    contract_class_log_fields: Vec<ContractClassLogFields>,
    public_function_calldata: Vec<HashedValues>,
}

impl Serialize for Tx {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut chonk_proof = Vec::new();
        encode_proof(&self.chonk_proof, &mut chonk_proof);
        TxJson {
            tx_hash: self.tx_hash,
            data: self.data.to_bytes(),
            chonk_proof,
            contract_class_log_fields: self.contract_class_log_fields.clone(),
            public_function_calldata: self.public_function_calldata.clone(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Tx {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        let json = TxJson::deserialize(deserializer)?;
        let in_member = |name: &str, error: DecodeError| D::Error::custom(format!("{name}: {error}"));
        let mut reader = Reader::new(&json.chonk_proof);
        let chonk_proof = decode_proof(&mut reader)
            .and_then(|proof| reader.finish().map(|()| proof))
            .map_err(|error| in_member("chonkProof", error))?;
        Ok(Self {
            tx_hash: json.tx_hash,
            data: TxData::from_bytes(&json.data).map_err(|error| in_member("data", error))?,
            chonk_proof,
            contract_class_log_fields: json.contract_class_log_fields,
            public_function_calldata: json.public_function_calldata,
        })
    }
}
