//! Checkpoints, blocks and effects in their buffer form.
#![no_main]

use chinampa_protocol::block::{Checkpoint, L2Block};
use chinampa_protocol::codec::{Decode, Encode};
use chinampa_protocol::tx::TxEffect;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(checkpoint) = Checkpoint::from_bytes(bytes) {
        assert_eq!(checkpoint.to_bytes(), bytes);
    }
    if let Ok(block) = L2Block::from_bytes(bytes) {
        assert_eq!(block.to_bytes(), bytes);
    }
    if let Ok(effect) = TxEffect::from_bytes(bytes) {
        assert_eq!(effect.to_bytes(), bytes);
    }
});
