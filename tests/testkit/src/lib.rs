//! Support for tests of every crate. A development dependency only.

pub mod peers;
pub mod replay;
pub mod vectors;
