//! The inputs and outputs of all Noir circuits, chosen by the number that Aztec gives each proving request.

use chinampa_kernels::Fr;

use super::{
    BlockMergeRollupPrivateInputs, BlockRollupPublicInputs, BlockRootEmptyTxFirstRollupPrivateInputs,
    BlockRootFirstRollupPrivateInputs, BlockRootRollupPrivateInputs,
    BlockRootSingleTxFirstRollupPrivateInputs, BlockRootSingleTxRollupPrivateInputs,
    CheckpointMergeRollupPrivateInputs, CheckpointPaddingRollupPrivateInputs, CheckpointRollupPublicInputs,
    CheckpointRootRollupPrivateInputs, CheckpointRootSingleBlockRollupPrivateInputs, ParityBasePrivateInputs,
    ParityPublicInputs, ParityRootPrivateInputs, PrivateTxBaseRollupPrivateInputs,
    PublicChonkVerifierPrivateInputs, PublicChonkVerifierPublicInputs, PublicTxBaseRollupPrivateInputs,
    RootRollupPrivateInputs, RootRollupPublicInputs, TxMergeRollupPrivateInputs, TxRollupPublicInputs,
};
use crate::codec::{AbiError, Decode, DecodeError, Encode, FromFields, ToFields};

/// A request number without a Noir circuit: unknown, or 0, which is the AVM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the number of a Noir circuit, 1 to 17, got {actual}")]
pub struct UnknownCircuit {
    /// The number.
    pub actual: u32,
}

/// Why a job's inputs or result cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CircuitDataError {
    /// No such circuit.
    #[error(transparent)]
    Unknown(#[from] UnknownCircuit),
    /// The buffer is not the circuit's.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The fields are not the circuit's.
    #[error(transparent)]
    Fields(#[from] AbiError),
}

macro_rules! by_request_number {
    ($(#[$meta:meta])* pub enum $name:ident { $($variant:ident($ty:ty) = $numbers:pat,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = concat!("[`", stringify!($ty), "`].")] $variant(Box<$ty>),)*
        }

        impl $name {
            /// Reads the buffer form that a request with this number carries.
            ///
            /// # Errors
            /// [`CircuitDataError`] if there is no such circuit or the buffer is not its.
            pub fn decode(request_number: u32, bytes: &[u8]) -> Result<Self, CircuitDataError> {
                match request_number {
                    $($numbers => Ok(Self::$variant(Box::new(<$ty>::from_bytes(bytes)?))),)*
                    actual => Err(UnknownCircuit { actual }.into()),
                }
            }

            /// The buffer form.
            pub fn to_bytes(&self) -> Vec<u8> {
                match self { $(Self::$variant(value) => value.to_bytes(),)* }
            }

            /// The fields in the order of the circuit's ABI.
            pub fn fields(&self) -> Vec<Fr> {
                match self { $(Self::$variant(value) => value.fields(),)* }
            }
        }

        impl serde::Serialize for $name {
            /// The JSON of the object itself.
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$variant(value) => value.serialize(serializer),)* }
            }
        }

        $(impl From<$ty> for $name {
            fn from(value: $ty) -> Self {
                Self::$variant(Box::new(value))
            }
        })*
    };
}

by_request_number! {
    /// What a Noir circuit is given.
    pub enum CircuitInputs {
        PublicChonkVerifier(PublicChonkVerifierPrivateInputs) = 1,
        PrivateTxBase(PrivateTxBaseRollupPrivateInputs) = 2,
        PublicTxBase(PublicTxBaseRollupPrivateInputs) = 3,
        TxMerge(TxMergeRollupPrivateInputs) = 4,
        BlockRootFirst(BlockRootFirstRollupPrivateInputs) = 5,
        BlockRootSingleTxFirst(BlockRootSingleTxFirstRollupPrivateInputs) = 6,
        BlockRootEmptyTxFirst(BlockRootEmptyTxFirstRollupPrivateInputs) = 7,
        BlockRoot(BlockRootRollupPrivateInputs) = 8,
        BlockRootSingleTx(BlockRootSingleTxRollupPrivateInputs) = 9,
        BlockMerge(BlockMergeRollupPrivateInputs) = 10,
        CheckpointRoot(CheckpointRootRollupPrivateInputs) = 11,
        CheckpointRootSingleBlock(CheckpointRootSingleBlockRollupPrivateInputs) = 12,
        CheckpointPadding(CheckpointPaddingRollupPrivateInputs) = 13,
        CheckpointMerge(CheckpointMergeRollupPrivateInputs) = 14,
        Root(RootRollupPrivateInputs) = 15,
        ParityBase(ParityBasePrivateInputs) = 16,
        ParityRoot(ParityRootPrivateInputs) = 17,
    }
}

by_request_number! {
    /// What a Noir circuit returns: its public inputs.
    pub enum CircuitOutputs {
        PublicChonkVerifier(PublicChonkVerifierPublicInputs) = 1,
        Tx(TxRollupPublicInputs) = 2..=4,
        Block(BlockRollupPublicInputs) = 5..=10,
        Checkpoint(CheckpointRollupPublicInputs) = 11..=14,
        Root(RootRollupPublicInputs) = 15,
        Parity(ParityPublicInputs) = 16 | 17,
    }
}

impl CircuitOutputs {
    /// Reads what the circuit of a request with this number returned.
    ///
    /// # Errors
    /// [`CircuitDataError`] if there is no such circuit or the fields are not its.
    pub fn from_fields(request_number: u32, fields: &[Fr]) -> Result<Self, CircuitDataError> {
        fn read<T: FromFields>(fields: &[Fr]) -> Result<T, CircuitDataError> {
            Ok(T::from_all_fields(fields)?)
        }
        match request_number {
            1 => read::<PublicChonkVerifierPublicInputs>(fields).map(Self::from),
            2..=4 => read::<TxRollupPublicInputs>(fields).map(Self::from),
            5..=10 => read::<BlockRollupPublicInputs>(fields).map(Self::from),
            11..=14 => read::<CheckpointRollupPublicInputs>(fields).map(Self::from),
            15 => read::<RootRollupPublicInputs>(fields).map(Self::from),
            16 | 17 => read::<ParityPublicInputs>(fields).map(Self::from),
            actual => Err(UnknownCircuit { actual }.into()),
        }
    }
}
