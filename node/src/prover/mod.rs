//! Epoch provers at work: state machines of [`crate::epoch`] beside a broker.
//!
//! [`Prover`] serves any number of epochs over one broker. It enqueues what they ask for, learns from the broker which
//! jobs are settled, fetches results and feeds them back. Calls that do not get through are repeated until they do or the
//! epoch is closed: a proof is worth waiting for.
//!
//! A broker is anything that answers Aztec's producer calls ([`ProvingBroker`]): one in this process, or one behind
//! JSON-RPC. Since Aztec's broker hands out each completion once, to whoever asks, a broker should have one [`Prover`];
//! a look at all open jobs every [`ProverConfig::snapshot_interval`] makes up for completions that went elsewhere, and
//! jobs that the broker no longer knows are enqueued again.
//!
//! # Sources
//! Aztec 4.1.2 `prover-client/src/proving_broker/{broker_prover_facade,proof_store}`.

mod broker;
mod completions;
mod config;
mod courier;
mod handle;
mod payload;
mod rpc;
mod run;

pub use broker::{BrokerError, ProvingBroker};
pub use config::ProverConfig;
pub use handle::{EpochHandle, EpochUpdate, Prover};
pub use payload::{PayloadError, PayloadStore};
pub use rpc::RpcBroker;
