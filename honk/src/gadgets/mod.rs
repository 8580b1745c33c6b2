//! What circuits are made of above single gates: field elements, bits, hashes, curves.
//!
//! Nothing here knows ACIR. The order of gates, and what is folded into constants, is Barretenberg's.

mod boolean;
mod field;
mod logic;
mod lookup;
mod sha256;

pub use boolean::Bool;
pub use field::Field;
pub use logic::{BitOperation, bitwise};
pub use sha256::compress as sha256_compress;
