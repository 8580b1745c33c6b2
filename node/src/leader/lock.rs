//! The lock that decides which node proves.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::file::FileLock;
use super::keeper::Keeper;
use super::leadership::Leadership;
use super::lease::Lease;

/// Time between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// The lock cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// Its file cannot be opened or locked.
    #[error("the leader lock {} cannot be used", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Its URL cannot be read.
    #[error("the leader lock has no URL of a Redis server: {reason}")]
    Url {
        /// What is wrong.
        reason: String,
    },
}

/// A lock that at most one node holds.
#[derive(Debug)]
pub struct LeaderLock(Kind);

#[derive(Debug)]
enum Kind {
    File(FileLock),
    Lease(Arc<Lease>),
}

/// A time in which this node holds the lock. It ends when dropped.
#[derive(Debug)]
pub struct Term(Option<Keeper>);

impl LeaderLock {
    /// The lock in `place`: the path of a file, which is made if it is not there, or a `redis://` or `rediss://` URL. On a
    /// server, `name` tells it from those of other rollups, and a holder that is not heard of for `lease_time` loses it.
    /// It is not taken yet.
    ///
    /// # Errors
    /// [`LockError`]
    pub fn open(place: &str, name: &str, lease_time: Duration) -> Result<Self, LockError> {
        if place.starts_with("redis://") || place.starts_with("rediss://") {
            return Lease::open(place, name, lease_time).map(|lease| Self(Kind::Lease(Arc::new(lease))));
        }
        FileLock::open(Path::new(place)).map(|file| Self(Kind::File(file)))
    }

    /// Takes the lock if nobody has it, and notes that in `leadership`. A server that does not answer is nobody's error:
    /// it may come back.
    ///
    /// # Errors
    /// [`LockError`] on a file system without locks.
    pub async fn try_take(&self, leadership: &Leadership) -> Result<Option<Term>, LockError> {
        match &self.0 {
            Kind::File(file) => Ok(file.try_take()?.then(|| {
                leadership.hold();
                Term(None)
            })),
            Kind::Lease(lease) => {
                let asked = Arc::clone(lease);
                let taken = tokio::task::spawn_blocking(move || asked.take()).await;
                Ok(match taken {
                    Ok(Ok(Some((number, until)))) => {
                        tracing::info!(term = number, "the lease is taken");
                        Some(Term(Some(Keeper::start(Arc::clone(lease), number, until, leadership.clone()))))
                    }
                    Ok(Ok(None)) => None,
                    Ok(Err(error)) => {
                        tracing::warn!(%error, "the server of the leader lock does not answer");
                        None
                    }
                    Err(error) => {
                        tracing::error!(%error, "taking the lease broke off");
                        None
                    }
                })
            }
        }
    }

    /// Waits for the lock.
    ///
    /// # Errors
    /// As [`Self::try_take`].
    pub async fn take(&self, leadership: &Leadership) -> Result<Term, LockError> {
        let mut has_waited = false;
        loop {
            if let Some(term) = self.try_take(leadership).await? {
                tracing::info!("this node proves");
                return Ok(term);
            }
            if !has_waited {
                tracing::info!("another node proves; this one stands by");
                has_waited = true;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

impl Term {
    /// Returns when the lock is lost. That of a file never is while the process lives.
    pub async fn lost(&mut self) {
        match &mut self.0 {
            Some(keeper) => keeper.lost().await,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use chinampa_testkit::redis::RedisServer;

    use super::*;
    use crate::leader::LeadershipError;

    const TIME: Duration = Duration::from_millis(600);

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_lease_passes_on_when_it_is_given_back_or_its_server_forgets_it() {
        let mut server = RedisServer::start(&[]);
        let open = || LeaderLock::open(&server.url(), "1:0x00", TIME).unwrap();
        let (first, second) = (open(), open());
        let (one, two) = (Leadership::default(), Leadership::default());
        assert_eq!(one.confirm().await, Err(LeadershipError::Lost));
        let term = first.try_take(&one).await.unwrap().expect("it is free");
        tokio::time::sleep(TIME * 2).await;
        assert!(one.is_leader(), "it is renewed");
        assert_eq!(one.confirm().await, Ok(()));
        assert!(second.try_take(&two).await.unwrap().is_none() && !two.is_leader());
        drop(term);
        assert!(!one.is_leader(), "given back");
        let mut term = second.try_take(&two).await.unwrap().expect("it is free at once");
        // Without persistence the server forgets everything, and somebody else may be first.
        server.kill();
        assert!(matches!(two.confirm().await, Err(LeadershipError::Unconfirmed(_))));
        server.restart();
        assert_eq!(two.confirm().await, Err(LeadershipError::Lost));
        tokio::time::timeout(TIME * 2, term.lost()).await.expect("the renewal is refused");
        assert!(!two.is_leader());
        let again = first.try_take(&one).await.unwrap();
        assert!(again.is_some() && one.is_leader());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_holder_without_its_server_gives_up_before_the_lease_ends() {
        let mut server = RedisServer::start(&[]);
        let lock = LeaderLock::open(&server.url(), "1:0x00", TIME).unwrap();
        let leadership = Leadership::default();
        let mut term = lock.try_take(&leadership).await.unwrap().expect("it is free");
        server.kill();
        tokio::time::sleep(TIME).await;
        assert!(!leadership.is_leader(), "by its own clock");
        tokio::time::timeout(TIME * 4, term.lost()).await.expect("it gives up");
    }
}
