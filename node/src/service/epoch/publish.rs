//! An epoch's proof on its way to L1.

use std::time::Instant;

use chinampa_protocol::proof::Proof;

use super::task::EpochTask;
use crate::archiver::Tips;
use crate::prover::ProvingBroker;
use crate::publisher::{PublishError, Published, Submission};
use crate::service::{EpochFailure, EpochState};

impl<B: ProvingBroker> EpochTask<B> {
    /// L1 takes an epoch's proof when everything before the epoch is proven, or will be by what was sent before.
    pub(super) fn can_submit(&mut self, tips: &Tips) -> bool {
        let may = self.shared.publisher.is_none() || !self.shared.control.is_paused();
        let reach = (*self.reach.borrow_and_update()).max(tips.proven);
        self.proof.is_some() && self.is_complete && may && reach + 1 >= self.first
    }

    /// Brings the proof to L1. Returns the block that has it; one that never comes where nothing is submitted.
    pub(super) async fn submit(&mut self) -> Result<u64, EpochFailure> {
        let (Some(proof), Some(publisher)) = (&self.proof, &self.shared.publisher) else {
            return Ok(u64::MAX);
        };
        if self.shared.config.needs_real_proofs && proof.proof == Proof::empty() {
            return Err(EpochFailure::Simulated);
        }
        let last = self.shared.store.checkpoint(proof.last)?;
        let attestations = last.ok_or(EpochFailure::Undone { number: proof.last })?.attestations;
        let (epoch, is_whole) = (self.epoch, self.is_whole);
        let submission = Submission { epoch, proof: (**proof).clone(), attestations, is_whole };
        self.shared.board.update(self.epoch, |status| {
            status.state = EpochState::PublishingProof;
            status.note(None);
        });
        let (begun, mut span) = (Instant::now(), self.trace.span("publishing"));
        let published = publisher.submit(&submission).await;
        if let Ok(Published::Mined { transaction, block, .. }) = &published {
            span.note("chinampa.l1.transaction", transaction.to_string());
            span.note("chinampa.l1.block", *block);
        }
        span.end_with(&published, PublishError::code);
        let metrics = self.shared.board.metrics();
        metrics.submitted(published.is_ok(), begun.elapsed());
        let (transaction, block) = match published? {
            Published::Mined { transaction, block, cost } => {
                metrics.paid(&cost);
                (Some(transaction.to_string()), block)
            }
            Published::Before => (None, self.tips.borrow().l1.number),
        };
        self.shared.board.update(self.epoch, |status| status.transaction = transaction);
        Ok(block)
    }
}
