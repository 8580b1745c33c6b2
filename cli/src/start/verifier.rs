//! What a broker verifies results with.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chinampa_agent::{ResultError, ResultVerifier};
use chinampa_broker::{CommandVerifier, InsideVerifier, ResultCheck, Verifier, VerifyError};
use chinampa_jobs::JobResult;

use crate::exit::Error;

/// The word for our own verifier in `broker.verifier`.
pub(crate) const NATIVE: &str = "native";

/// The verifier that `name` names: our own or a program, as often at once as there are cores.
pub(super) fn verifier(
    name: &str,
    timeout: Duration,
    is_development: bool,
    proof_store: Option<&str>,
) -> Result<Arc<dyn Verifier>, Error> {
    let count = std::thread::available_parallelism().map_or(1, Into::into);
    let store = |error: chinampa_jobs::objects::ObjectsError| Error::Payloads(error.to_string());
    if name != NATIVE {
        let verifier = CommandVerifier::new(Path::new(name).to_owned(), timeout, count, proof_store);
        return Ok(Arc::new(verifier.map_err(store)?));
    }
    if is_development {
        tracing::warn!(
            "results are verified under a development reference string: whoever wants can forge them"
        );
    }
    let check = Native(ResultVerifier::new(is_development));
    Ok(Arc::new(InsideVerifier::new(check, count, proof_store).map_err(store)?))
}

/// Our own verifier.
#[derive(Debug)]
struct Native(ResultVerifier);

impl ResultCheck for Native {
    fn check(&self, result: &JobResult) -> Result<(), VerifyError> {
        match self.0.verify(result) {
            Ok(()) => Ok(()),
            // The circuit above verifies it; without this its job would wait for ever.
            Err(error @ ResultError::NotCovered(_)) => {
                tracing::warn!("{error}");
                Ok(())
            }
            Err(error) => Err(VerifyError::Invalid(error.to_string())),
        }
    }
}
