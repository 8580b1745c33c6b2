//! Txs as a node's RPC serves them.
#![no_main]

use chinampa_protocol::tx::Tx;

libfuzzer_sys::fuzz_target!(|json: &[u8]| {
    let Ok(tx) = chinampa_protocol::codec::json::from_slice::<Tx>(json) else { return };
    let again = serde_json::to_vec(&tx).expect("JSON");
    assert_eq!(serde_json::from_slice::<Tx>(&again).expect("our own JSON"), tx);
});
