//! What validators sign of a checkpoint.

use chinampa_kernels::Fr;
use sha3::{Digest, Keccak256};

use super::FeeAssetPriceModifier;
use crate::codec::Encode as _;

/// The first word of a signed checkpoint attestation; other messages of validators have other numbers.
const CHECKPOINT_ATTESTATION: u8 = 1;

/// What a validator attests to.
///
/// # Source
/// Aztec 4.1.2 `stdlib/src/p2p/consensus_payload.ts`; `ProposeLib.sol` computes the same digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttestationPayload {
    /// Archive root after the checkpoint.
    pub archive: Fr,
    /// The proposer's vote on the price of the fee asset.
    pub fee_asset_price_modifier: FeeAssetPriceModifier,
    /// Hash of the checkpoint's header.
    pub header_hash: Fr,
}

impl AttestationPayload {
    /// Four words: kind, archive, modifier, header hash.
    pub fn to_sign(&self) -> Vec<u8> {
        let mut words = vec![0; 31];
        words.push(CHECKPOINT_ATTESTATION);
        self.archive.encode(&mut words);
        self.fee_asset_price_modifier.encode(&mut words);
        self.header_hash.encode(&mut words);
        words
    }

    /// The `payloadDigest` of L1's event.
    pub fn digest(&self) -> [u8; 32] {
        Keccak256::digest(self.to_sign()).into()
    }

    /// What is signed: the digest as an Ethereum signed message.
    pub fn signed_digest(&self) -> [u8; 32] {
        let prefixed = Keccak256::new().chain_update("\x19Ethereum Signed Message:\n32");
        prefixed.chain_update(self.digest()).finalize().into()
    }
}
