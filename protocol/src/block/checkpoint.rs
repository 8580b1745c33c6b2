//! A checkpoint: the unit that L1 accepts, one to 72 blocks in one slot.

use chinampa_kernels::Fr;
use serde::{Deserialize, Serialize};

use super::{BlockHeader, L2Block};
use crate::address::{AztecAddress, EthAddress};
use crate::codec::{CountPrefix, Decode, DecodeError, DecodeErrorKind, Encode, Reader, WideU32};
use crate::gas::GasFees;
use crate::hash::sha256_to_field;
use crate::state::AppendOnlyTreeSnapshot;
use crate::tree::{unbalanced_poseidon_root, wonky_sha_root};

/// Most blocks of a checkpoint that a decoder takes (Aztec's own bound).
pub(crate) const BLOCKS_PER_CHECKPOINT_MAX: usize = 72;

/// What L1 knows of a checkpoint. 316 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckpointHeader {
    /// Archive root before its first block.
    pub last_archive_root: Fr,
    /// Root of the unbalanced Poseidon2 tree over its block hashes.
    pub block_headers_hash: Fr,
    /// SHA-256 over the versioned hashes of its blobs, cut to a field.
    pub blobs_hash: Fr,
    /// Root of the balanced SHA-256 tree over its 1,024 L1 to L2 messages.
    pub in_hash: Fr,
    /// Root of the epoch's out-hash tree with all checkpoints up to this one.
    pub epoch_out_hash: Fr,
    /// Its slot.
    pub slot_number: u32,
    /// Start of the slot, seconds since 1970.
    #[serde(with = "crate::codec::json::decimal")]
    pub timestamp: u64,
    /// Receives the proposer's rewards on L1.
    pub coinbase: EthAddress,
    /// Receives the fees on L2.
    pub fee_recipient: AztecAddress,
    /// Price of gas.
    pub gas_fees: GasFees,
    /// Execution gas of all its blocks.
    pub total_mana_used: Fr,
}

impl CheckpointHeader {
    /// The hash that L1 stores: [`sha256_to_field`] of the 316 bytes.
    pub fn hash(&self) -> Fr {
        sha256_to_field(&self.to_bytes())
    }
}

impl Encode for CheckpointHeader {
    fn encode(&self, out: &mut Vec<u8>) {
        self.last_archive_root.encode(out);
        self.block_headers_hash.encode(out);
        self.blobs_hash.encode(out);
        self.in_hash.encode(out);
        self.epoch_out_hash.encode(out);
        WideU32(self.slot_number).encode(out);
        self.timestamp.encode(out);
        self.coinbase.encode(out);
        self.fee_recipient.encode(out);
        self.gas_fees.encode(out);
        self.total_mana_used.encode(out);
    }
}

impl Decode for CheckpointHeader {
    const LEN_BYTES_MIN: usize = 316;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        fn member<T: Decode>(reader: &mut Reader<'_>, name: &'static str) -> Result<T, DecodeError> {
            T::decode(reader).map_err(|error| error.in_member(name))
        }
        Ok(Self {
            last_archive_root: member(reader, "last_archive_root")?,
            block_headers_hash: member(reader, "block_headers_hash")?,
            blobs_hash: member(reader, "blobs_hash")?,
            in_hash: member(reader, "in_hash")?,
            epoch_out_hash: member(reader, "epoch_out_hash")?,
            slot_number: member::<WideU32>(reader, "slot_number")?.0,
            timestamp: member(reader, "timestamp")?,
            coinbase: member(reader, "coinbase")?,
            fee_recipient: member(reader, "fee_recipient")?,
            gas_fees: member(reader, "gas_fees")?,
            total_mana_used: member(reader, "total_mana_used")?,
        })
    }
}

/// The proposer's vote on the price of the fee asset, in basis points; a signed 256-bit integer on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FeeAssetPriceModifier(#[serde(with = "signed_decimal")] pub i64);

mod signed_decimal {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|_| D::Error::custom(format!("expected a signed decimal string, got {text:?}")))
    }
}

impl Encode for FeeAssetPriceModifier {
    fn encode(&self, out: &mut Vec<u8>) {
        let sign = if self.0 < 0 { 0xff } else { 0 };
        out.extend_from_slice(&[sign; 24]);
        out.extend_from_slice(&self.0.to_be_bytes());
    }
}

impl Decode for FeeAssetPriceModifier {
    const LEN_BYTES_MIN: usize = 32;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = reader.offset();
        let bytes: [u8; 32] = reader.take_array()?;
        let value = i64::from_be_bytes(bytes[24..].try_into().expect("eight of 32 bytes"));
        let sign = if value < 0 { 0xff } else { 0 };
        if bytes[..24].iter().any(|byte| *byte != sign) {
            let kind = DecodeErrorKind::Range { bits: 64, actual: hex::encode(bytes) };
            return Err(DecodeError::new(offset, kind));
        }
        Ok(Self(value))
    }
}

/// A checkpoint with its blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Checkpoint {
    /// Archive after its last block.
    pub archive: AppendOnlyTreeSnapshot,
    /// Header.
    pub header: CheckpointHeader,
    /// Its blocks, in order.
    pub blocks: Vec<L2Block>,
    /// Its number; the first is 1.
    pub number: u32,
    /// The proposer's vote on the price of the fee asset.
    pub fee_asset_price_modifier: FeeAssetPriceModifier,
}

impl Checkpoint {
    /// The value that the header's `block_headers_hash` must have.
    pub fn block_headers_hash(&self) -> Fr {
        let hashes: Vec<Fr> = self.blocks.iter().map(|block| BlockHeader::hash(&block.header)).collect();
        unbalanced_poseidon_root(&hashes)
    }

    /// Root over the L2 to L1 messages of the checkpoint: its leaf of the epoch's out-hash tree. Zero without
    /// any.
    pub fn out_hash(&self) -> Fr {
        let leaves: Vec<Fr> = self.blocks.iter().map(L2Block::out_hash).collect();
        wonky_sha_root(&leaves)
    }
}

impl Encode for Checkpoint {
    fn encode(&self, out: &mut Vec<u8>) {
        self.archive.encode(out);
        self.header.encode(out);
        u32::try_from(self.blocks.len()).expect("few blocks a checkpoint").encode(out);
        self.blocks.iter().for_each(|block| block.encode(out));
        self.number.encode(out);
        self.fee_asset_price_modifier.encode(out);
    }
}

impl Decode for Checkpoint {
    const LEN_BYTES_MIN: usize = 36 + CheckpointHeader::LEN_BYTES_MIN + 40;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let archive = Decode::decode(reader).map_err(|error: DecodeError| error.in_member("archive"))?;
        let header = CheckpointHeader::decode(reader).map_err(|error| error.in_member("header"))?;
        let blocks = reader
            .counted(CountPrefix::U32, BLOCKS_PER_CHECKPOINT_MAX)
            .map_err(|error| error.in_member("blocks"))?;
        let number = u32::decode(reader).map_err(|error| error.in_member("number"))?;
        let fee_asset_price_modifier = FeeAssetPriceModifier::decode(reader)
            .map_err(|error| error.in_member("fee_asset_price_modifier"))?;
        Ok(Self { archive, header, blocks, number, fee_asset_price_modifier })
    }
}
