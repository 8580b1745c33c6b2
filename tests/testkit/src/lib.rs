//! Support for tests of every crate. A development dependency only.

pub mod farm;
pub mod metadata;
pub mod peers;
pub mod rabbitmq;
pub mod redis;
pub mod replay;
pub mod site;
pub mod vectors;
