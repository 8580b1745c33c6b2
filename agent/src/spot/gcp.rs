//! Google Compute Engine: `instance/preempted`, half a minute before a spot machine ends, and
//! `instance/maintenance-event` for machines that cannot move to another host.
//!
//! # Sources
//! Google Cloud documentation, "Create and use Spot VMs" and "Monitor and plan for a host maintenance event".

use super::SpotNotice;
use super::http::{Answer, Http, ProbeError};

const PREEMPTED_PATH: &str = "/computeMetadata/v1/instance/preempted";
const MAINTENANCE_PATH: &str = "/computeMetadata/v1/instance/maintenance-event";
/// Sent by who asks, and back by who answers: anything else is not the metadata service.
const FLAVOR: (&str, &str) = ("metadata-flavor", "Google");

#[derive(Debug)]
pub(super) struct Gcp {
    http: Http,
}

impl Gcp {
    pub(super) fn new(http: Http) -> Self {
        Self { http }
    }

    pub(super) async fn look(&self) -> Result<Option<SpotNotice>, ProbeError> {
        let notice = |what: &str| SpotNotice { source: "gcp", what: what.to_owned(), time_left: None };
        if self.get(PREEMPTED_PATH).await? == "TRUE" {
            return Ok(Some(notice("preempted")));
        }
        // A machine that moves to another host goes on; one that does not ends.
        let event = self.get(MAINTENANCE_PATH).await?;
        Ok((event == "TERMINATE_ON_HOST_MAINTENANCE").then(|| notice(&event)))
    }

    async fn get(&self, path: &str) -> Result<String, ProbeError> {
        let Answer { headers, text, .. } = self.http.get(path, FLAVOR).await?;
        if headers.get(FLAVOR.0).is_none_or(|flavor| flavor != FLAVOR.1) {
            let reason = "it is not from the metadata service".to_owned();
            return Err(ProbeError::Answer { path: path.to_owned(), reason });
        }
        Ok(text.trim().to_owned())
    }
}
