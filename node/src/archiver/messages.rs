//! Messages to L2, from the inbox's events.

use alloy::eips::BlockId;
use alloy::primitives::U256;
use alloy::rpc::types::Filter;
use alloy::sol_types::SolEvent as _;
use alloy::{primitives::B256, providers::Provider as _};
use chinampa_protocol::constants::NUMBER_OF_L1_L2_MESSAGES_PER_ROLLUP;
use chinampa_protocol::messages::next_rolling_hash;

use super::store::{Note, StoredMessage};
use super::{Archiver, ArchiverError};
use crate::l1::contracts::Inbox;
use crate::l1::{L1Block, L1Error};

const PER_CHECKPOINT: u64 = NUMBER_OF_L1_L2_MESSAGES_PER_ROLLUP as u64;

/// An event before it is checked against what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sent {
    checkpoint: u64,
    message: StoredMessage,
}

impl Archiver {
    /// Brings the messages up to `head`.
    pub(super) async fn sync_messages(&self, head: L1Block) -> Result<(), ArchiverError> {
        let inbox = Inbox::new(self.deployment.inbox, self.l1.provider());
        let state = inbox.getState().block(BlockId::number(head.number)).call().await;
        let state = state.map_err(L1Error::contract("getState", self.deployment.inbox))?;
        if !self.is_level(&state)? {
            self.drop_undone_messages().await?;
            let from = self.store.noted(Note::MessagesUpTo)?.max(self.deployment.start_block);
            for (from, to) in ranges(from, head.number, self.config.log_range_blocks) {
                self.add_sent(&self.sent(from, to).await?)?;
            }
            if !self.is_level(&state)? {
                let actual = self.store.message_count()?;
                return Err(ArchiverError::Messages { expected: state.totalMessagesInserted, actual });
            }
        }
        self.store.note(Note::MessagesUpTo, head.number)?;
        Ok(())
    }

    /// Whether the inbox has exactly the messages that are stored.
    fn is_level(&self, state: &Inbox::State) -> Result<bool, ArchiverError> {
        let rolling_hash = self.store.last_message()?.map_or([0; 16], |message| message.rolling_hash);
        Ok(self.store.message_count()? == state.totalMessagesInserted && rolling_hash == state.rollingHash.0)
    }

    /// Forgets the newest messages that are no longer on L1, and notes from where to read again.
    async fn drop_undone_messages(&self) -> Result<(), ArchiverError> {
        while let Some(last) = self.store.last_message()? {
            let sent = self.sent(last.l1_block, last.l1_block).await?;
            if sent.iter().any(|sent| sent.message == last) {
                break;
            }
            tracing::info!(index = last.index, l1_block = last.l1_block, "a message was undone on L1");
            self.store.remove_messages_from(last.index)?;
            self.store.note(Note::MessagesUpTo, last.l1_block.saturating_sub(1))?;
        }
        Ok(())
    }

    async fn sent(&self, from: u64, to: u64) -> Result<Vec<Sent>, ArchiverError> {
        let filter = Filter::new()
            .address(self.deployment.inbox)
            .event_signature(Inbox::MessageSent::SIGNATURE_HASH)
            .from_block(from)
            .to_block(to);
        let logs = self.l1.provider().get_logs(&filter).await.map_err(L1Error::rpc("eth_getLogs"))?;
        let sent = logs.iter().map(|log| {
            let range = |what| move |_| ArchiverError::EventRange { what };
            let event = Inbox::MessageSent::decode_log(&log.inner)
                .map_err(|_| ArchiverError::EventRange { what: "a message" })?;
            let number = |value: U256| u64::try_from(value);
            let leaf = |hash: B256| chinampa_protocol::Fr::from_be_bytes(&hash.0);
            Ok(Sent {
                checkpoint: number(event.checkpointNumber).map_err(range("the checkpoint number"))?,
                message: StoredMessage {
                    index: number(event.index).map_err(range("the message index"))?,
                    leaf: leaf(event.hash).map_err(|_| ArchiverError::EventRange { what: "the hash" })?,
                    rolling_hash: event.rollingHash.0,
                    l1_block: log.block_number.ok_or(ArchiverError::EventRange { what: "the block" })?,
                },
            })
        });
        sent.collect()
    }

    /// Stores those messages that are new, each checked against the one before it.
    fn add_sent(&self, sent: &[Sent]) -> Result<(), ArchiverError> {
        let mut last = self.store.last_message()?;
        let mut new = Vec::new();
        for Sent { checkpoint, message } in sent.iter().copied() {
            if last.is_some_and(|last| message.index <= last.index) {
                continue;
            }
            check_follows(last, checkpoint, message)?;
            last = Some(message);
            new.push(message);
        }
        if !new.is_empty() {
            self.store.add_messages(&new)?;
        }
        Ok(())
    }
}

/// Messages fill the leaves of their checkpoint from the first one on, and every rolling hash contains the previous.
fn check_follows(
    last: Option<StoredMessage>,
    checkpoint: u64,
    message: StoredMessage,
) -> Result<(), ArchiverError> {
    let index = message.index;
    let wrong = |what| Err(ArchiverError::MessageOrder { index, checkpoint, what });
    let Some(first) = checkpoint.checked_sub(1).and_then(|number| number.checked_mul(PER_CHECKPOINT)) else {
        return wrong("there is no such checkpoint");
    };
    if !(first..first.saturating_add(PER_CHECKPOINT)).contains(&index) {
        return wrong("the index is not one of the checkpoint's");
    }
    let expected = match last {
        Some(last) if last.index >= first => last.index + 1,
        _ => first,
    };
    if index != expected {
        return wrong("an index is missing");
    }
    let rolling_hash = last.map_or([0; 16], |last| last.rolling_hash);
    if next_rolling_hash(rolling_hash, message.leaf) != message.rolling_hash {
        return wrong("the rolling hash differs");
    }
    Ok(())
}

/// Cuts blocks `from..=to` into ranges that providers accept.
pub(super) fn ranges(from: u64, to: u64, len: u64) -> impl Iterator<Item = (u64, u64)> {
    let len = len.max(1);
    let starts = (from..=to).step_by(usize::try_from(len).unwrap_or(usize::MAX));
    starts.map(move |start| (start, to.min(start.saturating_add(len - 1))))
}

#[cfg(test)]
mod tests {
    use chinampa_protocol::Fr;

    use super::*;

    fn message(index: u64, after: [u8; 16]) -> StoredMessage {
        let leaf = Fr::from(index + 7);
        StoredMessage { index, leaf, rolling_hash: next_rolling_hash(after, leaf), l1_block: 1 }
    }

    #[test]
    fn ranges_cover_every_block_once() {
        assert_eq!(ranges(5, 12, 3).collect::<Vec<_>>(), [(5, 7), (8, 10), (11, 12)]);
        assert_eq!(ranges(5, 5, 3).collect::<Vec<_>>(), [(5, 5)]);
        assert_eq!(ranges(6, 5, 3).count(), 0);
    }

    #[test]
    fn messages_fill_a_checkpoint_from_its_first_leaf() {
        let first = message(1_024, [0; 16]);
        check_follows(None, 2, first).unwrap();
        let second = message(1_025, first.rolling_hash);
        check_follows(Some(first), 2, second).unwrap();
        let next = message(4_096, second.rolling_hash);
        check_follows(Some(second), 5, next).unwrap();
    }

    #[test]
    fn gaps_strangers_and_broken_chains_are_refused() {
        let what = |last, checkpoint, message| match check_follows(last, checkpoint, message) {
            Err(ArchiverError::MessageOrder { what, .. }) => what,
            other => panic!("expected an error, got {other:?}"),
        };
        let first = message(1_024, [0; 16]);
        assert!(what(None, 0, first).contains("no such"));
        assert!(what(None, 1, first).contains("not one"));
        assert!(what(None, 2, message(1_025, [0; 16])).contains("missing"));
        assert!(what(Some(first), 2, message(1_026, first.rolling_hash)).contains("missing"));
        assert!(what(Some(first), 2, message(1_025, [0; 16])).contains("rolling"));
        assert!(what(None, u64::MAX, first).contains("no such"));
    }
}
