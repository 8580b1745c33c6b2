//! Every benchmark runs, on the least input that it has.

use std::process::Command;

#[test]
fn every_body_runs() {
    let status = Command::new(env!("CARGO_BIN_EXE_chinampa-bench")).arg("--quick").status();
    assert!(status.expect("it starts").success());
}
