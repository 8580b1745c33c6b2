//! The task that follows L1.

use std::time::Duration;

use chinampa_protocol::tree::Store;
use tokio::sync::watch;

use chinampa_jobs::with_causes;

use super::ServiceError;
use super::status::{StatusBoard, SyncFault};
use crate::archiver::{Archiver, ArchiverError, Tips};
use crate::state::Synchronizer;

/// Longest pause after failures in a row.
const PAUSE_MAX: Duration = Duration::from_secs(15);

/// Rounds of archiver and world state until a store fails. Tips are announced after the world state has followed, so
/// whoever waits for them finds every block applied.
pub(super) async fn follow<S: Store + 'static>(
    mut archiver: Archiver,
    synchronizer: Synchronizer<S>,
    interval: Duration,
    announce: watch::Sender<Tips>,
    board: StatusBoard,
) -> Result<(), ServiceError> {
    let mut failures = 0_u32;
    while !announce.is_closed() {
        match archiver.sync().await {
            Ok(Some(tips)) => {
                tokio::task::block_in_place(|| synchronizer.follow(&tips))?;
                failures = note_success(&board, failures);
                announce_change(&announce, tips);
            }
            Ok(None) => failures = note_success(&board, failures),
            Err(ArchiverError::Store(error)) => return Err(error.into()),
            Err(error) => {
                failures += 1;
                let (code, message) = (error.code(), with_causes(&error));
                tracing::warn!(failures, code, error = message, "L1 cannot be followed at the moment");
                board.synced(Some(SyncFault { code, message, failures }));
            }
        }
        tokio::time::sleep((interval * 2_u32.saturating_pow(failures.min(8))).min(PAUSE_MAX.max(interval)))
            .await;
    }
    Ok(())
}

fn note_success(board: &StatusBoard, failures: u32) -> u32 {
    if failures > 0 {
        tracing::info!(failures, "L1 can be followed again");
        board.synced(None);
    }
    0
}

fn announce_change(announce: &watch::Sender<Tips>, tips: Tips) {
    let before = announce.send_replace(tips);
    if (before.pending, before.proven) != (tips.pending, tips.proven) {
        let Tips { l1, pending, proven, finalized } = tips;
        tracing::info!(l1_block = l1.number, pending, proven, finalized, "the chain moved");
    }
}
