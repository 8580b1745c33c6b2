//! Post-mortems of open epochs.

use std::collections::BTreeMap;
use std::sync::Arc;

use chinampa_protocol::Fr;
use chinampa_protocol::block::BlockHeader;

use chinampa_jobs::with_causes;

use super::{EpochFailure, Shared};
use crate::archiver::PublishedCheckpoint;
use crate::post_mortem::{CommitteeAttestation, EpochJobData, PostMortemStore, Report};
use crate::state::RedbTrees;

/// Where post-mortems go, and the world state that they get a copy of.
#[derive(Clone, Debug)]
pub struct PostMortems {
    /// Where.
    pub store: PostMortemStore,
    /// The trees of the node's world state.
    pub trees: RedbTrees,
}

/// An epoch that failed.
pub(super) struct Failed {
    pub(super) epoch: u64,
    pub(super) first: u32,
    pub(super) previous_block_header: BlockHeader,
    pub(super) code: &'static str,
    pub(super) error: String,
    /// Whether it had all its checkpoints.
    pub(super) is_complete: bool,
}

impl Failed {
    /// Whether another run could show more of such a failure. What is missing or late is not in the epoch's data.
    pub(super) fn is_worth(failure: &EpochFailure) -> bool {
        matches!(
            failure.code(),
            "job-failed" | "execution" | "not-an-epoch" | "public-inputs" | "refused-by-l1" | "reverted"
        )
    }

    /// Gathers the epoch's data and writes them. Failures are logged: the epoch itself goes on.
    pub(super) async fn upload<B: Send + Sync + 'static>(self, shared: Arc<Shared<B>>, l1_block: u64) {
        let Some(PostMortems { store, trees }) = shared.post_mortems.clone() else { return };
        let (epoch, code) = (self.epoch, self.code);
        let (data, complete) = match self.data(&shared).await {
            Ok(gathered) => gathered,
            Err(error) => {
                tracing::warn!(epoch, error, "the data of a failed epoch cannot be gathered");
                return;
            }
        };
        let failed_jobs = shared.board.epoch(epoch).map(|detail| detail.failures).unwrap_or_default();
        let prover_id = shared.context.prover_id.to_string();
        let report =
            Report { prover_id, error_code: code.to_owned(), error: self.error, failed_jobs, complete };
        match store.write(&shared.deployment, l1_block, &data, &report, &trees).await {
            Ok(place) => tracing::warn!(epoch, code, place, "an epoch failed; its data are kept"),
            Err(error) => {
                tracing::warn!(
                    epoch,
                    error = with_causes(&error),
                    "the data of a failed epoch cannot be kept"
                );
            }
        }
    }

    /// The epoch's data as the node has them now, and whether they are all of it.
    async fn data<B>(&self, shared: &Shared<B>) -> Result<(EpochJobData, bool), String> {
        let clock = &shared.deployment.clock;
        let mut published: Vec<PublishedCheckpoint> = Vec::new();
        let mut messages = BTreeMap::new();
        let (mut number, mut is_complete) = (self.first, self.is_complete);
        while let Some(next) = shared.store.checkpoint(number).map_err(|error| with_causes(&error))? {
            if clock.epoch_of_slot(u64::from(next.checkpoint.header.slot_number)) != self.epoch {
                is_complete = true;
                break;
            }
            messages.insert(number, shared.store.messages_of(number).map_err(|error| with_causes(&error))?);
            published.push(next);
            number += 1;
        }
        let blocks = published.iter().flat_map(|published| &published.checkpoint.blocks);
        let effects = blocks.flat_map(|block| &block.body.tx_effects);
        let hashes: Vec<Fr> = effects.map(|effect| effect.tx_hash).collect();
        let mut found = BTreeMap::new();
        let fetched = shared.txs.fetch(shared.l1.http(), &hashes, &mut found, shared.config.tx_timeout).await;
        fetched.map_err(|error| with_causes(&error))?;
        let attestations = published.last().map(|last| CommitteeAttestation::unpack(&last.attestations));
        let data = EpochJobData {
            epoch: u32::try_from(self.epoch).unwrap_or(u32::MAX),
            previous_block_header: self.previous_block_header,
            checkpoints: published.into_iter().map(|published| published.checkpoint).collect(),
            txs: hashes.iter().filter_map(|hash| found.remove(hash)).collect(),
            messages,
            attestations: attestations.unwrap_or_default(),
        };
        Ok((data, is_complete))
    }
}
