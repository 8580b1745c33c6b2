//! What happened to jobs lately, for those who watch: a window with numbers, so that a watcher who was cut off goes on
//! where it was.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chinampa_jobs::UnixMs;
use serde::Serialize;
use tokio::sync::watch;

use crate::queue::FeedEntry;

/// How many entries are kept.
const WINDOW: usize = 16_384;

/// An entry of the feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedItem {
    /// Its number. Later ones are greater, over restarts too.
    pub number: u64,
    /// When, milliseconds since 1970.
    pub time_ms: i64,
    /// What.
    #[serde(flatten)]
    pub entry: FeedEntry,
}

/// The window.
#[derive(Debug)]
pub struct Feed {
    items: Mutex<VecDeque<FeedItem>>,
    next: watch::Sender<u64>,
}

impl Feed {
    /// An empty feed that counts from `first`.
    pub(crate) fn new(first: u64) -> Self {
        Self { items: Mutex::default(), next: watch::Sender::new(first) }
    }

    pub(crate) fn push(&self, entries: Vec<FeedEntry>, now: UnixMs) {
        if entries.is_empty() {
            return;
        }
        let mut number = *self.next.borrow();
        let mut items = self.items();
        for entry in entries {
            items.push_back(FeedItem { number, time_ms: now.0, entry });
            number += 1;
            if items.len() > WINDOW {
                items.pop_front();
            }
        }
        drop(items);
        self.next.send_replace(number);
    }

    /// At most `limit` entries after the one with this number, oldest first.
    pub fn after(&self, number: u64, limit: usize) -> Vec<FeedItem> {
        let items = self.items();
        let start = items.partition_point(|item| item.number <= number);
        items.range(start..).take(limit).cloned().collect()
    }

    /// The number of the oldest entry, or of the next one if there is none.
    pub fn first(&self) -> u64 {
        let first = self.items().front().map(|item| item.number);
        first.unwrap_or_else(|| *self.next.borrow())
    }

    /// The number of the next entry, now and as it grows.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.next.subscribe()
    }

    fn items(&self) -> MutexGuard<'_, VecDeque<FeedItem>> {
        // Nothing under the lock panics half way through a change.
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
