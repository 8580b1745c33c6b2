//! Verification keys of the release's circuits, and the tree of their hashes.
//!
//! Every circuit that verifies a proof takes the child's key with a path to the root that the rollup contract
//! pins, so no key needs to be trusted on its own.
//!
//! # Sources
//! Aztec 4.1.2 `noir-protocol-circuits-types` (`verificationKey` of each artifact, `vk_tree.ts`), copied to
//! `keys/4.1.2.json` by `cargo xtask keys`.

use std::sync::LazyLock;

use chinampa_kernels::Fr;
use chinampa_kernels::hash::poseidon2::hash_pair;
use serde::Deserialize;

use crate::codec::Array;
use crate::constants::VK_TREE_HEIGHT;
use crate::proof::{VerificationKeyAsFields, VerificationKeyData, VkData};

const KEYS: &str = include_str!("keys/4.1.2.json");

/// A circuit with a key in the tree that a prover meets: the client's two last circuits and the rollup's 17.
/// The client's other circuits are only leaves here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Circuit {
    /// What a client proves of a private-only tx.
    HidingKernelToRollup = 4,
    /// What a client proves of a tx with public calls.
    HidingKernelToPublic = 5,
    /// `PUBLIC_CHONK_VERIFIER`
    PublicChonkVerifier = 6,
    /// `PRIVATE_TX_BASE_ROLLUP`
    PrivateTxBaseRollup = 7,
    /// `PUBLIC_TX_BASE_ROLLUP`
    PublicTxBaseRollup = 8,
    /// `TX_MERGE_ROLLUP`
    TxMergeRollup = 9,
    /// `BLOCK_ROOT_FIRST_ROLLUP`
    BlockRootFirstRollup = 10,
    /// `BLOCK_ROOT_SINGLE_TX_FIRST_ROLLUP`
    BlockRootSingleTxFirstRollup = 11,
    /// `BLOCK_ROOT_EMPTY_TX_FIRST_ROLLUP`
    BlockRootEmptyTxFirstRollup = 12,
    /// `BLOCK_ROOT_ROLLUP`
    BlockRootRollup = 13,
    /// `BLOCK_ROOT_SINGLE_TX_ROLLUP`
    BlockRootSingleTxRollup = 14,
    /// `BLOCK_MERGE_ROLLUP`
    BlockMergeRollup = 15,
    /// `CHECKPOINT_ROOT_ROLLUP`
    CheckpointRootRollup = 16,
    /// `CHECKPOINT_ROOT_SINGLE_BLOCK_ROLLUP`
    CheckpointRootSingleBlockRollup = 17,
    /// `CHECKPOINT_PADDING_ROLLUP`
    CheckpointPaddingRollup = 18,
    /// `CHECKPOINT_MERGE_ROLLUP`
    CheckpointMergeRollup = 19,
    /// `ROOT_ROLLUP`
    RootRollup = 20,
    /// `PARITY_BASE`
    ParityBase = 21,
    /// `PARITY_ROOT`
    ParityRoot = 22,
}

impl Circuit {
    /// All of them, in the order of their leaves.
    pub const ALL: [Self; 19] = [
        Self::HidingKernelToRollup,
        Self::HidingKernelToPublic,
        Self::PublicChonkVerifier,
        Self::PrivateTxBaseRollup,
        Self::PublicTxBaseRollup,
        Self::TxMergeRollup,
        Self::BlockRootFirstRollup,
        Self::BlockRootSingleTxFirstRollup,
        Self::BlockRootEmptyTxFirstRollup,
        Self::BlockRootRollup,
        Self::BlockRootSingleTxRollup,
        Self::BlockMergeRollup,
        Self::CheckpointRootRollup,
        Self::CheckpointRootSingleBlockRollup,
        Self::CheckpointPaddingRollup,
        Self::CheckpointMergeRollup,
        Self::RootRollup,
        Self::ParityBase,
        Self::ParityRoot,
    ];

    /// The circuit of a proving request, by Aztec's number. `None` for 0, which is the AVM, and above 17.
    pub fn of_request(number: u32) -> Option<Self> {
        // The requests 1 to 17 follow the two circuits of the client, in the same order.
        let place = usize::try_from(number).ok()?.checked_add(1)?;
        if number == 0 { None } else { Self::ALL.get(place).copied() }
    }

    /// File stem of its artifact.
    pub fn artifact(self) -> &'static str {
        &FILE.keys[self.place()].circuit
    }

    /// Its leaf in the tree of keys.
    pub const fn leaf_index(self) -> u32 {
        self as u32
    }

    /// Its key.
    pub fn key(self) -> &'static VerificationKeyData {
        &self.vk_data().vk
    }

    /// Its key with the path to the root of the tree, as circuits take it.
    pub fn vk_data(self) -> &'static VkData {
        &TABLE[self.place()]
    }

    fn place(self) -> usize {
        self as usize - Self::HidingKernelToRollup as usize
    }
}

#[derive(Deserialize)]
struct File {
    leaves: Vec<Fr>,
    keys: Vec<FileKey>,
}

#[derive(Deserialize)]
struct FileKey {
    circuit: String,
    key: String,
}

static FILE: LazyLock<File> =
    LazyLock::new(|| serde_json::from_str(KEYS).expect("the checked-in file is generated"));

static TABLE: LazyLock<Vec<VkData>> = LazyLock::new(|| {
    let levels = levels(&FILE.leaves);
    let circuits = Circuit::ALL.into_iter().zip(&FILE.keys);
    circuits.map(|(circuit, file)| vk_data(&levels, circuit.leaf_index(), &file.key)).collect()
});

/// The root of the tree, which the rollup contract pins as `vkTreeRoot`.
pub fn tree_root() -> Fr {
    levels(&FILE.leaves)[VK_TREE_HEIGHT][0]
}

/// All nodes of the tree, leaves first; leaves that are not given are zero.
fn levels(leaves: &[Fr]) -> Vec<Vec<Fr>> {
    let mut level = leaves.to_vec();
    level.resize(1 << VK_TREE_HEIGHT, Fr::ZERO);
    let mut levels = vec![level];
    for height in 0..VK_TREE_HEIGHT {
        let pairs = levels[height].chunks_exact(2);
        let parents = pairs.map(|pair| hash_pair(pair[0], pair[1])).collect();
        levels.push(parents);
    }
    levels
}

fn vk_data(levels: &[Vec<Fr>], leaf_index: u32, key_hex: &str) -> VkData {
    let key_as_bytes = hex::decode(key_hex).expect("the checked-in keys are hex");
    let fields = key_as_bytes.chunks_exact(32);
    let key = fields.map(|field| Fr::from_be_slice(field).expect("a key is a sequence of fields")).collect();
    let place = |height: usize| (leaf_index as usize >> height) ^ 1;
    VkData {
        vk: VerificationKeyData {
            key_as_fields: VerificationKeyAsFields { key, hash: levels[0][leaf_index as usize] },
            key_as_bytes,
        },
        leaf_index,
        sibling_path: Array::from_fn(|height| levels[height][place(height)]),
    }
}
