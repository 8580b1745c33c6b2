//! A whole block: header, effects, and where it stands.

use chinampa_kernels::Fr;
use serde::{Deserialize, Serialize};

use super::BlockHeader;
use crate::codec::{CountPrefix, Decode, DecodeError, Encode, Reader};
use crate::state::AppendOnlyTreeSnapshot;
use crate::tree::wonky_sha_root;
use crate::tx::TxEffect;

/// Most txs of a block that a decoder takes (Aztec's own bound).
pub(crate) const TXS_PER_BLOCK_MAX: usize = 1 << 16;

/// The effects of a block's txs, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Body {
    /// One effect a tx.
    pub tx_effects: Vec<TxEffect>,
}

/// A block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct L2Block {
    /// Archive after this block.
    pub archive: AppendOnlyTreeSnapshot,
    /// Header.
    pub header: BlockHeader,
    /// What its txs did.
    pub body: Body,
    /// The checkpoint it belongs to.
    pub checkpoint_number: u32,
    /// Its place in the checkpoint, from 0.
    pub index_within_checkpoint: u32,
}

impl L2Block {
    /// Root over the L2 to L1 messages of the block; zero without any.
    pub fn out_hash(&self) -> Fr {
        let leaves: Vec<Fr> = self.body.tx_effects.iter().map(TxEffect::out_hash).collect();
        wonky_sha_root(&leaves)
    }
}

impl Encode for L2Block {
    fn encode(&self, out: &mut Vec<u8>) {
        self.header.encode(out);
        self.archive.encode(out);
        u32::try_from(self.body.tx_effects.len()).expect("few txs a block").encode(out);
        self.body.tx_effects.iter().for_each(|effect| effect.encode(out));
        self.checkpoint_number.encode(out);
        self.index_within_checkpoint.encode(out);
    }
}

impl Decode for L2Block {
    const LEN_BYTES_MIN: usize = BlockHeader::LEN_BYTES_MIN + AppendOnlyTreeSnapshot::LEN_BYTES_MIN + 12;

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let header = BlockHeader::decode(reader).map_err(|error| error.in_member("header"))?;
        let archive = Decode::decode(reader).map_err(|error: DecodeError| error.in_member("archive"))?;
        let tx_effects = reader
            .counted(CountPrefix::U32, TXS_PER_BLOCK_MAX)
            .map_err(|error| error.in_member("tx_effects").in_member("body"))?;
        let checkpoint_number = u32::decode(reader).map_err(|error| error.in_member("checkpoint_number"))?;
        let index_within_checkpoint =
            u32::decode(reader).map_err(|error| error.in_member("index_within_checkpoint"))?;
        Ok(Self { archive, header, body: Body { tx_effects }, checkpoint_number, index_within_checkpoint })
    }
}
