//! The prover node of Aztec 4.1.2: from an unproven epoch on L1 to its root proof.
//!
//! - [`archiver`]: checkpoints, blocks and messages from L1.
//! - [`blobs`]: sources of blobs.
//! - [`epoch`]: pure; one epoch from its checkpoints to its root proof, job by job.
//! - [`execution`]: a checkpoint and its txs to what its circuits are told.
//! - [`keys`]: who signs.
//! - [`l1`]: Ethereum, its nodes and Aztec's contracts.
//! - [`leader`]: which of several nodes proves.
//! - [`metrics`]: its counters, as text.
//! - [`planner`]: pure; which circuits prove an epoch, and what each is given.
//! - [`post_mortem`]: what is kept of epochs that failed.
//! - [`prover`]: epochs at work beside a broker.
//! - [`publisher`]: proofs on their way to L1.
//! - [`server`]: the node over HTTP.
//! - [`service`]: the node itself.
//! - [`state`]: the world state on disk.
//! - [`traces`]: what it does, as spans for a collector.
//! - [`txs`]: sources of txs.

pub mod archiver;
pub mod blobs;
pub mod epoch;
pub mod execution;
pub mod keys;
pub mod l1;
pub mod leader;
pub mod metrics;
pub mod planner;
pub mod post_mortem;
mod process;
pub mod prover;
pub mod publisher;
pub mod server;
pub mod service;
pub mod state;
pub mod traces;
pub mod txs;
