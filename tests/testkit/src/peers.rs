//! The real programs of Aztec 4.1.2, where `scripts/peers` installs them: `.peers` of the checkout, or the folder that
//! `PEERS_DIR` names.

use std::path::PathBuf;

/// Where `name` lies below the folder of the peers.
///
/// # Panics
/// If it is not there: the peers are not installed.
pub fn path(name: &str) -> PathBuf {
    let checkout = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../.peers");
    let path = std::env::var_os("PEERS_DIR").map_or_else(checkout, PathBuf::from).join(name);
    assert!(path.exists(), "{} is missing; run scripts/peers", path.display());
    path
}

/// The npm package with the circuit artifacts.
///
/// # Panics
/// As [`path`].
pub fn circuits() -> PathBuf {
    path("aztec/node_modules/@aztec/noir-protocol-circuits-types")
}
