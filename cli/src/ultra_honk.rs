//! The commands of Barretenberg's `bb` for UltraHonk, with its flags and files, so that scripts and Aztec's own agents can
//! call this program instead (`BB_BINARY_PATH`).

mod process;
mod reference_string;
mod target;
mod verify;

pub(crate) use verify::{Verify, VerifyCommandError};

/// Runs `chinampa verify`.
pub(crate) fn verify(arguments: &Verify) -> Result<(), VerifyCommandError> {
    verify::run(arguments)
}
