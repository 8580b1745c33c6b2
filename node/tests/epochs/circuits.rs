//! The circuits of the simulation against the recorded results of the real ones.

use chinampa_jobs::RequestType;
use chinampa_sim::circuits::simulate;

use crate::support::{golden, private_golden};

#[test]
fn results_equal_those_of_the_real_circuits() {
    let mixed = golden("epoch/index.json", "epoch/circuits.tar.zst");
    let mut seen = 0;
    for (id, recorded) in private_golden().iter().chain(&mixed) {
        let request_type = recorded.inputs.request_type();
        if matches!(request_type, RequestType::PublicTxBaseRollup | RequestType::PublicChonkVerifier) {
            continue;
        }
        let result = simulate(&recorded.inputs).unwrap_or_else(|error| panic!("{id}: {}", error.0));
        assert!(result == recorded.result, "{id}");
        seen += 1;
    }
    assert_eq!(seen, 195);
}
