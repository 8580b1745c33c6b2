//! JSON of job inputs: what is read is written and read again.
#![no_main]

use chinampa_jobs::JobInputs;

libfuzzer_sys::fuzz_target!(|json: &[u8]| {
    let Ok(inputs) = JobInputs::from_json(json) else { return };
    assert_eq!(JobInputs::from_json(inputs.to_json().as_bytes()).as_ref(), Ok(&inputs));
    let again = JobInputs::from_buffer(inputs.request_type(), inputs.buffer().to_vec());
    assert_eq!(again, Ok(inputs));
});
