//! Notices that the machine is about to be taken away: the metadata services of three clouds, and a file.
//!
//! Nothing here decides what to do about a notice; a [`SpotWatch`] waits for one and says what it is.

mod aws;
mod azure;
mod gcp;
mod http;
mod when;

#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

pub use http::ProbeError;

use aws::Aws;
use azure::Azure;
use gcp::Gcp;
use http::Http;

/// A file with a notice is not read further than this.
const MAX_FILE_LEN: usize = 64;

/// A cloud whose metadata service says when a machine ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// Amazon EC2: `spot/instance-action`, read with a session token (IMDSv2).
    Aws,
    /// Google Compute Engine: `instance/preempted` and `instance/maintenance-event`.
    Gcp,
    /// Azure: Scheduled Events.
    Azure,
}

impl Cloud {
    /// Its name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Gcp => "gcp",
            Self::Azure => "azure",
        }
    }

    /// Where the metadata service answers on a machine of this cloud.
    pub fn base_url(self) -> &'static str {
        match self {
            Self::Aws | Self::Azure => "http://169.254.169.254",
            Self::Gcp => "http://metadata.google.internal",
        }
    }

    /// The cloud that this machine runs in, by what its firmware says; none elsewhere. Asks nobody.
    pub fn of_machine() -> Option<Self> {
        Self::under(Path::new("/"))
    }

    fn under(root: &Path) -> Option<Self> {
        let read = |name: &str| {
            let text = fs::read_to_string(root.join("sys/class/dmi/id").join(name)).unwrap_or_default();
            text.trim().to_owned()
        };
        match read("sys_vendor").as_str() {
            "Amazon EC2" => Some(Self::Aws),
            "Google" => Some(Self::Gcp),
            // Other machines on Hyper-V have the same vendor.
            "Microsoft Corporation" if read("chassis_asset_tag") == AZURE_ASSET_TAG => Some(Self::Azure),
            _ => None,
        }
    }
}

/// The asset tag of every machine of Azure.
const AZURE_ASSET_TAG: &str = "7783-7084-3265-9085-8269-3286-77";

/// What is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpotConfig {
    /// The cloud, and the address of its metadata service.
    pub cloud: Option<(Cloud, String)>,
    /// A file that somebody makes when the machine is to end. It may hold the seconds that are left.
    pub file: Option<PathBuf>,
    /// Time between two looks.
    pub interval: Duration,
}

/// The machine is about to be taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpotNotice {
    /// Who says so.
    pub source: &'static str,
    /// In its words.
    pub what: String,
    /// Time until then, if it was said.
    pub time_left: Option<Duration>,
}

#[derive(Debug)]
enum Probe {
    Aws(Aws),
    Gcp(Gcp),
    Azure(Azure),
}

/// Waits for notices.
#[derive(Debug)]
pub struct SpotWatch {
    cloud: Option<Probe>,
    file: Option<PathBuf>,
    interval: Duration,
}

impl SpotWatch {
    /// Watches what `config` says.
    ///
    /// # Errors
    /// [`ProbeError::Address`]
    pub fn new(config: SpotConfig) -> Result<Self, ProbeError> {
        let probe = |(cloud, url): (Cloud, String)| {
            let http = Http::new(&url)?;
            Ok(match cloud {
                Cloud::Aws => Probe::Aws(Aws::new(http)),
                Cloud::Gcp => Probe::Gcp(Gcp::new(http)),
                Cloud::Azure => Probe::Azure(Azure::new(http)),
            })
        };
        let cloud = config.cloud.map(probe).transpose()?;
        Ok(Self { cloud, file: config.file, interval: config.interval })
    }

    /// The next notice; never, if nothing is watched. Waiting may be broken off and begun again.
    pub async fn notice(&mut self) -> SpotNotice {
        let interval = self.interval;
        let cloud = async {
            match &mut self.cloud {
                Some(probe) => watch_cloud(probe, interval).await,
                None => std::future::pending().await,
            }
        };
        let file = async {
            match &self.file {
                Some(path) => watch_file(path, interval).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            notice = cloud => notice,
            notice = file => notice,
        }
    }
}

async fn watch_cloud(probe: &mut Probe, interval: Duration) -> SpotNotice {
    let mut is_reachable = true;
    loop {
        let looked = match probe {
            Probe::Aws(aws) => aws.look(SystemTime::now()).await,
            Probe::Gcp(gcp) => gcp.look().await,
            Probe::Azure(azure) => azure.look(SystemTime::now()).await,
        };
        match looked {
            Ok(Some(notice)) => return notice,
            Ok(None) => is_reachable = true,
            // Once, not every second: the agents work as well without it.
            Err(error) => {
                if std::mem::replace(&mut is_reachable, false) {
                    tracing::warn!(
                        "the cloud's metadata service does not say whether the machine ends: {error}"
                    );
                }
            }
        }
        tokio::time::sleep(interval).await;
    }
}

async fn watch_file(path: &Path, interval: Duration) -> SpotNotice {
    loop {
        // It may be made later, or be half written.
        if let Ok(bytes) = fs::read(path) {
            let text = String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_FILE_LEN)]);
            let time_left = text.trim().parse().ok().map(Duration::from_secs);
            return SpotNotice { source: "file", what: path.display().to_string(), time_left };
        }
        tokio::time::sleep(interval).await;
    }
}
