//! A broker behind Aztec's JSON-RPC.

use std::time::Duration;

use chinampa_jobs::BrokerAccess;
use chinampa_jobs::rpc::{Call, CallResult, RpcClient, RpcClientError};
use chinampa_jobs::trace::TraceContext;
use url::Url;

use super::{BrokerError, ProvingBroker};

/// A broker at an address: ours or Aztec's.
#[derive(Clone, Debug)]
pub struct RpcBroker(RpcClient);

impl RpcBroker {
    /// The broker at `url`. As with Aztec's clients, calls go to `/`, whatever path the URL has. A call without an answer
    /// within `timeout` has failed.
    ///
    /// # Errors
    /// [`BrokerError::Unreachable`] if no such calls can be made at all.
    #[expect(clippy::needless_pass_by_value, reason = "an address is given away with its client")]
    pub fn new(url: Url, access: &BrokerAccess, timeout: Duration) -> Result<Self, BrokerError> {
        let client = RpcClient::new(url.as_str(), access, timeout);
        client.map(Self).map_err(|error| BrokerError::Unreachable(error.to_string()))
    }
}

impl ProvingBroker for RpcBroker {
    async fn call(&self, call: &Call) -> Result<CallResult, BrokerError> {
        self.call_within(call, None).await
    }

    async fn call_within(
        &self,
        call: &Call,
        parent: Option<TraceContext>,
    ) -> Result<CallResult, BrokerError> {
        self.0.call_within(call, parent).await.map_err(|error| match error {
            RpcClientError::Refused(error) => BrokerError::Refused(error),
            RpcClientError::Version { header, expected, actual } => {
                BrokerError::Release { header, expected, actual }
            }
            RpcClientError::Result(_) => BrokerError::Unexpected { method: call.method().name() },
            other => BrokerError::Unreachable(other.to_string()),
        })
    }
}
