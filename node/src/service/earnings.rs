//! The task that looks at what submitting costs and earns: balances of the accounts, and rewards of epochs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use alloy::primitives::{Address, U256};
use alloy::providers::Provider as _;
use tokio::sync::watch;

use super::{ServiceError, StatusBoard};
use crate::archiver::Tips;
use crate::l1::contracts::Rollup;
use crate::l1::{Deployment, EpochClock, L1, L1Error};

/// Time between two looks at the accounts.
const BALANCE_INTERVAL: Duration = Duration::from_secs(30);
/// Epochs that are looked at together at most, after L1 could not be followed for long.
const EPOCHS_MAX: u64 = 64;

/// What is looked at.
#[derive(Debug)]
pub(super) struct Earnings {
    pub(super) l1: L1,
    pub(super) deployment: Arc<Deployment>,
    /// Accounts that submit.
    pub(super) accounts: Vec<Address>,
    /// Who is paid.
    pub(super) prover: Address,
    pub(super) board: StatusBoard,
}

impl Earnings {
    /// Looks whenever L1 has moved. An L1 that does not answer is asked again at its next block.
    pub(super) async fn follow(self, mut tips: watch::Receiver<Tips>) -> Result<(), ServiceError> {
        let mut next: Option<u64> = None;
        let mut looked: Option<Instant> = None;
        while tips.changed().await.is_ok() {
            let now_s = tips.borrow_and_update().l1.timestamp_s;
            if looked.is_none_or(|at| at.elapsed() >= BALANCE_INTERVAL) {
                match self.look_at_accounts().await {
                    Ok(()) => looked = Some(Instant::now()),
                    Err(error) => tracing::debug!(%error, "balances are unknown"),
                }
            }
            let closed = closed_epoch(&self.deployment.clock, now_s);
            // What was earned before this run is in L1's history, and would be counted at every start.
            let from = *next.get_or_insert(closed.unwrap_or_default());
            let Some(closed) = closed else { continue };
            for epoch in from.max(closed.saturating_sub(EPOCHS_MAX - 1))..=closed {
                match self.count(epoch).await {
                    Ok(()) => next = Some(epoch + 1),
                    Err(error) => {
                        tracing::debug!(epoch, %error, "the epoch's rewards are unknown");
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    async fn look_at_accounts(&self) -> Result<(), L1Error> {
        for account in &self.accounts {
            let balance = self.l1.provider().get_balance(*account).await;
            let balance = balance.map_err(L1Error::rpc("eth_getBalance"))?;
            self.board.metrics().balance(*account, balance);
        }
        Ok(())
    }

    async fn count(&self, epoch: u64) -> Result<(), L1Error> {
        let rollup = Rollup::new(self.deployment.rollup, self.l1.provider());
        let call = rollup.getSpecificProverRewardsForEpoch(U256::from(epoch), self.prover);
        let amount = call
            .call()
            .await
            .map_err(L1Error::contract("getSpecificProverRewardsForEpoch", self.deployment.rollup))?;
        self.board.metrics().reward(self.prover, amount);
        if amount > U256::ZERO {
            tracing::info!(epoch, prover = %self.prover, %amount, "the epoch's window closed with a reward");
        }
        Ok(())
    }
}

/// The newest epoch that no proof can change any more.
///
/// # Source
/// Aztec 4.1.2 `prover-node/src/metrics.ts`.
fn closed_epoch(clock: &EpochClock, now_s: u64) -> Option<u64> {
    let current = clock.epoch_of_slot(clock.slot_at(now_s));
    current.checked_sub(clock.proof_submission_epochs + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_closes_when_its_window_does() {
        let clock = EpochClock {
            genesis_time_s: 1_000,
            slot_duration_s: 10,
            epoch_duration_slots: 4,
            proof_submission_epochs: 1,
            l1_slot_duration_s: 5,
        };
        let deadline_s = clock.proof_deadline_s(3);
        assert_eq!(closed_epoch(&clock, deadline_s - 1), Some(2));
        assert_eq!(closed_epoch(&clock, deadline_s), Some(3));
        assert_eq!(closed_epoch(&clock, 1_000), None);
    }
}
