//! Txs in their buffer form, and the checks of what was read.
#![no_main]

use chinampa_protocol::codec::{Decode, Encode};
use chinampa_protocol::tx::Tx;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(tx) = Tx::from_bytes(bytes) else { return };
    assert_eq!(tx.to_bytes(), bytes);
    let _ = tx.check();
});
