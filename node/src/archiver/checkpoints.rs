//! Checkpoints, from the rollup's events, the calls that made them, and their blobs.
//!
//! # Source
//! Aztec 4.1.2 `archiver/src/modules/l1_synchronizer.ts`.

use alloy::consensus::Transaction as _;
use alloy::eips::BlockId;
use alloy::primitives::{Address, B256, U256};
use alloy::providers::Provider as _;
use alloy::rpc::types::{Filter, Log};
use alloy::sol_types::SolEvent as _;
use chinampa_protocol::Fr;
use chinampa_protocol::blob::blobs_hash;
use chinampa_protocol::block::AttestationPayload;
use chinampa_protocol::tree::ephemeral::in_hash;
use futures_util::future::try_join_all;

use super::messages::ranges;
use super::propose::{self, Pins, Proposal};
use super::rebuild::{Identity, rebuild};
use super::store::{L1Position, Note, PublishedCheckpoint};
use super::trace::traced_calls;
use super::{Archiver, ArchiverError};
use crate::blobs::Wanted;
use crate::l1::contracts::{EscapeHatch, Rollup};
use crate::l1::{L1Block, L1Error};

/// Checkpoints that are fetched at the same time.
const CONCURRENT: usize = 8;

/// Where the chain ends for us: number and archive root of the newest checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tip {
    number: u32,
    archive: Fr,
    l1_block: u64,
}

/// An event of a checkpoint that is still part of the chain.
#[derive(Clone, Debug)]
struct Proposed {
    number: u32,
    pins: Pins,
    blobs: Vec<B256>,
    transaction: B256,
    l1_block: u64,
}

/// What the rollup says of the chain at one block of L1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Status {
    proven: u32,
    proven_archive: B256,
    pending: u32,
    mine_archive: B256,
}

impl Archiver {
    /// Brings the checkpoints up to `head`.
    pub(super) async fn sync_checkpoints(&mut self, head: L1Block) -> Result<(), ArchiverError> {
        let mut tip = self.local_tip()?;
        let status = self.status(tip.number, head).await?;
        self.adopt_proven(status)?;
        if status.mine_archive.0 != tip.archive.to_be_bytes() {
            tip = self.unwind_to_common(tip, head).await?;
        }
        if self.can_prune(head).await? {
            return self.prune();
        }
        if status.pending > tip.number {
            self.fetch_after(tip, head).await?;
            self.adopt_proven(status)?;
        }
        Ok(())
    }

    fn local_tip(&self) -> Result<Tip, ArchiverError> {
        Ok(self.store.tip()?.map_or(
            Tip { number: 0, archive: self.deployment.genesis_archive_root, l1_block: 0 },
            |tip| Tip {
                number: tip.checkpoint.number,
                archive: tip.checkpoint.archive.root,
                l1_block: tip.l1.block_number,
            },
        ))
    }

    async fn status(&self, mine: u32, head: L1Block) -> Result<Status, ArchiverError> {
        let status = self.rollup().status(U256::from(mine)).block(BlockId::number(head.number)).call().await;
        let status = status.map_err(L1Error::contract("status", self.deployment.rollup))?;
        Ok(Status {
            proven: number(status.provenCheckpointNumber)?,
            proven_archive: status.provenArchive,
            pending: number(status.pendingCheckpointNumber)?,
            mine_archive: status.archiveOfMyCheckpoint,
        })
    }

    /// Takes over what is proven, once the checkpoint is here and is the one that was proven.
    fn adopt_proven(&self, status: Status) -> Result<(), ArchiverError> {
        let is_mine = match self.store.checkpoint(status.proven)? {
            Some(proven) => proven.checkpoint.archive.root.to_be_bytes() == status.proven_archive.0,
            None => status.proven == 0,
        };
        if is_mine {
            self.store.note(Note::Proven, u64::from(status.proven))?;
        }
        Ok(())
    }

    /// Walks down to the newest checkpoint that L1 still has, and forgets what is above it.
    async fn unwind_to_common(&self, from: Tip, head: L1Block) -> Result<Tip, ArchiverError> {
        let mut kept = from.number;
        while kept > 0 {
            let archive = self.archive_at(kept, head).await?;
            let mine = self.store.checkpoint(kept)?.map(|mine| mine.checkpoint.archive.root.to_be_bytes());
            if mine == Some(archive.0) {
                break;
            }
            kept -= 1;
        }
        tracing::warn!(from = from.number, to = kept, "checkpoints were undone on L1");
        self.store.remove_checkpoints_above(kept)?;
        self.local_tip()
    }

    async fn archive_at(&self, number: u32, head: L1Block) -> Result<B256, ArchiverError> {
        let rollup = self.rollup();
        let archive = rollup.archiveAt(U256::from(number)).block(BlockId::number(head.number));
        Ok(archive.call().await.map_err(L1Error::contract("archiveAt", self.deployment.rollup))?)
    }

    /// Whether the next L1 block may drop everything that is not proven. L1 itself drops it only with the next
    /// proposal, but nothing of it can be proven any more.
    async fn can_prune(&self, head: L1Block) -> Result<bool, ArchiverError> {
        let next = head.timestamp_s.saturating_add(self.deployment.clock.l1_slot_duration_s);
        let rollup = self.rollup();
        let can = rollup.canPruneAtTime(U256::from(next)).block(BlockId::number(head.number));
        Ok(can.call().await.map_err(L1Error::contract("canPruneAtTime", self.deployment.rollup))?)
    }

    fn prune(&self) -> Result<(), ArchiverError> {
        let proven = u32::try_from(self.store.noted(Note::Proven)?).unwrap_or(u32::MAX);
        let pending = self.local_tip()?.number;
        if pending > proven {
            tracing::warn!(proven, pending, "the proof window has passed: unproven checkpoints are dropped");
            self.store.remove_checkpoints_above(proven)?;
        }
        Ok(())
    }

    /// Fetches all checkpoints after the local tip. Reading starts again at the tip's own L1 block, so that nothing
    /// is lost when a node's logs lag behind its head.
    async fn fetch_after(&mut self, tip: Tip, head: L1Block) -> Result<(), ArchiverError> {
        let from = tip.l1_block.max(self.deployment.start_block);
        let mut expected = tip.number + 1;
        for (from, to) in ranges(from, head.number, self.config.log_range_blocks) {
            for proposed in self.proposed(from, to, head).await?.chunks(CONCURRENT) {
                let new: Vec<_> = proposed
                    .iter()
                    .filter(|event| event.number >= expected && !self.is_skipped(event))
                    .collect();
                let fetches: Vec<_> = new.iter().map(|event| self.fetch(event)).collect();
                let fetched = try_join_all(fetches).await?;
                for (event, published) in new.into_iter().zip(fetched) {
                    if event.number != expected {
                        return self.stop_at_gap(expected, event.number);
                    }
                    if self.accept(event, &published, head).await? {
                        self.store.add_checkpoints(&[published])?;
                        expected += 1;
                    }
                }
            }
        }
        Ok(())
    }

    /// What is built on a checkpoint without attestations will be dropped with it. Any other gap is an error.
    fn stop_at_gap(&self, expected: u32, actual: u32) -> Result<(), ArchiverError> {
        if self.skipped.is_empty() {
            return Err(ArchiverError::Gap { expected, actual });
        }
        tracing::debug!(expected, actual, "what follows a checkpoint without attestations is not read");
        Ok(())
    }

    fn is_skipped(&self, event: &Proposed) -> bool {
        self.skipped.contains(&event.transaction)
    }

    /// The events whose archive is the chain's at their number; others were invalidated, pruned or replaced.
    async fn proposed(&self, from: u64, to: u64, head: L1Block) -> Result<Vec<Proposed>, ArchiverError> {
        let filter = Filter::new()
            .address(self.deployment.rollup)
            .event_signature(Rollup::CheckpointProposed::SIGNATURE_HASH)
            .from_block(from)
            .to_block(to);
        let logs = self.l1.provider().get_logs(&filter).await.map_err(L1Error::rpc("eth_getLogs"))?;
        let mut proposed = Vec::new();
        for log in &logs {
            let (event, archive) = read_event(log)?;
            if self.archive_at(event.number, head).await? == archive {
                proposed.push(event);
            }
        }
        Ok(proposed)
    }

    async fn fetch(&self, event: &Proposed) -> Result<PublishedCheckpoint, ArchiverError> {
        let checkpoint = event.number;
        let block = self.l1.block(event.l1_block).await?;
        let proposal = self.proposal(event).await?;
        let wanted = Wanted { hashes: &event.blobs, block, checkpoint };
        let epoch = self.deployment.clock.epoch_of_slot(u64::from(proposal.header.slot_number));
        let mut span = self.traces.beside(epoch).span("blob fetch");
        span.note("aztec.checkpoint.number", checkpoint);
        span.note("chinampa.blobs", event.blobs.len());
        let blobs = self.blobs.fetch(&self.l1, wanted).await;
        span.end_with(&blobs, |_| "blobs-missing");
        let blobs = blobs.map_err(|source| ArchiverError::Blobs { checkpoint, source })?;
        let commitments: Vec<_> = blobs.iter().map(|found| found.commitment).collect();
        if blobs_hash(&commitments) != proposal.header.blobs_hash {
            return Err(ArchiverError::BlobsHash { checkpoint });
        }
        let mut fields = Vec::new();
        for found in &blobs {
            let read = found.blob.fields();
            fields.extend(read.map_err(|source| ArchiverError::Blobs { checkpoint, source: source.into() })?);
        }
        let identity =
            Identity { chain_id: self.deployment.chain_id, rollup_version: self.deployment.rollup_version };
        Ok(PublishedCheckpoint {
            checkpoint: rebuild(checkpoint, &proposal, &fields, identity)?,
            attestations: proposal.attestations,
            l1: L1Position {
                block_number: block.number,
                timestamp_s: block.timestamp_s,
                block_hash: block.hash,
            },
        })
    }

    async fn proposal(&self, event: &Proposed) -> Result<Proposal, ArchiverError> {
        let (checkpoint, transaction) = (event.number, event.transaction);
        let found = self.l1.provider().get_transaction_by_hash(transaction).await;
        let found = found.map_err(L1Error::rpc("eth_getTransactionByHash"))?;
        let found = found.ok_or(ArchiverError::NoTransaction { checkpoint, transaction })?;
        let failed = |source| ArchiverError::Proposal { checkpoint, transaction, source };
        let found = propose::find(found.to(), found.input(), self.deployment.rollup, event.pins);
        let Err(error) = found else { return found.map_err(failed) };
        match traced_calls(&self.l1, transaction, self.deployment.rollup).await {
            Ok(calls) => propose::matching(calls.iter().map(Vec::as_slice), event.pins).map_err(failed),
            Err(untraced) => {
                tracing::warn!(%transaction, error = %untraced, "the transaction of a proposal cannot be traced");
                Err(failed(error))
            }
        }
    }

    /// Whether the committee attested to the checkpoint and its messages are those that are known.
    async fn accept(
        &mut self,
        event: &Proposed,
        published: &PublishedCheckpoint,
        head: L1Block,
    ) -> Result<bool, ArchiverError> {
        let (header, number) = (&published.checkpoint.header, published.checkpoint.number);
        let epoch = self.deployment.clock.epoch_of_slot(u64::from(header.slot_number));
        let committee = self.committee(epoch, head).await?;
        let digest = B256::from(payload(published).signed_digest());
        if let Err(error) = published.attestations.validate(digest, &committee)
            && !self.is_hatch_open(epoch).await
        {
            tracing::warn!(checkpoint = number, %error, "a checkpoint is not attested to; it is passed over");
            self.skipped.insert(event.transaction);
            return Ok(false);
        }
        if in_hash(&self.store.messages_of(number)?) != Some(header.in_hash) {
            return Err(ArchiverError::InHash { checkpoint: number });
        }
        Ok(true)
    }

    /// The committee of an epoch; empty on networks without validators.
    async fn committee(&mut self, epoch: u64, head: L1Block) -> Result<Vec<Address>, ArchiverError> {
        if self.deployment.target_committee_size == 0 {
            return Ok(Vec::new());
        }
        if let Some((of, committee)) = &self.committee
            && *of == epoch
        {
            return Ok(committee.clone());
        }
        let start = *self.deployment.clock.slots_of(epoch).start();
        let time = U256::from(self.deployment.clock.slot_start_s(start));
        let committee = self.rollup().getCommitteeAt(time).block(BlockId::number(head.number)).call().await;
        let committee = match committee {
            Ok(committee) => committee,
            Err(error) if is_too_few_validators(&error) => Vec::new(),
            Err(error) => {
                return Err(L1Error::contract("getCommitteeAt", self.deployment.rollup)(error).into());
            }
        };
        self.committee = Some((epoch, committee.clone()));
        Ok(committee)
    }

    /// Whether anybody may propose in the epoch. A hatch that cannot be asked is closed.
    async fn is_hatch_open(&self, epoch: u64) -> bool {
        let Ok(hatch) = self.rollup().getEscapeHatch().call().await else { return false };
        if hatch.is_zero() {
            return false;
        }
        let hatch = EscapeHatch::new(hatch, self.l1.provider());
        hatch.isHatchOpen(U256::from(epoch)).call().await.is_ok_and(|answer| answer.isOpen)
    }
}

fn is_too_few_validators(error: &alloy::contract::Error) -> bool {
    error.as_decoded_error::<Rollup::ValidatorSelection__InsufficientValidatorSetSize>().is_some()
}

/// What the committee signed of a checkpoint.
fn payload(published: &PublishedCheckpoint) -> AttestationPayload {
    AttestationPayload {
        archive: published.checkpoint.archive.root,
        fee_asset_price_modifier: published.checkpoint.fee_asset_price_modifier,
        header_hash: published.checkpoint.header.hash(),
    }
}

fn number(value: U256) -> Result<u32, ArchiverError> {
    u32::try_from(value).map_err(|_| ArchiverError::EventRange { what: "a checkpoint number" })
}

/// The event of a log, and its archive root.
fn read_event(log: &Log) -> Result<(Proposed, B256), ArchiverError> {
    let missing = |what| move || ArchiverError::EventRange { what };
    let event = Rollup::CheckpointProposed::decode_log(&log.inner)
        .map_err(|_| ArchiverError::EventRange { what: "a proposal" })?;
    let proposed = Proposed {
        number: number(event.checkpointNumber)?,
        pins: Pins { payload_digest: event.payloadDigest, attestations_hash: event.attestationsHash },
        blobs: event.versionedBlobHashes.clone(),
        transaction: log.transaction_hash.ok_or_else(missing("the transaction"))?,
        l1_block: log.block_number.ok_or_else(missing("the block"))?,
    };
    Ok((proposed, event.archive))
}
