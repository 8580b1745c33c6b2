//! Framing of proofs and verification keys: a prefix of the bytes comes out again. The first byte is the expected count.
#![no_main]

use chinampa_jobs::{RecursiveProof, VerificationKeyData};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((&count, bytes)) = bytes.split_first() else { return };
    let count = if count == u8::MAX { 449 } else { usize::from(count) };
    if let Ok(proof) = RecursiveProof::decode(bytes, count) {
        // The last byte, a flag, is the only one that has several spellings.
        let written = proof.encode();
        assert_eq!(written[..written.len() - 1], bytes[..written.len() - 1]);
    }
    if let Ok(key) = VerificationKeyData::decode(bytes) {
        assert!(bytes.starts_with(&key.encode()));
    }
});
