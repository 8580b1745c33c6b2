//! What a tx did: the part of it that is published in a blob.

use chinampa_kernels::Fr;
use serde::{Deserialize, Serialize};

use super::PrivateLog;
use super::logs::{ContractClassLog, PublicLog, encode_short_list, short_list};
use crate::circuits::PublicDataWrite;
use crate::codec::{CountPrefix, Decode, DecodeError, DecodeErrorKind, Encode, Reader};
use crate::constants::{
    FLAT_PUBLIC_LOGS_PAYLOAD_LENGTH, MAX_CONTRACT_CLASS_LOGS_PER_TX, MAX_L2_TO_L1_MSGS_PER_TX,
    MAX_NOTE_HASHES_PER_TX, MAX_NULLIFIERS_PER_TX, MAX_PRIVATE_LOGS_PER_TX,
    MAX_TOTAL_PUBLIC_DATA_UPDATE_REQUESTS_PER_TX,
};
use crate::tree::unbalanced_sha_root;

/// Which parts of a tx reverted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
#[repr(u8)]
pub enum RevertCode {
    /// None.
    #[default]
    Ok = 0,
    /// The app logic.
    AppLogicReverted = 1,
    /// The teardown.
    TeardownReverted = 2,
    /// App logic and teardown.
    BothReverted = 3,
}

/// A number that is no revert code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a revert code from 0 to 3, got {0}")]
pub struct RevertCodeError(pub u8);

impl TryFrom<u8> for RevertCode {
    type Error = RevertCodeError;

    fn try_from(code: u8) -> Result<Self, RevertCodeError> {
        match code {
            0 => Ok(Self::Ok),
            1 => Ok(Self::AppLogicReverted),
            2 => Ok(Self::TeardownReverted),
            3 => Ok(Self::BothReverted),
            other => Err(RevertCodeError(other)),
        }
    }
}

impl From<RevertCode> for u8 {
    fn from(code: RevertCode) -> Self {
        code as Self
    }
}

impl Encode for RevertCode {
    fn encode(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
}

impl Decode for RevertCode {
    const LEN_BYTES_MIN: usize = 1;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = reader.offset();
        Self::try_from(u8::decode(reader)?).map_err(|RevertCodeError(actual)| {
            let expected = "a revert code from 0 to 3".to_owned();
            DecodeError::new(offset, DecodeErrorKind::Mismatch { expected, actual: actual.to_string() })
        })
    }
}

/// What a tx did to the state. Lists hold what is really there, without padding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TxEffect {
    /// Which parts reverted.
    pub revert_code: RevertCode,
    /// The tx.
    pub tx_hash: Fr,
    /// What it paid.
    pub transaction_fee: Fr,
    /// Unique note hashes.
    pub note_hashes: Vec<Fr>,
    /// Siloed nullifiers, at least one.
    pub nullifiers: Vec<Fr>,
    /// Hashes of messages to Ethereum.
    pub l2_to_l1_msgs: Vec<Fr>,
    /// Writes to public storage, the fee payment included.
    pub public_data_writes: Vec<PublicDataWrite>,
    /// Logs for private recipients.
    pub private_logs: Vec<PrivateLog>,
    /// Public logs.
    pub public_logs: Vec<PublicLog>,
    /// Logs that publish contract classes.
    pub contract_class_logs: Vec<ContractClassLog>,
}

impl TxEffect {
    /// Root over the tx's messages to Ethereum; zero without any.
    pub fn out_hash(&self) -> Fr {
        unbalanced_sha_root(&self.l2_to_l1_msgs)
    }
}

impl Encode for TxEffect {
    fn encode(&self, out: &mut Vec<u8>) {
        self.revert_code.encode(out);
        self.tx_hash.encode(out);
        self.transaction_fee.encode(out);
        encode_short_list(&self.note_hashes, out);
        encode_short_list(&self.nullifiers, out);
        encode_short_list(&self.l2_to_l1_msgs, out);
        encode_short_list(&self.public_data_writes, out);
        encode_short_list(&self.private_logs, out);
        u32::try_from(self.public_logs.len()).expect("lists of a tx are short").encode(out);
        self.public_logs.iter().for_each(|log| log.encode(out));
        encode_short_list(&self.contract_class_logs, out);
    }
}

impl Decode for TxEffect {
    const LEN_BYTES_MIN: usize = 75;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            revert_code: RevertCode::decode(reader).map_err(|error| error.in_member("revert_code"))?,
            tx_hash: Fr::decode(reader).map_err(|error| error.in_member("tx_hash"))?,
            transaction_fee: Fr::decode(reader).map_err(|error| error.in_member("transaction_fee"))?,
            note_hashes: short_list(reader, MAX_NOTE_HASHES_PER_TX, "note_hashes")?,
            nullifiers: short_list(reader, MAX_NULLIFIERS_PER_TX, "nullifiers")?,
            l2_to_l1_msgs: short_list(reader, MAX_L2_TO_L1_MSGS_PER_TX, "l2_to_l1_msgs")?,
            public_data_writes: short_list(
                reader,
                MAX_TOTAL_PUBLIC_DATA_UPDATE_REQUESTS_PER_TX,
                "public_data_writes",
            )?,
            private_logs: short_list(reader, MAX_PRIVATE_LOGS_PER_TX, "private_logs")?,
            public_logs: reader
                .counted(CountPrefix::U32, FLAT_PUBLIC_LOGS_PAYLOAD_LENGTH)
                .map_err(|error| error.in_member("public_logs"))?,
            contract_class_logs: short_list(reader, MAX_CONTRACT_CLASS_LOGS_PER_TX, "contract_class_logs")?,
        })
    }
}
