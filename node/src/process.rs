//! What tells this process from all others.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::LazyLock;
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};

/// The same for as long as the process lives, and another in any other process on any machine.
pub(crate) fn process_id() -> [u8; 32] {
    static ID: LazyLock<[u8; 32]> = LazyLock::new(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let mut digest = Sha256::new_with_prefix(std::process::id().to_le_bytes());
        digest.update(since.as_nanos().to_le_bytes());
        // The standard library draws the keys of its hash tables from the system's random numbers.
        digest.update(RandomState::new().hash_one(0).to_le_bytes());
        digest.update(RandomState::new().hash_one(1).to_le_bytes());
        digest.finalize().into()
    });
    *ID
}
