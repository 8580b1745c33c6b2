//! The one table of settings. The file parser, the environment, the flags, `config print`, the template and
//! `docs/flags.md` are all driven by it.

mod chain;
mod data;
mod farm;
mod ineffective;
mod kind;
mod node;
mod operations;
mod prover;
mod setting;
mod shapes;

pub(crate) use ineffective::INEFFECTIVE;
pub(crate) use kind::{Kind, Secrecy, Value};
pub(crate) use setting::{Section, Setting};

/// The sections in the order of the documentation.
pub(crate) const SECTIONS: [&Section; 15] = [
    &farm::ROLES,
    &farm::SERVER,
    &farm::BROKER,
    &farm::AGENT,
    &prover::PROVER,
    &prover::BB,
    &node::NODE,
    &chain::L1,
    &chain::PUBLISHER,
    &data::ARCHIVER,
    &data::BLOB,
    &data::WORLD_STATE,
    &data::TX_COLLECTION,
    &operations::STORAGE,
    &operations::OBSERVABILITY,
];
