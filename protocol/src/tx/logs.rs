//! Logs that everybody can read.

use chinampa_kernels::Fr;
use serde::{Deserialize, Serialize};

use crate::address::AztecAddress;
use crate::circuits::ContractClassLogFields;
use crate::codec::{CountPrefix, Decode, DecodeError, Encode, Reader, object};
use crate::constants::FLAT_PUBLIC_LOGS_PAYLOAD_LENGTH;

/// A log of public code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicLog {
    /// The contract that emitted it.
    pub contract_address: AztecAddress,
    /// What was emitted.
    pub fields: Vec<Fr>,
}

impl Encode for PublicLog {
    fn encode(&self, out: &mut Vec<u8>) {
        u32::try_from(self.fields.len()).expect("logs are short").encode(out);
        self.contract_address.encode(out);
        self.fields.iter().for_each(|field| field.encode(out));
    }
}

impl Decode for PublicLog {
    const LEN_BYTES_MIN: usize = 36;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = reader.offset();
        let count = u32::decode(reader).map_err(|error| error.in_member("fields"))? as usize;
        if count > FLAT_PUBLIC_LOGS_PAYLOAD_LENGTH {
            return Err(
                DecodeError::too_many(offset, FLAT_PUBLIC_LOGS_PAYLOAD_LENGTH, count).in_member("fields")
            );
        }
        let contract_address =
            AztecAddress::decode(reader).map_err(|error| error.in_member("contract_address"))?;
        let fields = reader.items(count).map_err(|error| error.in_member("fields"))?;
        Ok(Self { contract_address, fields })
    }
}

object! {
    /// The log that publishes a contract class.
    #[derive(Default, Hash)]
    pub struct ContractClassLog {
        /// The contract that emitted it: the class registry.
        pub contract_address: AztecAddress,
        /// All its fields, zero padded.
        pub fields: ContractClassLogFields,
        /// How many of them were emitted.
        pub emitted_length: u32,
    }
}

impl ContractClassLog {
    /// The fields that were emitted; all of them if `emitted_length` claims more than there are.
    pub fn emitted(&self) -> &[Fr] {
        &self.fields.fields[..self.fields.fields.len().min(self.emitted_length as usize)]
    }
}

/// Reads a list behind a count of one byte.
pub(super) fn short_list<T: Decode>(
    reader: &mut Reader<'_>,
    limit: usize,
    name: &'static str,
) -> Result<Vec<T>, DecodeError> {
    reader.counted(CountPrefix::U8, limit).map_err(|error| error.in_member(name))
}

/// Writes a list behind a count of one byte.
pub(super) fn encode_short_list<T: Encode>(items: &[T], out: &mut Vec<u8>) {
    u8::try_from(items.len()).expect("lists of a tx are short").encode(out);
    items.iter().for_each(|item| item.encode(out));
}
