//! Texts in, references out, and back.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chinampa_jobs::objects::ObjectsError;
use chinampa_jobs::{EpochNumber, ProofUri};
use serde::Serialize;

use super::place::Place;
use super::reference::Reference;
use super::{frame, reference};

/// Part of the quota from which on there is an alarm.
const ALARM_PERCENT: u64 = 80;

/// Why a payload is not taken or not given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// As many bytes as may be are used.
    #[error("payload store is full: {used_bytes} of {quota_bytes} bytes are used")]
    Full {
        /// Bytes in use.
        used_bytes: u64,
        /// Most bytes.
        quota_bytes: u64,
    },
    /// The place itself has no room.
    #[error("payload store has no room: {0}")]
    NoRoom(String),
    /// The payload is gone.
    #[error("payload {name} is lost")]
    Missing {
        /// Its SHA-256.
        name: String,
    },
    /// The payload is not what it was.
    #[error("payload {name} is damaged: {reason}")]
    Damaged {
        /// Its SHA-256.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The place cannot be reached, or fails.
    #[error("payload store is out of order: {0}")]
    Unavailable(String),
}

impl PayloadError {
    /// Whether the payload will never be there again.
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::Damaged { .. })
    }
}

impl From<ObjectsError> for PayloadError {
    fn from(error: ObjectsError) -> Self {
        match error {
            ObjectsError::Full { .. } => Self::NoRoom(error.to_string()),
            error => Self::Unavailable(error.to_string()),
        }
    }
}

/// Settings of payloads.
#[derive(Clone, Debug)]
pub struct PayloadConfig {
    /// Where they are.
    pub place: Place,
    /// Texts of up to so many bytes stay in the queue.
    pub inline_max_bytes: usize,
    /// Most bytes in use; more jobs are refused then. 0 is no limit.
    pub quota_bytes: u64,
    /// Time between two looks at everything that is in the place.
    pub scrub_interval: Duration,
}

/// How much there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PayloadUsage {
    /// Where.
    pub place: String,
    /// Bytes in use.
    pub used_bytes: u64,
    /// Most bytes, 0 without a limit.
    pub quota_bytes: u64,
    /// Soon there is no room.
    pub is_alarm: bool,
    /// Payloads that were lost or damaged when they were asked for, since the start.
    pub lost: u64,
}

/// Payloads of a broker.
#[derive(Debug)]
pub struct Payloads {
    pub(super) config: PayloadConfig,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Bytes by epoch.
    used: BTreeMap<u64, u64>,
    /// When something was last written for an epoch here.
    written: BTreeMap<u64, Instant>,
    lost: u64,
}

impl Payloads {
    /// Opens the place and looks at what is there.
    ///
    /// # Errors
    /// [`PayloadError`]
    pub async fn open(config: PayloadConfig) -> Result<Self, PayloadError> {
        let used = config.place.usage().await?;
        Ok(Self { config, state: Mutex::new(State { used, ..State::default() }) })
    }

    /// What the queue keeps of the inputs of a job: the URI itself, or a reference to what is now in the place.
    ///
    /// # Errors
    /// [`PayloadError::Full`], [`PayloadError::NoRoom`], [`PayloadError::Unavailable`]
    pub async fn keep_inputs(&self, uri: ProofUri, epoch: EpochNumber) -> Result<ProofUri, PayloadError> {
        self.keep(uri, epoch, true).await
    }

    /// What the queue keeps of a result. The quota does not hold for results: they are small, and without them no epoch ends.
    ///
    /// # Errors
    /// [`PayloadError::NoRoom`], [`PayloadError::Unavailable`]
    pub async fn keep_result(&self, uri: ProofUri, epoch: EpochNumber) -> Result<ProofUri, PayloadError> {
        self.keep(uri, epoch, false).await
    }

    /// Whether a URI from outside stays in the queue as it is.
    pub fn stays(&self, uri: &ProofUri) -> bool {
        uri.as_str().len() <= self.config.inline_max_bytes && !reference::is_like_one(uri.as_str())
    }

    async fn keep(
        &self,
        uri: ProofUri,
        epoch: EpochNumber,
        has_quota: bool,
    ) -> Result<ProofUri, PayloadError> {
        if self.stays(&uri) {
            return Ok(uri);
        }
        let encode = move || (Reference::to(uri.as_str(), epoch), frame::encode(uri.as_str()));
        let (reference, bytes) = blocking(encode).await?;
        let number = epoch.get();
        self.state().written.insert(number, Instant::now());
        if self.config.place.has(&reference).await? {
            return Ok(reference.to_uri());
        }
        let len = bytes.len() as u64;
        if has_quota {
            self.check_quota(len)?;
        }
        self.config.place.write(&reference, bytes).await?;
        *self.state().used.entry(number).or_default() += len;
        Ok(reference.to_uri())
    }

    /// The text that a URI of the queue stands for: itself, unless it is a reference.
    ///
    /// # Errors
    /// [`PayloadError::Missing`], [`PayloadError::Damaged`], [`PayloadError::Unavailable`]
    pub async fn text(&self, uri: ProofUri) -> Result<ProofUri, PayloadError> {
        let Some(reference) = Reference::of(&uri) else { return Ok(uri) };
        let name = reference.name();
        let Some(bytes) = self.config.place.read(&reference).await? else {
            self.state().lost += 1;
            return Err(PayloadError::Missing { name });
        };
        match blocking(move || frame::decode(&bytes, &reference)).await? {
            Ok(text) => {
                text.parse().map_err(|_| PayloadError::Damaged { name, reason: "it is longer than a URI" })
            }
            Err(reason) => {
                self.state().lost += 1;
                // It is written again when it is enqueued again.
                if let Err(error) = self.config.place.remove(&reference).await {
                    tracing::warn!(%error, name, "a damaged payload stays where it is");
                }
                Err(PayloadError::Damaged { name, reason })
            }
        }
    }

    /// How much there is.
    pub fn usage(&self) -> PayloadUsage {
        let (state, quota_bytes) = (self.state(), self.config.quota_bytes);
        let used_bytes = state.used.values().sum();
        let is_alarm = quota_bytes > 0 && used_bytes >= quota_bytes / 100 * ALARM_PERCENT;
        let place = format!("{:?}", self.config.place);
        PayloadUsage { place, used_bytes, quota_bytes, is_alarm, lost: state.lost }
    }

    /// Looks at everything that is there.
    pub(super) async fn count(&self) -> Result<(), PayloadError> {
        let used = self.config.place.usage().await?;
        self.state().used = used;
        Ok(())
    }

    /// Epochs with payloads, and how long ago something was last written for them here.
    pub(super) fn epochs(&self) -> Vec<(u64, Duration)> {
        let state = self.state();
        let quiet = |epoch: &u64| state.written.get(epoch).map_or(Duration::MAX, Instant::elapsed);
        state.used.keys().map(|epoch| (*epoch, quiet(epoch))).collect()
    }

    pub(super) async fn drop_epoch(&self, epoch: u64) -> Result<(), PayloadError> {
        self.config.place.drop_epoch(epoch).await?;
        let mut state = self.state();
        state.used.remove(&epoch);
        state.written.remove(&epoch);
        Ok(())
    }

    fn check_quota(&self, len: u64) -> Result<(), PayloadError> {
        let quota_bytes = self.config.quota_bytes;
        let used_bytes: u64 = self.state().used.values().sum();
        if quota_bytes > 0 && used_bytes.saturating_add(len) > quota_bytes {
            return Err(PayloadError::Full { used_bytes, quota_bytes });
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock panics half way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs what takes long where it holds nobody up.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, PayloadError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| PayloadError::Unavailable(error.to_string()))
}
