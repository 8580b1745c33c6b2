//! What ends agents: signals, notices that the machine is reclaimed, and the failure of another part of the process.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chinampa_agent::DrainNotice;
use chinampa_agent::session::ReleaseCause;
use chinampa_agent::spot::{Cloud, SpotConfig, SpotNotice, SpotWatch};
use serde::Deserialize;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::parts::Stop;
use crate::exit::Error;

/// Exit status of a process that a second signal ends: 128 and the number of SIGTERM.
const EXIT_TERMINATED: i32 = 143;

/// Time before the end that a cloud has announced in which nothing is begun any more.
const LAST_MOMENT: Duration = Duration::from_secs(2);

/// The part of the agent section that is read here.
#[derive(Debug, Deserialize)]
pub(super) struct SpotSection {
    spot: String,
    spot_url: Option<String>,
    spot_file: Option<PathBuf>,
    spot_interval_ms: u64,
}

/// What says that the machine is reclaimed.
pub(super) fn watch(section: &SpotSection) -> Result<SpotWatch, Error> {
    let cloud = match section.spot.as_str() {
        "aws" => Some(Cloud::Aws),
        "gcp" => Some(Cloud::Gcp),
        "azure" => Some(Cloud::Azure),
        "off" => None,
        _ => Cloud::of_machine(),
    };
    if let Some(cloud) = cloud {
        tracing::info!(cloud = cloud.name(), "watching for notices that this machine is reclaimed");
    }
    let address = |cloud: Cloud| section.spot_url.clone().unwrap_or_else(|| cloud.base_url().to_owned());
    let config = SpotConfig {
        cloud: cloud.map(|cloud| (cloud, address(cloud))),
        file: section.spot_file.clone(),
        interval: Duration::from_millis(section.spot_interval_ms),
    };
    SpotWatch::new(config).map_err(Error::Spot)
}

/// All that ends agents.
pub(super) struct Ends {
    terminate: Signal,
    interrupt: Signal,
    user: Signal,
    spot: SpotWatch,
    stop: Stop,
}

/// One of them.
struct End {
    name: String,
    cause: ReleaseCause,
    time_left: Option<Duration>,
    is_signal: bool,
}

impl Ends {
    pub(super) fn new(spot: SpotWatch, stop: Stop) -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            user: signal(SignalKind::user_defined1())?,
            spot,
            stop,
        })
    }

    async fn next(&mut self, watches_notices: bool) -> End {
        let of_signal =
            |name: &str, cause| End { name: name.to_owned(), cause, time_left: None, is_signal: true };
        tokio::select! {
            _ = self.terminate.recv() => of_signal("SIGTERM", ReleaseCause::Shutdown),
            _ = self.interrupt.recv() => of_signal("SIGINT", ReleaseCause::Shutdown),
            _ = self.user.recv() => of_signal("SIGUSR1", ReleaseCause::SpotReclaim),
            () = self.stop.failure(), if watches_notices => {
                let (name, cause) = ("the failure of another part".to_owned(), ReleaseCause::Shutdown);
                End { name, cause, time_left: None, is_signal: false }
            }
            notice = self.spot.notice(), if watches_notices => {
                let SpotNotice { source, what, time_left } = notice;
                let cause = ReleaseCause::SpotReclaim;
                End { name: format!("{source}: {what}"), cause, time_left, is_signal: false }
            }
        }
    }

    /// The first end starts a drain. A SIGTERM or SIGINT that follows another signal ends the process at once. One that
    /// follows a notice does not: it is the machine's way to end.
    pub(super) async fn forward(mut self, sender: watch::Sender<Option<DrainNotice>>, drain_time: Duration) {
        let (mut is_signalled, mut is_noticed) = (false, false);
        loop {
            let end = self.next(!is_noticed).await;
            if is_signalled && end.is_signal && end.cause == ReleaseCause::Shutdown {
                tracing::warn!(signal = end.name, "a second signal: stopping at once");
                std::process::exit(EXIT_TERMINATED);
            }
            is_signalled |= end.is_signal;
            is_noticed |= !end.is_signal;
            let said = end.time_left.map(|left| left.saturating_sub(LAST_MOMENT));
            let time = said.map_or(drain_time, |left| left.min(drain_time));
            let drain_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            tracing::info!(cause = end.name, drain_ms, "draining");
            sender.send_replace(Some(DrainNotice { deadline: Instant::now() + time, cause: end.cause }));
        }
    }
}
