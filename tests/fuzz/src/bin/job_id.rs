//! Job ids: any text, back to the same text, and never a path outside its folder.
#![no_main]

use chinampa_jobs::{JobId, ObjectKind, RequestType, object_path};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(id) = text.parse::<JobId>() else { return };
    assert_eq!(id.as_str(), text);
    if let Some(parts) = id.parts() {
        assert_eq!(parts.to_string(), text);
    }
    if let Ok(path) = object_path(ObjectKind::Outputs, RequestType::ParityBase, &id) {
        assert_eq!(path.split('/').count(), 3);
    }
});
