//! What a prover needs of a broker.

use std::future::Future;

use chinampa_jobs::rpc::{Call, CallResult, ErrorCode, RpcError};
use chinampa_jobs::trace::TraceContext;

/// A broker: in this process or behind JSON-RPC.
pub trait ProvingBroker: Send + Sync + 'static {
    /// Makes one of the producer's calls: enqueue, status, completed, cancel.
    fn call(&self, call: &Call) -> impl Future<Output = Result<CallResult, BrokerError>> + Send;

    /// The same as part of a trace, if the broker takes such.
    fn call_within(
        &self,
        call: &Call,
        parent: Option<TraceContext>,
    ) -> impl Future<Output = Result<CallResult, BrokerError>> + Send {
        let _ = parent;
        self.call(call)
    }
}

/// Why a call has no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BrokerError {
    /// No usable answer came. The call may have happened or not.
    #[error("the broker did not answer: {0}")]
    Unreachable(String),
    /// The broker refused.
    #[error("the broker refused: {0}")]
    Refused(RpcError),
    /// The broker works for another release of the network.
    #[error("the broker has {header} {actual}, expected {expected}")]
    Release {
        /// Name of the header.
        header: &'static str,
        /// Value of this release.
        expected: &'static str,
        /// The broker's.
        actual: String,
    },
    /// The answer is not one to this call.
    #[error("the broker answered {method} with something else")]
    Unexpected {
        /// The call's method.
        method: &'static str,
    },
}

impl BrokerError {
    /// Whether the same call may work later. A refusal is final if it is about the call itself; anything else (a disk
    /// that is full, a broker that shuts down) may pass.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Unexpected { .. } | Self::Release { .. } => false,
            Self::Refused(error) => {
                let about_the_call = ["Epoch too old", "Duplicate proving job ID"];
                error.code == ErrorCode::Handler
                    && !about_the_call.iter().any(|text| error.message.starts_with(text))
            }
        }
    }
}
