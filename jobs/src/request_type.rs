//! The kinds of proofs: Aztec's numbers and names, hand-out order, and what a result of each kind holds.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::{Error, excerpt};

/// `ProvingRequestType` of Aztec 4.1.2, and one of our own. The discriminant is the number on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum RequestType {
    /// One public transaction in the AVM.
    PublicVm = 0,
    /// Verification of the client's proof of a public transaction.
    PublicChonkVerifier = 1,
    /// Rollup of one private transaction.
    PrivateTxBaseRollup = 2,
    /// Rollup of one public transaction.
    PublicTxBaseRollup = 3,
    /// Merge of two transaction rollups.
    TxMergeRollup = 4,
    /// First block of a checkpoint, two transaction rollups.
    BlockRootFirstRollup = 5,
    /// First block of a checkpoint, one transaction.
    BlockRootSingleTxFirstRollup = 6,
    /// First block of a checkpoint, no transaction.
    BlockRootEmptyTxFirstRollup = 7,
    /// A later block, two transaction rollups.
    BlockRootRollup = 8,
    /// A later block, one transaction.
    BlockRootSingleTxRollup = 9,
    /// Merge of two block rollups.
    BlockMergeRollup = 10,
    /// Checkpoint of two block rollups.
    CheckpointRootRollup = 11,
    /// Checkpoint of one block.
    CheckpointRootSingleBlockRollup = 12,
    /// Empty second child for an epoch of one checkpoint.
    CheckpointPaddingRollup = 13,
    /// Merge of two checkpoint rollups.
    CheckpointMergeRollup = 14,
    /// The epoch's root proof, the one that goes to L1.
    RootRollup = 15,
    /// Parity of 256 messages from L1.
    ParityBase = 16,
    /// Parity of four bases.
    ParityRoot = 17,
    /// A program of a Noir developer. Aztec's programs do not know it: it goes over our own protocol only.
    NoirProgram = 18,
}

/// Class of the public inputs in a result. All of them but that of programs have a fixed size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PublicInputsClass {
    /// `ParityPublicInputs`
    Parity,
    /// `PublicChonkVerifierPublicInputs`
    PublicChonkVerifier,
    /// `TxRollupPublicInputs`
    TxRollup,
    /// `BlockRollupPublicInputs`
    BlockRollup,
    /// `CheckpointRollupPublicInputs`
    CheckpointRollup,
    /// `RootRollupPublicInputs`
    RootRollup,
    /// The public inputs of a program, 32 bytes each.
    Program,
}

impl PublicInputsClass {
    /// Size of its binary form, in bytes; none if it depends on the program.
    pub const fn len_bytes(self) -> Option<usize> {
        Some(match self {
            Self::Parity => 96,
            Self::PublicChonkVerifier => 82_753,
            Self::TxRollup => 1114,
            Self::BlockRollup => 1270,
            Self::CheckpointRollup => 3568,
            Self::RootRollup => 3136,
            Self::Program => return None,
        })
    }
}

impl RequestType {
    /// How many request types there are.
    pub const COUNT: usize = 19;

    /// How many of them Aztec has: those with the first numbers.
    pub const AZTEC_COUNT: usize = 18;

    /// All of them, by number.
    pub const ALL: [Self; Self::COUNT] = [
        Self::PublicVm,
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
        Self::NoirProgram,
    ];

    /// All of them in the order in which Aztec's broker hands out jobs: what is nearest to the root first. Programs come last.
    pub const BY_PRIORITY: [Self; Self::COUNT] = [
        Self::RootRollup,
        Self::BlockRootFirstRollup,
        Self::BlockRootSingleTxFirstRollup,
        Self::BlockRootEmptyTxFirstRollup,
        Self::BlockRootRollup,
        Self::BlockRootSingleTxRollup,
        Self::BlockMergeRollup,
        Self::CheckpointRootRollup,
        Self::CheckpointRootSingleBlockRollup,
        Self::CheckpointMergeRollup,
        Self::CheckpointPaddingRollup,
        Self::TxMergeRollup,
        Self::PublicTxBaseRollup,
        Self::PrivateTxBaseRollup,
        Self::PublicVm,
        Self::PublicChonkVerifier,
        Self::ParityRoot,
        Self::ParityBase,
        Self::NoirProgram,
    ];

    /// Whether Aztec's programs know it.
    pub const fn is_aztecs(self) -> bool {
        (self.number() as usize) < Self::AZTEC_COUNT
    }

    /// The number on the wire, 0 to 18.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The type with this number.
    pub fn from_number(number: u64) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }

    /// Aztec's name, as in job ids and object paths.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PublicVm => "PUBLIC_VM",
            Self::PublicChonkVerifier => "PUBLIC_CHONK_VERIFIER",
            Self::PrivateTxBaseRollup => "PRIVATE_TX_BASE_ROLLUP",
            Self::PublicTxBaseRollup => "PUBLIC_TX_BASE_ROLLUP",
            Self::TxMergeRollup => "TX_MERGE_ROLLUP",
            Self::BlockRootFirstRollup => "BLOCK_ROOT_FIRST_ROLLUP",
            Self::BlockRootSingleTxFirstRollup => "BLOCK_ROOT_SINGLE_TX_FIRST_ROLLUP",
            Self::BlockRootEmptyTxFirstRollup => "BLOCK_ROOT_EMPTY_TX_FIRST_ROLLUP",
            Self::BlockRootRollup => "BLOCK_ROOT_ROLLUP",
            Self::BlockRootSingleTxRollup => "BLOCK_ROOT_SINGLE_TX_ROLLUP",
            Self::BlockMergeRollup => "BLOCK_MERGE_ROLLUP",
            Self::CheckpointRootRollup => "CHECKPOINT_ROOT_ROLLUP",
            Self::CheckpointRootSingleBlockRollup => "CHECKPOINT_ROOT_SINGLE_BLOCK_ROLLUP",
            Self::CheckpointPaddingRollup => "CHECKPOINT_PADDING_ROLLUP",
            Self::CheckpointMergeRollup => "CHECKPOINT_MERGE_ROLLUP",
            Self::RootRollup => "ROOT_ROLLUP",
            Self::ParityBase => "PARITY_BASE",
            Self::ParityRoot => "PARITY_ROOT",
            Self::NoirProgram => "NOIR_PROGRAM",
        }
    }

    /// Place in [`Self::BY_PRIORITY`], from 1; the job with the smallest rank is handed out first.
    pub const fn priority_rank(self) -> u8 {
        match self {
            Self::RootRollup => 1,
            Self::BlockRootFirstRollup => 2,
            Self::BlockRootSingleTxFirstRollup => 3,
            Self::BlockRootEmptyTxFirstRollup => 4,
            Self::BlockRootRollup => 5,
            Self::BlockRootSingleTxRollup => 6,
            Self::BlockMergeRollup => 7,
            Self::CheckpointRootRollup => 8,
            Self::CheckpointRootSingleBlockRollup => 9,
            Self::CheckpointMergeRollup => 10,
            Self::CheckpointPaddingRollup => 11,
            Self::TxMergeRollup => 12,
            Self::PublicTxBaseRollup => 13,
            Self::PrivateTxBaseRollup => 14,
            Self::PublicVm => 15,
            Self::PublicChonkVerifier => 16,
            Self::ParityRoot => 17,
            Self::ParityBase => 18,
            Self::NoirProgram => 19,
        }
    }

    /// Field elements of the recursive proof in a result: `AVM_V2_PROOF_LENGTH_IN_FIELDS_PADDED`,
    /// `RECURSIVE_PROOF_LENGTH` or `NESTED_RECURSIVE_ROLLUP_HONK_PROOF_LENGTH`. Proofs of programs, which no circuit of Aztec's
    /// verifies, have none.
    pub const fn proof_field_count(self) -> usize {
        match self {
            Self::NoirProgram => 0,
            Self::PublicVm => 16_400,
            Self::RootRollup | Self::ParityBase | Self::ParityRoot => 449,
            _ => 519,
        }
    }

    /// Class of the public inputs in a result; none for [`Self::PublicVm`], whose result is a bare proof.
    pub const fn public_inputs_class(self) -> Option<PublicInputsClass> {
        Some(match self {
            Self::PublicVm => return None,
            Self::PublicChonkVerifier => PublicInputsClass::PublicChonkVerifier,
            Self::PrivateTxBaseRollup | Self::PublicTxBaseRollup | Self::TxMergeRollup => {
                PublicInputsClass::TxRollup
            }
            Self::BlockRootFirstRollup
            | Self::BlockRootSingleTxFirstRollup
            | Self::BlockRootEmptyTxFirstRollup
            | Self::BlockRootRollup
            | Self::BlockRootSingleTxRollup
            | Self::BlockMergeRollup => PublicInputsClass::BlockRollup,
            Self::CheckpointRootRollup
            | Self::CheckpointRootSingleBlockRollup
            | Self::CheckpointPaddingRollup
            | Self::CheckpointMergeRollup => PublicInputsClass::CheckpointRollup,
            Self::RootRollup => PublicInputsClass::RootRollup,
            Self::ParityBase | Self::ParityRoot => PublicInputsClass::Parity,
            Self::NoirProgram => PublicInputsClass::Program,
        })
    }
}

impl fmt::Display for RequestType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for RequestType {
    type Err = Error;

    /// The type with this name.
    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| Error::UnknownRequestType { field: "type name", actual: excerpt(name) })
    }
}

impl Serialize for RequestType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.number())
    }
}

impl<'de> Deserialize<'de> for RequestType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u64::deserialize(deserializer)?;
        Self::from_number(number)
            .ok_or_else(|| de::Error::custom(format_args!("unrecognized proof type {number}")))
    }
}
