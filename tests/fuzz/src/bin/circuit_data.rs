//! Inputs and outputs of every Noir circuit; the first byte picks the circuit.
#![no_main]

use chinampa_protocol::circuits::{CircuitInputs, CircuitOutputs};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((number, bytes)) = data.split_first() else { return };
    let number = u32::from(*number % 19);
    if let Ok(inputs) = CircuitInputs::decode(number, bytes) {
        assert_eq!(inputs.to_bytes(), bytes);
    }
    if let Ok(outputs) = CircuitOutputs::decode(number, bytes) {
        assert_eq!(outputs.to_bytes(), bytes);
        assert_eq!(CircuitOutputs::from_fields(number, &outputs.fields()), Ok(outputs));
    }
});
