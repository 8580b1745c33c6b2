//! Whether this node proves.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::lease::Lease;

/// Whether this node holds the lock. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Leadership(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
enum Held {
    /// Another one does, or may.
    #[default]
    No,
    /// Until the process ends.
    Always,
    /// Until the time comes, if it is not renewed before.
    Term { lease: Arc<Lease>, number: u64, until: Instant },
}

/// Why a node must not submit now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LeadershipError {
    /// Its term is over; another node may have begun its own.
    #[error("another node proves, or may")]
    Lost,
    /// Nobody says whether its term goes on.
    #[error("the lease cannot be confirmed: {0}")]
    Unconfirmed(String),
}

impl Leadership {
    /// Whether this node holds the lock, as far as it knows without asking.
    pub fn is_leader(&self) -> bool {
        match *self.held() {
            Held::No => false,
            Held::Always => true,
            Held::Term { until, .. } => Instant::now() < until,
        }
    }

    /// Asks whether this node still holds the lock. A lease is asked for at its server, whatever this node's clock says: a
    /// process that was stopped for long does not know it.
    ///
    /// # Errors
    /// [`LeadershipError`]
    pub async fn confirm(&self) -> Result<(), LeadershipError> {
        let (lease, number) = match &*self.held() {
            Held::No => return Err(LeadershipError::Lost),
            Held::Always => return Ok(()),
            Held::Term { lease, number, .. } => (Arc::clone(lease), *number),
        };
        let asked = tokio::task::spawn_blocking(move || lease.holds(number)).await;
        let unconfirmed = |error: &dyn std::fmt::Display| LeadershipError::Unconfirmed(error.to_string());
        let holds = asked.map_err(|error| unconfirmed(&error))?.map_err(|error| unconfirmed(&error))?;
        // It was said at some time between question and now; the clock says that the term has lasted until now.
        if holds && self.is_leader() { Ok(()) } else { Err(LeadershipError::Lost) }
    }

    /// Nobody else proves.
    pub(crate) fn hold(&self) {
        *self.held() = Held::Always;
    }

    pub(super) fn hold_until(&self, lease: Arc<Lease>, number: u64, until: Instant) {
        *self.held() = Held::Term { lease, number, until };
    }

    /// The term of this number is over.
    pub(super) fn lose(&self, number: u64) {
        let mut held = self.held();
        if matches!(*held, Held::Term { number: current, .. } if current == number) {
            *held = Held::No;
        }
    }

    /// No code that can panic runs while the lock is held.
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
