//! Azure: Scheduled Events, at least half a minute before a spot machine ends.
//!
//! # Sources
//! Azure documentation, "Scheduled Events for Linux VMs".

use std::time::SystemTime;

use serde::Deserialize;

use super::http::{Http, ProbeError};
use super::{SpotNotice, when};

const EVENTS_PATH: &str = "/metadata/scheduledevents?api-version=2020-07-01";
const NAME_PATH: &str = "/metadata/instance/compute/name?api-version=2021-02-01&format=text";
const HEADER: (&str, &str) = ("metadata", "true");
/// Events after which what runs on the machine is gone. A `Freeze` lasts seconds.
const ENDS: [&str; 4] = ["Preempt", "Terminate", "Reboot", "Redeploy"];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Events {
    events: Vec<Event>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    event_type: String,
    #[serde(default)]
    resources: Vec<String>,
    /// Empty for an event that has begun.
    #[serde(default)]
    not_before: String,
}

#[derive(Debug)]
pub(super) struct Azure {
    http: Http,
    /// The machine's name, once it is known.
    name: Option<String>,
}

impl Azure {
    pub(super) fn new(http: Http) -> Self {
        Self { http, name: None }
    }

    pub(super) async fn look(&mut self, now: SystemTime) -> Result<Option<SpotNotice>, ProbeError> {
        let answer = self.http.get(EVENTS_PATH, HEADER).await?;
        let events: Events = serde_json::from_str(&answer.text).map_err(|error| ProbeError::Answer {
            path: EVENTS_PATH.to_owned(),
            reason: error.to_string(),
        })?;
        let mut ends = events.events.into_iter().filter(|event| ENDS.contains(&event.event_type.as_str()));
        let Some(first) = ends.next() else { return Ok(None) };
        // Machines of a group are told of each other's events.
        let name = self.name().await;
        let is_ours = |event: &Event| {
            let has =
                |name: &String| event.resources.iter().any(|resource| resource.eq_ignore_ascii_case(name));
            name.as_ref().is_none_or(has)
        };
        let Some(event) = [first].into_iter().chain(ends).find(is_ours) else { return Ok(None) };
        let time_left = when::http_date(&event.not_before).map(|at| when::left(at, now));
        let what = format!("{} not before {:?}", event.event_type, event.not_before);
        Ok(Some(SpotNotice { source: "azure", what, time_left }))
    }

    /// The machine's name. Without it, every event is taken to be the machine's: a drain for nothing costs less than
    /// a lost proof.
    async fn name(&mut self) -> Option<String> {
        if self.name.is_none() {
            let answer = self.http.get(NAME_PATH, HEADER).await.ok();
            self.name = answer.map(|answer| answer.text.trim().to_owned()).filter(|name| !name.is_empty());
        }
        self.name.clone()
    }
}
