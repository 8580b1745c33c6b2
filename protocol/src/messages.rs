//! Messages between the layers.

use chinampa_kernels::Fr;
use sha2::{Digest, Sha256};

use crate::address::{AztecAddress, EthAddress};
use crate::codec::output;
use crate::hash::sha256_to_field;

output! {
    /// A message to Ethereum. 52 bytes, 2 fields.
    #[derive(Copy, Hash)]
    pub struct L2ToL1Message {
        /// Who may consume it on L1.
        pub recipient: EthAddress,
        /// What it says; usually a hash.
        pub content: Fr,
    }
}

output! {
    /// A message to Ethereum with its sender. 84 bytes, 3 fields.
    #[derive(Copy, Hash)]
    pub struct ScopedL2ToL1Message {
        /// The message.
        pub message: L2ToL1Message,
        /// Who sent it on L2.
        pub contract_address: AztecAddress,
    }
}

impl ScopedL2ToL1Message {
    /// Leaf of the out-hash tree: [`sha256_to_field`] of 148 bytes, sender 32, rollup version 32, recipient 20,
    /// chain id 32, content 32. The recipient is packed, as L1 packs it.
    pub fn hash(&self, rollup_version: Fr, chain_id: Fr) -> Fr {
        let digest = Sha256::new()
            .chain_update(self.contract_address.0.to_be_bytes())
            .chain_update(rollup_version.to_be_bytes())
            .chain_update(self.message.recipient.0)
            .chain_update(chain_id.to_be_bytes())
            .chain_update(self.message.content.to_be_bytes());
        crate::hash::digest_to_field(digest.finalize().into())
    }
}

/// A message from Ethereum, as the inbox contract holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct L1ToL2Message {
    /// Sender on L1.
    pub sender: EthAddress,
    /// Chain of the sender.
    pub chain_id: Fr,
    /// Who may consume it on L2.
    pub recipient: AztecAddress,
    /// Version of the rollup it is for.
    pub version: Fr,
    /// What it says; usually a hash.
    pub content: Fr,
    /// Hash of the secret that lets its holder consume it.
    pub secret_hash: Fr,
    /// Its leaf in the message tree: checkpoint `n` owns `[(n - 1) * 1024, n * 1024)`.
    pub index: u64,
}

impl L1ToL2Message {
    /// Leaf of the message tree, equal to the `hash` of the inbox event: [`sha256_to_field`] of seven words.
    pub fn hash(&self) -> Fr {
        let mut words = [0; 7 * 32];
        let members = [
            self.sender.to_field(),
            self.chain_id,
            self.recipient.0,
            self.version,
            self.content,
            self.secret_hash,
            Fr::from(self.index),
        ];
        for (word, member) in words.chunks_exact_mut(32).zip(members) {
            word.copy_from_slice(&member.to_be_bytes());
        }
        sha256_to_field(&words)
    }
}

/// The inbox's running hash over all its messages, 16 bytes, starting at zero:
/// `keccak256(previous || leaf)[..16]`.
pub fn next_rolling_hash(previous: [u8; 16], leaf: Fr) -> [u8; 16] {
    use sha3::Keccak256;
    let digest = Keccak256::new().chain_update(previous).chain_update(leaf.to_be_bytes()).finalize();
    digest[..16].try_into().expect("16 of 32 bytes")
}
