//! The fields of a checkpoint's blobs. What is read is what the encoder writes, but for the padding.
#![no_main]

use chinampa_kernels::Fr;
use chinampa_protocol::blob::stream::CheckpointBlobData;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let words = bytes.chunks_exact(32).map(|word| word.try_into().expect("chunks of 32"));
    let fields: Vec<Fr> = words.map(|word| Fr::from_be_bytes_reduced(&word)).collect();
    let Ok(data) = CheckpointBlobData::from_fields(&fields) else { return };
    let again = data.to_fields();
    assert_eq!(again, fields[..again.len()]);
    assert!(fields[again.len()..].iter().all(Fr::is_zero));
});
