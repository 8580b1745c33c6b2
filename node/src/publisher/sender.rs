//! Sending, watching, replacing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use alloy::eips::eip2718::Encodable2718 as _;
use alloy::eips::{BlockId, BlockNumberOrTag};
use alloy::network::TransactionBuilder as _;
use alloy::primitives::{Address, B256, U256};
use alloy::providers::{DynProvider, Provider as _};
use alloy::rpc::types::{TransactionReceipt, TransactionRequest};
use alloy::transports::{RpcError, TransportErrorKind};
use chinampa_jobs::with_causes;
use tokio::sync::{Mutex, watch};

use super::line::{Line, Place, Turn};
use super::preflight::{Need, check, proven_before};
use super::{Cost, FeePolicy, Fees, PublishError, Submission};
use crate::keys::{Account, SignError};
use crate::l1::contracts::Rollup;
use crate::l1::{Deployment, L1, L1Error};
use crate::leader::{Leadership, LeadershipError};

/// Most gas that Ethereum accepts in one transaction (EIP-7825).
const GAS_LIMIT_MAX: u64 = 1 << 24;

/// Transactions with one proof that may be mined in vain: a reorg can take away what they build on.
const REVERTS_MAX: u32 = 3;

/// How proofs are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublisherConfig {
    /// Prices.
    pub fees: FeePolicy,
    /// Added to the estimated gas, percent.
    pub gas_limit_buffer_percent: u64,
    /// Time between two looks at a transaction.
    pub check_interval: Duration,
}

impl Default for PublisherConfig {
    fn default() -> Self {
        Self {
            fees: FeePolicy::default(),
            gas_limit_buffer_percent: 20,
            check_interval: Duration::from_secs(1),
        }
    }
}

/// Where a proof ended up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// Our transaction was mined.
    Mined {
        /// Its hash.
        transaction: B256,
        /// The L1 block.
        block: u64,
        /// What it cost.
        cost: Cost,
    },
    /// It was there before, from an earlier run or relayed by somebody else. The reward is the same.
    Before,
}

/// Submits proofs, those of epochs that wait for each other one behind the other.
#[derive(Debug)]
pub struct Publisher {
    l1: L1,
    deployment: Arc<Deployment>,
    keys: Vec<Account>,
    config: PublisherConfig,
    line: Line,
    /// Held while a proof takes its place: two at a time could take the same nonce.
    sending: Mutex<()>,
    /// What must still hold when something is sent, if there are other nodes.
    leadership: Option<Leadership>,
}

/// A transaction that was sent and not yet mined.
#[derive(Debug)]
struct Sent {
    /// Those behind it count on it as long as it is watched.
    _place: Place,
    account: Address,
    nonce: u64,
    fees: Fees,
    /// Every version, since any of them may be the one that is mined.
    hashes: Vec<B256>,
    at: Instant,
}

impl Publisher {
    /// A publisher that sends from `keys`.
    ///
    /// # Errors
    /// [`PublishError::NoKeys`].
    pub fn new(
        l1: L1,
        deployment: Arc<Deployment>,
        keys: Vec<Account>,
        config: PublisherConfig,
    ) -> Result<Self, PublishError> {
        if keys.is_empty() {
            return Err(PublishError::NoKeys);
        }
        let (line, sending) = (Line::default(), Mutex::default());
        Ok(Self { l1, deployment, keys, config, line, sending, leadership: None })
    }

    /// The same, which sends only while the node holds the leader lock.
    #[must_use]
    pub fn fenced(self, leadership: Leadership) -> Self {
        Self { leadership: Some(leadership), ..self }
    }

    /// The accounts that it sends from.
    pub fn accounts(&self) -> Vec<Address> {
        self.keys.iter().map(Account::address).collect()
    }

    /// Follows up to which checkpoint L1 is proven when everything that was sent is mined; 0 when nothing is under way.
    /// A proof that begins right after it can be submitted without waiting for L1.
    pub fn reach(&self) -> watch::Receiver<u32> {
        self.line.reach()
    }

    fn rollup(&self) -> Rollup::RollupInstance<&DynProvider> {
        Rollup::new(self.deployment.rollup, self.l1.provider())
    }

    /// Submits a proof and returns when it is on L1. Until the epoch's window closes by the clock of L1, whatever may
    /// pass (nodes that are down, prices above the cap, dropped transactions) is waited for.
    ///
    /// # Errors
    /// [`PublishError`]: at once if L1 has another chain or refuses the proof, at the deadline otherwise.
    pub async fn submit(&self, submission: &Submission) -> Result<Published, PublishError> {
        let deadline_s = self.deployment.clock.proof_deadline_s(submission.epoch);
        let mut sent: Option<Sent> = None;
        let mut reverts = 0;
        loop {
            let outcome = self.attempt(submission, &mut sent).await;
            let reason = match outcome {
                Ok(Some(published)) => return Ok(published),
                Ok(None) => None,
                Err(error) if is_temporary(&error) => {
                    let error = with_causes(&error);
                    tracing::warn!(epoch = submission.epoch, error, "the proof could not be sent yet");
                    Some(error)
                }
                Err(error @ PublishError::Reverted { .. }) if reverts < REVERTS_MAX => {
                    // Before it is sent anew, a node tries it; one that L1 cannot take ends as refused.
                    (sent, reverts) = (None, reverts + 1);
                    tracing::warn!(epoch = submission.epoch, %error, "the proof was mined in vain; it is sent anew");
                    Some(error.to_string())
                }
                Err(error @ PublishError::Refused { .. }) => return self.refused(submission, error).await,
                Err(error) => return Err(error),
            };
            if let Ok(head) = self.l1.block(BlockNumberOrTag::Latest).await
                && head.timestamp_s >= deadline_s
            {
                return Err(PublishError::Deadline { epoch: submission.epoch, deadline_s, reason });
            }
            tokio::time::sleep(self.config.check_interval).await;
        }
    }

    /// One step: check, send, look, or replace. `None` means to come back later.
    async fn attempt(
        &self,
        submission: &Submission,
        sent: &mut Option<Sent>,
    ) -> Result<Option<Published>, PublishError> {
        let Some(transaction) = sent else {
            let Need::Submit { proven } = check(&self.rollup(), submission).await? else {
                return Ok(Some(Published::Before));
            };
            *sent = self.send_first(submission, proven).await?;
            return Ok(None);
        };
        if let Some(receipt) = self.receipt(transaction).await? {
            return self.settled(submission, &receipt).await.map(Some);
        }
        if transaction.at.elapsed() < self.config.fees.stall {
            return Ok(None);
        }
        let mined = self.nonce(transaction.account, BlockNumberOrTag::Latest).await?;
        if mined > transaction.nonce {
            // The nonce is used up, but by none of ours that the nodes still know: look at the contract again.
            *sent = None;
            return Ok(None);
        }
        if self.line.front().is_some_and(|(_, front)| front == transaction.nonce && mined < front) {
            // A reorg has taken away what was mined before it, and nobody has sent that again: take its nonce.
            tracing::warn!(
                epoch = submission.epoch,
                nonce = mined,
                "the proof waits behind nothing; it is sent anew"
            );
            *sent = None;
            return Ok(None);
        }
        self.replace(submission, transaction).await?;
        Ok(None)
    }

    /// A refusal, unless it is because somebody relayed the same proof in between.
    async fn refused(&self, submission: &Submission, error: PublishError) -> Result<Published, PublishError> {
        match check(&self.rollup(), submission).await {
            Ok(Need::Submitted) => Ok(Published::Before),
            _ => Err(error),
        }
    }

    async fn settled(
        &self,
        submission: &Submission,
        receipt: &TransactionReceipt,
    ) -> Result<Published, PublishError> {
        let transaction = receipt.transaction_hash;
        let block = receipt.block_number.unwrap_or_default();
        if receipt.status() {
            let cost = Cost::new(receipt, &submission.calldata());
            tracing::info!(epoch = submission.epoch, %transaction, block, ?cost, "the proof is on L1");
            return Ok(Published::Mined { transaction, block, cost });
        }
        // Somebody relayed the same proof first: the prover is paid all the same.
        match check(&self.rollup(), submission).await {
            Ok(Need::Submitted) => Ok(Published::Before),
            Ok(Need::Submit { .. }) => Err(PublishError::Reverted { transaction, block }),
            Err(error) => Err(error),
        }
    }

    async fn receipt(&self, sent: &Sent) -> Result<Option<TransactionReceipt>, PublishError> {
        for hash in sent.hashes.iter().rev() {
            let receipt = self.l1.provider().get_transaction_receipt(*hash).await;
            if let Some(receipt) = receipt.map_err(L1Error::rpc("eth_getTransactionReceipt"))? {
                return Ok(Some(receipt));
            }
        }
        Ok(None)
    }

    async fn nonce(&self, account: Address, tag: BlockNumberOrTag) -> Result<u64, L1Error> {
        let count = self.l1.provider().get_transaction_count(account).block_id(tag.into());
        count.await.map_err(L1Error::rpc("eth_getTransactionCount"))
    }

    /// The account to send from, with its next nonce. One with a transaction that waits comes first: after a restart
    /// that is most likely this very proof, and its nonce is taken again, so that never two versions are mined.
    /// Otherwise the richest one.
    async fn account(&self) -> Result<(&Account, u64), PublishError> {
        let mut best: Option<(bool, U256, &Account, u64)> = None;
        for key in &self.keys {
            let account = key.address();
            let mined = self.nonce(account, BlockNumberOrTag::Latest).await?;
            let is_waiting = self.nonce(account, BlockNumberOrTag::Pending).await? > mined;
            let balance = self.l1.provider().get_balance(account).await;
            let balance = balance.map_err(L1Error::rpc("eth_getBalance"))?;
            if best.is_none_or(|(waiting, most, ..)| (is_waiting, balance) > (waiting, most)) {
                best = Some((is_waiting, balance, key, mined));
            }
        }
        let (_, _, key, nonce) = best.ok_or(PublishError::NoKeys)?;
        Ok((key, nonce))
    }

    /// Sends it when its turn has come; `proven` is what L1 has.
    async fn send_first(&self, submission: &Submission, proven: u64) -> Result<Option<Sent>, PublishError> {
        let _sending = self.sending.lock().await;
        let mined = match self.line.front() {
            Some((account, _)) => Some(self.nonce(account, BlockNumberOrTag::Latest).await?),
            None => None,
        };
        let (key, nonce) = match self.line.turn(submission.proof.first, proven, mined) {
            Turn::Wait => return Ok(None),
            Turn::Free => self.account().await?,
            Turn::Behind { account, nonce } => (self.key(account)?, nonce),
        };
        let (base_fee, tip) = self.market().await?;
        let fees = self.config.fees.first(base_fee, tip);
        let hash = self.send(submission, key, nonce, fees).await?;
        let account = key.address();
        tracing::info!(epoch = submission.epoch, transaction = %hash, %account, nonce, "the proof is sent");
        let place = self.line.join(submission.proof.last, account, nonce);
        Ok(Some(Sent { _place: place, account, nonce, fees, hashes: vec![hash], at: Instant::now() }))
    }

    fn key(&self, account: Address) -> Result<&Account, PublishError> {
        self.keys.iter().find(|key| key.address() == account).ok_or(PublishError::NoKeys)
    }

    async fn replace(&self, submission: &Submission, sent: &mut Sent) -> Result<(), PublishError> {
        let (base_fee, tip) = self.market().await?;
        let Some(fees) = self.config.fees.replacement(sent.fees, base_fee, tip) else {
            tracing::warn!(epoch = submission.epoch, "the proof waits at the highest price that is allowed");
            sent.at = Instant::now();
            return Ok(());
        };
        let key = self.key(sent.account)?;
        let hash = self.send(submission, key, sent.nonce, fees).await?;
        tracing::info!(epoch = submission.epoch, transaction = %hash, ?fees, "the proof is sent again for more");
        sent.fees = fees;
        sent.at = Instant::now();
        if !sent.hashes.contains(&hash) {
            sent.hashes.push(hash);
        }
        Ok(())
    }

    /// Base fee of the next block and the tip that the nodes suggest, in wei per gas.
    async fn market(&self) -> Result<(u128, u128), PublishError> {
        let estimate = self.l1.provider().get_fee_history(5, BlockNumberOrTag::Latest, &[50.0]).await;
        let history = estimate.map_err(L1Error::rpc("eth_feeHistory"))?;
        let base_fee = history.next_block_base_fee().unwrap_or_default();
        let median = history.reward.unwrap_or_default().into_iter().flatten().max().unwrap_or_default();
        let suggested = self.l1.provider().get_max_priority_fee_per_gas().await;
        let suggested = suggested.map_err(L1Error::rpc("eth_maxPriorityFeePerGas"))?;
        // A few outliers in an empty block must not set the price.
        Ok((base_fee, median.min(suggested.saturating_mul(100)).max(suggested)))
    }

    async fn send(
        &self,
        submission: &Submission,
        key: &Account,
        nonce: u64,
        fees: Fees,
    ) -> Result<B256, PublishError> {
        let mut request = TransactionRequest::default()
            .with_from(key.address())
            .with_to(self.deployment.rollup)
            .with_input(submission.calldata())
            .with_chain_id(self.deployment.chain_id)
            .with_max_fee_per_gas(fees.max_fee)
            .with_max_priority_fee_per_gas(fees.priority_fee);
        let assumed = proven_before(&self.rollup(), submission).await?;
        // On the last block, which has another nonce: in a pending one may be an earlier version of this transaction, beside
        // which it reverts.
        let estimate = self.l1.provider().estimate_gas(request.clone()).block(BlockId::latest());
        let estimate = estimate.overrides_opt(assumed).await;
        let estimate = estimate.map_err(|error| refusal(submission.epoch, error))?;
        request.set_nonce(nonce);
        request.set_gas_limit(self.gas_limit(estimate));
        let signed = key.sign(request).await;
        let signed = signed.map_err(|source| PublishError::Sign { account: key.address(), source })?;
        let hash = *signed.tx_hash();
        // The last thing before it is sent: all that came before may have taken long.
        if let Some(leadership) = &self.leadership {
            leadership.confirm().await?;
        }
        match self.l1.provider().send_raw_transaction(&signed.encoded_2718()).await {
            Ok(_) => Ok(hash),
            // A node that answered late, or another of our nodes, has it.
            Err(RpcError::ErrorResp(error)) if error.message.contains("already known") => Ok(hash),
            Err(error) => Err(L1Error::rpc("eth_sendRawTransaction")(error).into()),
        }
    }

    fn gas_limit(&self, estimate: u64) -> u64 {
        let buffer = estimate.saturating_mul(self.config.gas_limit_buffer_percent) / 100;
        estimate.saturating_add(buffer).min(GAS_LIMIT_MAX)
    }
}

/// Whether the same may work later: L1 or a remote signer was not there.
fn is_temporary(error: &PublishError) -> bool {
    match error {
        PublishError::L1(_) | PublishError::Leadership(LeadershipError::Unconfirmed(_)) => true,
        PublishError::Sign { source, .. } => SignError::is_temporary(source),
        _ => false,
    }
}

/// A revert while estimating is the contract's refusal; anything else may pass.
fn refusal(epoch: u64, error: RpcError<TransportErrorKind>) -> PublishError {
    let refused = match &error {
        RpcError::ErrorResp(payload)
            if payload.as_revert_data().is_some() || payload.message.contains("revert") =>
        {
            let data = payload.as_revert_data().map(|data| format!(" ({data})")).unwrap_or_default();
            Some(format!("{}{data}", payload.message))
        }
        _ => None,
    };
    match refused {
        Some(reason) => PublishError::Refused { epoch, reason },
        None => L1Error::rpc("eth_estimateGas")(error).into(),
    }
}
