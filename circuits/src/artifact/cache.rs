//! Decoded artifacts, kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Artifact, ArtifactFolder};
use crate::circuit::{Circuit, Variant};
use crate::error::ArtifactError;

type Slot = Arc<Mutex<Option<Arc<Artifact>>>>;

/// The circuits of the release, each decoded when it is first needed and then kept. Decoding the costliest takes
/// seconds, solving often less. Can be shared between threads; two that need the same circuit wait for one decoding.
#[derive(Debug)]
pub struct Circuits {
    folder: ArtifactFolder,
    decoded: Mutex<HashMap<(Circuit, Variant), Slot>>,
}

impl Circuits {
    /// Circuits from this folder. Nothing is read yet.
    pub fn new(folder: ArtifactFolder) -> Self {
        Self { folder, decoded: Mutex::default() }
    }

    /// Where the artifacts come from.
    pub fn folder(&self) -> &ArtifactFolder {
        &self.folder
    }

    /// An artifact, checked against the release's checksum.
    ///
    /// # Errors
    /// [`ArtifactError`]; the next call tries again.
    pub fn get(&self, circuit: Circuit, variant: Variant) -> Result<Arc<Artifact>, ArtifactError> {
        let key = (circuit, circuit.artifact_variant(variant));
        let slot = {
            let mut decoded = self.decoded.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(decoded.entry(key).or_default())
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(artifact) = slot.as_ref() {
            return Ok(Arc::clone(artifact));
        }
        let json = self.folder.read(circuit, variant)?;
        let file = circuit.file_name(variant);
        let artifact = Arc::new(Artifact::from_json(file.trim_end_matches(".json"), &json)?);
        *slot = Some(Arc::clone(&artifact));
        Ok(artifact)
    }

    /// Forgets an artifact; who uses it keeps it.
    pub fn forget(&self, circuit: Circuit, variant: Variant) {
        let key = (circuit, circuit.artifact_variant(variant));
        self.decoded.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }
}
