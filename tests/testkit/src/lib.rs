//! Support for tests of every crate. A development dependency only.

pub mod rabbitmq;
pub mod redis;
pub mod vectors;
