//! Why a checkpoint cannot be executed.

use chinampa_protocol::Fr;
use chinampa_protocol::blob::BlobError;
use chinampa_protocol::tree::{TreeError, TreeId};
use chinampa_protocol::tx::TxError;

/// Why a checkpoint cannot be executed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecutionError {
    /// A tx with public calls: the AVM would have to run them.
    #[error(
        "tx {tx_hash} in block {block} of checkpoint {checkpoint} makes {calls} public calls, which need the AVM"
    )]
    PublicCalls {
        /// The tx.
        tx_hash: Fr,
        /// Its checkpoint.
        checkpoint: u32,
        /// Its block.
        block: u32,
        /// How many public calls it makes.
        calls: usize,
    },
    /// A tx of the checkpoint that was not given.
    #[error("tx {tx_hash} in block {block} is missing")]
    MissingTx {
        /// The tx.
        tx_hash: Fr,
        /// Its block.
        block: u32,
    },
    /// A tx that cannot have been included.
    #[error("tx {tx_hash} in block {block}: {refusal}")]
    Tx {
        /// The tx.
        tx_hash: Fr,
        /// Its block.
        block: u32,
        /// What is wrong with it.
        refusal: Box<TxRefusal>,
    },
    /// Something that the checkpoint states and that its contents do not lead to.
    #[error("{what} of checkpoint {checkpoint}: expected {expected}, got {actual}")]
    Mismatch {
        /// Which statement.
        what: &'static str,
        /// The checkpoint.
        checkpoint: u32,
        /// What the checkpoint states.
        expected: Fr,
        /// What its contents give.
        actual: Fr,
    },
    /// A block whose header is not the one that its contents give.
    #[error("header hash of block {block}: expected {expected}, got {actual}")]
    Header {
        /// The block.
        block: u32,
        /// Hash of the header in the checkpoint.
        expected: Fr,
        /// Hash of the computed header.
        actual: Fr,
    },
    /// Blocks that are not what a checkpoint can have: none, out of order, or a later one without txs.
    #[error("block {block} of checkpoint {checkpoint}: {what}")]
    Shape {
        /// The checkpoint.
        checkpoint: u32,
        /// The block.
        block: u32,
        /// What is wrong.
        what: &'static str,
    },
    /// More L1 to L2 messages than a checkpoint takes.
    #[error("checkpoint {checkpoint} has {actual} messages, at most {limit} fit")]
    TooManyMessages {
        /// The checkpoint.
        checkpoint: u32,
        /// 1,024.
        limit: usize,
        /// What came.
        actual: usize,
    },
    /// A tree operation failed.
    #[error(transparent)]
    Tree(Box<TreeError>),
    /// The checkpoint's fields cannot be laid over blobs.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

/// Why a tx cannot have been included.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TxRefusal {
    /// It is not what it claims to be.
    #[error(transparent)]
    Content(#[from] TxError),
    /// A constant of the tx is not the one that the network or this release has.
    #[error("{what} is {actual}, expected {expected}")]
    Constant {
        /// Which.
        what: &'static str,
        /// The network's or the release's.
        expected: Fr,
        /// The tx's.
        actual: Fr,
    },
    /// It pays less than the block asks for.
    #[error("offers at most {offered} per unit of {dimension} gas, the block asks for {asked}")]
    Fees {
        /// `da` or `l2`.
        dimension: &'static str,
        /// The block's price.
        asked: u128,
        /// The tx's limit.
        offered: u128,
    },
    /// Its payer cannot pay.
    #[error("the fee payer has {balance}, the fee is {fee}")]
    Balance {
        /// Fee juice of the payer.
        balance: Fr,
        /// What the tx costs.
        fee: Fr,
    },
    /// The header it was built on is not that of a real block.
    #[error("the {tree:?} tree of its anchor block is empty")]
    EmptyAnchor {
        /// The empty tree.
        tree: TreeId,
    },
    /// The block it was built on is not in the archive.
    #[error("its anchor block {hash} is not in the archive")]
    UnknownAnchor {
        /// Hash of the anchor block.
        hash: Fr,
    },
    /// Its effects are not those that the checkpoint published.
    #[error("its effects are not those in the checkpoint")]
    Effects,
    /// A tree refused its effects: a nullifier that is spent, a full tree.
    #[error(transparent)]
    Tree(Box<TreeError>),
}

// Tree errors carry whole snapshots; a box keeps every other result small.
impl From<TreeError> for ExecutionError {
    fn from(error: TreeError) -> Self {
        Self::Tree(Box::new(error))
    }
}

impl From<TreeError> for TxRefusal {
    fn from(error: TreeError) -> Self {
        Self::Tree(Box::new(error))
    }
}
