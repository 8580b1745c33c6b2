//! Support for tests of every crate. A development dependency only.

pub mod aztec;
pub mod collector;
pub mod dice;
pub mod farm;
pub mod live;
pub mod metadata;
pub mod network;
pub mod peers;
mod process;
pub mod proxy;
pub mod rabbitmq;
pub mod redis;
pub mod replay;
pub mod site;
pub mod vectors;
