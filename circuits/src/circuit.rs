//! The Noir circuits of the rollup, and which artifact stands for each.

use std::fmt;

/// A Noir circuit that a proving job can ask for. The AVM is not one: it has no artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Circuit {
    /// Verifies a client's proof whose tx makes public calls.
    PublicChonkVerifier,
    /// A tx without public calls.
    PrivateTxBase,
    /// A tx with public calls.
    PublicTxBase,
    /// Two neighbours of the tx level.
    TxMerge,
    /// First block of a checkpoint, two or more txs.
    BlockRootFirst,
    /// First block of a checkpoint, one tx.
    BlockRootSingleTxFirst,
    /// First block of a checkpoint, no tx.
    BlockRootEmptyTxFirst,
    /// A later block, two or more txs.
    BlockRoot,
    /// A later block, one tx.
    BlockRootSingleTx,
    /// Two neighbours of the block level.
    BlockMerge,
    /// A checkpoint of two or more blocks.
    CheckpointRoot,
    /// A checkpoint of one block.
    CheckpointRootSingleBlock,
    /// The partner of the only checkpoint of an epoch.
    CheckpointPadding,
    /// Two neighbours of the checkpoint level.
    CheckpointMerge,
    /// The epoch.
    Root,
    /// A quarter of a checkpoint's messages.
    ParityBase,
    /// A checkpoint's messages.
    ParityRoot,
}

/// Which of a circuit's two artifacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Variant {
    /// The circuit that is proven.
    Proven,
    /// The same computation without constraints, where Aztec has one (for the costly circuits); else the circuit that
    /// is proven. It has no verification key.
    Simulated,
}

impl Circuit {
    /// All of them, in the order of Aztec's proving request types.
    pub const ALL: [Self; 17] = [
        Self::PublicChonkVerifier,
        Self::PrivateTxBase,
        Self::PublicTxBase,
        Self::TxMerge,
        Self::BlockRootFirst,
        Self::BlockRootSingleTxFirst,
        Self::BlockRootEmptyTxFirst,
        Self::BlockRoot,
        Self::BlockRootSingleTx,
        Self::BlockMerge,
        Self::CheckpointRoot,
        Self::CheckpointRootSingleBlock,
        Self::CheckpointPadding,
        Self::CheckpointMerge,
        Self::Root,
        Self::ParityBase,
        Self::ParityRoot,
    ];

    /// Name of the artifact that is proven, without `.json`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PublicChonkVerifier => "chonk_verifier_public",
            Self::PrivateTxBase => "rollup_tx_base_private",
            Self::PublicTxBase => "rollup_tx_base_public",
            Self::TxMerge => "rollup_tx_merge",
            Self::BlockRootFirst => "rollup_block_root_first",
            Self::BlockRootSingleTxFirst => "rollup_block_root_first_single_tx",
            Self::BlockRootEmptyTxFirst => "rollup_block_root_first_empty_tx",
            Self::BlockRoot => "rollup_block_root",
            Self::BlockRootSingleTx => "rollup_block_root_single_tx",
            Self::BlockMerge => "rollup_block_merge",
            Self::CheckpointRoot => "rollup_checkpoint_root",
            Self::CheckpointRootSingleBlock => "rollup_checkpoint_root_single_block",
            Self::CheckpointPadding => "rollup_checkpoint_padding",
            Self::CheckpointMerge => "rollup_checkpoint_merge",
            Self::Root => "rollup_root",
            Self::ParityBase => "parity_base",
            Self::ParityRoot => "parity_root",
        }
    }

    /// Whether Aztec has another artifact for simulation.
    ///
    /// # Sources
    /// `SimulatedServerCircuitArtifacts` of `@aztec/noir-protocol-circuits-types` 4.1.2.
    pub const fn has_simulated_artifact(self) -> bool {
        matches!(
            self,
            Self::PrivateTxBase
                | Self::PublicTxBase
                | Self::BlockRootFirst
                | Self::BlockRootSingleTxFirst
                | Self::BlockRoot
                | Self::BlockRootSingleTx
                | Self::CheckpointRoot
                | Self::CheckpointRootSingleBlock
        )
    }

    /// Name of an artifact's file.
    pub fn file_name(self, variant: Variant) -> String {
        let name = self.name();
        match self.artifact_variant(variant) {
            Variant::Proven => format!("{name}.json"),
            Variant::Simulated => format!("{name}_simulated.json"),
        }
    }

    /// The artifact that stands for `variant`: the proven one where there is no other.
    pub const fn artifact_variant(self, variant: Variant) -> Variant {
        if self.has_simulated_artifact() { variant } else { Variant::Proven }
    }
}

impl fmt::Display for Circuit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
