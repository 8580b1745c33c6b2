//! Artifacts: where they are, whether they are the right ones, what is in them.

mod cache;
mod checksums;
mod folder;
mod parse;

pub use cache::Circuits;
pub use folder::{ArtifactFolder, MAX_ARTIFACT_LEN_BYTES};
pub use parse::{Artifact, VerificationKey};
