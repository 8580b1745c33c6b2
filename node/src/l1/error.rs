//! Why L1 could not be asked.

use alloy::primitives::Address;
use alloy::transports::{RpcError, TransportErrorKind};

/// Failures of the execution nodes, or answers that make no sense.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum L1Error {
    /// There is nobody to ask.
    #[error("no L1 execution node is configured; set l1.rpc_urls (ETHEREUM_HOSTS)")]
    NoUrls,
    /// The HTTP client cannot be made.
    #[error("cannot make an HTTP client")]
    Client(#[source] reqwest::Error),
    /// No node answered, or the answer was an error.
    #[error("{call} failed on every L1 node")]
    Rpc {
        /// The method.
        call: &'static str,
        /// What the last node said.
        #[source]
        source: Box<RpcError<TransportErrorKind>>,
    },
    /// A call of a contract failed, or its answer could not be read.
    #[error("{call} of {contract} failed")]
    Contract {
        /// The function.
        call: &'static str,
        /// The contract's address.
        contract: Address,
        /// Why.
        #[source]
        source: Box<alloy::contract::Error>,
    },
    /// A node has no such block.
    #[error("L1 has no block {block}")]
    NoBlock {
        /// The block as it was asked for.
        block: String,
    },
    /// The nodes serve another chain than the configured one.
    #[error("the L1 nodes serve chain {actual}, expected {expected}; check l1.rpc_urls and l1.chain_id")]
    ChainId {
        /// As configured.
        expected: u64,
        /// As the nodes say.
        actual: u64,
    },
    /// A contract's number does not fit into what it counts.
    #[error("{call} returned {value}, which is out of range")]
    Range {
        /// The function.
        call: &'static str,
        /// What it returned.
        value: String,
    },
}

impl L1Error {
    pub(crate) fn rpc(call: &'static str) -> impl FnOnce(RpcError<TransportErrorKind>) -> Self {
        move |source| Self::Rpc { call, source: Box::new(source) }
    }

    pub(crate) fn contract(
        call: &'static str,
        contract: Address,
    ) -> impl FnOnce(alloy::contract::Error) -> Self {
        move |source| Self::Contract { call, contract, source: Box::new(source) }
    }
}
