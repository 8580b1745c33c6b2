//! Support for tests of every crate. A development dependency only.

pub mod farm;
pub mod peers;
pub mod proxy;
pub mod rabbitmq;
pub mod redis;
pub mod replay;
pub mod vectors;
