//! The one table of settings. The file parser, the environment, the flags, `config print`, the template and
//! `docs/flags.md` are all driven by it.

mod chain;
mod farm;
mod ineffective;
mod kind;
mod node;
mod operations;
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
    &farm::PROVER,
    &farm::BB,
    &node::NODE,
    &chain::L1,
    &chain::PUBLISHER,
    &chain::ARCHIVER,
    &chain::BLOB,
    &chain::WORLD_STATE,
    &chain::TX_COLLECTION,
    &operations::STORAGE,
    &operations::OBSERVABILITY,
];
