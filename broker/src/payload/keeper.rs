//! Removes payloads whose epochs are gone, and says when there is little room.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::store::Payloads;
use crate::worker::Broker;

/// Time between two looks at which epochs the queue has.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// Payloads are written before their jobs are enqueued. For so long, they may be there without them.
const PATIENCE: Duration = Duration::from_secs(600);
/// The same for epochs of which the queue takes no more jobs.
const OLD_PATIENCE: Duration = Duration::from_secs(3);

/// Runs until the broker stops. Epochs that are so old that the queue takes none of their jobs go at once, others when they were
/// without jobs for some time.
pub(crate) async fn keep(payloads: Arc<Payloads>, broker: Broker, mut stopping: watch::Receiver<bool>) {
    let mut idle: BTreeMap<u64, Instant> = BTreeMap::new();
    let mut counted = Instant::now();
    let mut was_alarm = false;
    loop {
        let Ok(seen) = broker.look(|queue| (queue.epochs(), queue.oldest_epoch())).await else { return };
        if counted.elapsed() >= payloads.config.scrub_interval {
            counted = Instant::now();
            if let Err(error) = payloads.count().await {
                tracing::warn!(%error, "payloads were not counted");
            }
        }
        if let Some((known, oldest)) = seen {
            drop_unused(&payloads, &known, oldest, &mut idle).await;
        }
        let usage = payloads.usage();
        if usage.is_alarm && !was_alarm {
            let (used_bytes, quota_bytes) = (usage.used_bytes, usage.quota_bytes);
            tracing::error!(used_bytes, quota_bytes, "payloads have little room left");
        }
        was_alarm = usage.is_alarm;
        broker.metrics().set_payloads(&usage);
        tokio::select! {
            () = tokio::time::sleep(LOOK_INTERVAL) => {}
            _ = stopping.wait_for(|is_stopping| *is_stopping) => return,
        }
    }
}

async fn drop_unused(
    payloads: &Payloads,
    known: &BTreeSet<u64>,
    oldest: u64,
    idle: &mut BTreeMap<u64, Instant>,
) {
    idle.retain(|epoch, _| !known.contains(epoch));
    for (epoch, quiet) in payloads.epochs() {
        if known.contains(&epoch) {
            continue;
        }
        let since = *idle.entry(epoch).or_insert_with(Instant::now);
        let patience = if epoch < oldest { OLD_PATIENCE } else { PATIENCE };
        if quiet.min(since.elapsed()) < patience {
            continue;
        }
        match payloads.drop_epoch(epoch).await {
            Ok(()) => {
                idle.remove(&epoch);
                tracing::info!(epoch, "the payloads of an epoch are gone with it");
            }
            Err(error) => tracing::warn!(epoch, %error, "the payloads of an epoch stay for now"),
        }
    }
}
