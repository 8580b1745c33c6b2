//! Proof URIs: locations, percent decoding, and the types in object paths.
#![no_main]

use chinampa_jobs::{ProofLocation, ProofUri};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(uri) = text.parse::<ProofUri>() else { return };
    match uri.location() {
        Ok(ProofLocation::Inline(payload)) => {
            if let Ok(json) = payload.decode() {
                assert_eq!(ProofUri::inline(&json).expect("no longer than it was").inline_json(), Ok(json));
            }
        }
        Ok(ProofLocation::Object(object)) => {
            assert!(!object.key.split('/').any(|segment| segment == ".."));
            let _ = object.request_type();
        }
        Err(_) => {}
    }
});
