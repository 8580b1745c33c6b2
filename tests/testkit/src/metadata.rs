//! The metadata services of clouds, as their documents describe them, on a port of this machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::site::{Reply, Request, Site};

/// The session token that EC2's service gives.
const AWS_TOKEN: &str = "AQAEAOz3uJ8ZHb0Xz0Nm";
/// The name of the machine in Azure.
const AZURE_NAME: &str = "agent-7";

/// A metadata service that says nothing until [`Metadata::end_machine`].
#[derive(Debug)]
pub struct Metadata {
    site: Site,
    is_ending: Arc<AtomicBool>,
}

impl Metadata {
    /// The service of `aws`, `gcp` or `azure`. A notice gives the machine `time_left`, where the cloud says so.
    ///
    /// # Panics
    /// For any other name.
    pub fn start(cloud: &str, time_left: Duration) -> Self {
        let answer: fn(&Request, bool, Duration) -> Reply = match cloud {
            "aws" => aws,
            "gcp" => gcp,
            "azure" => azure,
            other => panic!("{other} is no cloud"),
        };
        let is_ending = Arc::new(AtomicBool::new(false));
        let ending = Arc::clone(&is_ending);
        let site = Site::start(move |request| answer(request, ending.load(Ordering::SeqCst), time_left));
        Self { site, is_ending }
    }

    /// Its address.
    pub fn url(&self) -> String {
        self.site.url()
    }

    /// From now on, it says that the machine ends.
    pub fn end_machine(&self) {
        self.is_ending.store(true, Ordering::SeqCst);
    }
}

fn aws(request: &Request, is_ending: bool, time_left: Duration) -> Reply {
    match (request.method.as_str(), request.path.as_str()) {
        ("PUT", "/latest/api/token") => match request.header("x-aws-ec2-metadata-token-ttl-seconds") {
            Some(_) => Reply::ok(AWS_TOKEN),
            None => Reply::status(400),
        },
        ("GET", "/latest/meta-data/spot/instance-action") => {
            if request.header("x-aws-ec2-metadata-token") != Some(AWS_TOKEN) {
                return Reply::status(401);
            }
            if !is_ending {
                return Reply::status(404);
            }
            let time = utc(SystemTime::now() + time_left);
            Reply::ok(format!(r#"{{"action": "terminate", "time": "{time}"}}"#))
        }
        _ => Reply::status(404),
    }
}

fn gcp(request: &Request, is_ending: bool, _: Duration) -> Reply {
    if request.header("metadata-flavor") != Some("Google") {
        return Reply::status(403);
    }
    let reply = match request.path.as_str() {
        "/computeMetadata/v1/instance/preempted" if is_ending => Reply::ok("TRUE"),
        "/computeMetadata/v1/instance/preempted" => Reply::ok("FALSE"),
        "/computeMetadata/v1/instance/maintenance-event" => Reply::ok("NONE"),
        _ => Reply::status(404),
    };
    reply.header("Metadata-Flavor", "Google")
}

fn azure(request: &Request, is_ending: bool, time_left: Duration) -> Reply {
    if request.header("metadata") != Some("true") {
        return Reply::status(400);
    }
    match request.path.as_str() {
        "/metadata/scheduledevents?api-version=2020-07-01" => {
            let at = http_date(SystemTime::now() + time_left);
            let event = format!(
                r#"{{"EventId": "602d9444-d2cd-49c7-8624-8643e7171297", "EventStatus": "Scheduled",
                "EventType": "Preempt", "ResourceType": "VirtualMachine", "Resources": ["{AZURE_NAME}"],
                "NotBefore": "{at}", "Description": "", "EventSource": "Platform", "DurationInSeconds": -1}}"#
            );
            let events = if is_ending { event.as_str() } else { "" };
            Reply::ok(format!(r#"{{"DocumentIncarnation": 1, "Events": [{events}]}}"#))
        }
        "/metadata/instance/compute/name?api-version=2021-02-01&format=text" => Reply::ok(AZURE_NAME),
        _ => Reply::status(404),
    }
}

/// Year, month, day, hour, minute, second.
fn parts(time: SystemTime) -> [u64; 6] {
    let seconds = time.duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let (mut days, rest) = (seconds / 86_400, seconds % 86_400);
    let mut year = 1970;
    let len = |year: u64| {
        if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) {
            366
        } else {
            365
        }
    };
    while days >= len(year) {
        days -= len(year);
        year += 1;
    }
    let mut month = 1;
    for len in [31, len(year) - 337, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < len {
            break;
        }
        days -= len;
        month += 1;
    }
    [year, month, days + 1, rest / 3_600, rest / 60 % 60, rest % 60]
}

fn utc(time: SystemTime) -> String {
    let [year, month, day, hour, minute, second] = parts(time);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

fn http_date(time: SystemTime) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let [year, month, day, hour, minute, second] = parts(time);
    let month = MONTHS[usize::try_from(month).expect("small") - 1];
    // Nobody reads the day of the week.
    format!("Mon, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}
