//! Proving while this node holds the leader lock.

use std::sync::Arc;

use tokio::sync::watch;

use super::open::open_epochs;
use super::{ServiceError, Shared};
use crate::archiver::Tips;
use crate::leader::{LeaderLock, Leadership};
use crate::prover::ProvingBroker;

/// Opens epochs whenever this node holds the lock; always if there is none. A node that loses the lock lets go of all its
/// epochs and stands by.
pub(super) async fn lead<B: ProvingBroker>(
    lock: Option<LeaderLock>,
    leadership: Leadership,
    shared: Arc<Shared<B>>,
    tips: watch::Receiver<Tips>,
) -> Result<(), ServiceError> {
    let Some(lock) = lock else {
        leadership.hold();
        return open_epochs(shared, tips).await;
    };
    loop {
        let mut term = lock.take(&leadership).await?;
        tokio::select! {
            ended = open_epochs(Arc::clone(&shared), tips.clone()) => return ended,
            () = term.lost() => {}
        }
        shared.board.depose();
    }
}
