//! Verification keys of either hash: what was read is written byte for byte. The first byte chooses the hash.
#![no_main]

use chinampa_honk::{OracleHash, VerificationKey};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, bytes)) = bytes.split_first() else { return };
    let hash = if choice & 1 == 0 { OracleHash::Poseidon2 } else { OracleHash::Keccak };
    let Ok(key) = VerificationKey::from_bytes(hash, bytes) else { return };
    assert_eq!(key.to_bytes(hash), bytes);
});
