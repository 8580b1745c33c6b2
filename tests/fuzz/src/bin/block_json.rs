//! Checkpoints, blocks and headers as a node's RPC serves them.
#![no_main]

use chinampa_protocol::block::{BlockHeader, Checkpoint, L2Block};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn round_trip<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(json: &[u8]) {
    let Ok(value) = serde_json::from_slice::<T>(json) else { return };
    let again = serde_json::to_vec(&value).expect("JSON");
    assert_eq!(serde_json::from_slice::<T>(&again).expect("our own JSON"), value);
}

libfuzzer_sys::fuzz_target!(|json: &[u8]| {
    round_trip::<Checkpoint>(json);
    round_trip::<L2Block>(json);
    round_trip::<BlockHeader>(json);
});
