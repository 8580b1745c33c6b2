//! JSON of job results: what is read is written and read again.
#![no_main]

use chinampa_jobs::JobResult;

libfuzzer_sys::fuzz_target!(|json: &[u8]| {
    let Ok(result) = JobResult::from_json(json) else { return };
    assert_eq!(JobResult::from_json(result.to_json().as_bytes()), Ok(result));
});
