//! The prover node: follows L1, opens every epoch that is not proven, and brings its proof to L1.
//!
//! One task follows L1 into archiver and world state and announces how far they are. Each open epoch is a task of its
//! own: it executes checkpoints as they land, without waiting for the epoch's end, feeds them to the epoch's state
//! machine, takes back what L1 undoes, and submits the proof once all earlier epochs are proven.

mod control;
mod earnings;
mod epoch;
mod error;
mod follower;
mod lead;
mod open;
mod operator;
mod status;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use alloy::primitives::Address;
use chinampa_protocol::tree::WorldState;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::archiver::{Archiver, ArchiverStore, Tips};
use crate::execution::ProverContext;
use crate::l1::{Deployment, L1};
use crate::leader::{LeaderLock, Leadership};
use crate::prover::{Prover, ProvingBroker};
use crate::publisher::Publisher;
use crate::state::{RedbTrees, Synchronizer};
use crate::traces::Traces;
use crate::txs::TxSources;

pub use error::{EpochFailure, ServiceError};
pub use operator::{Operator, StartError, StartOptions};
pub use status::{EpochDetail, EpochState, EpochStatus, JobFault, KindStatus, StatusBoard, SyncFault};
pub use upload::PostMortems;

use control::Control;
use earnings::Earnings;

/// How the node works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeConfig {
    /// Time between two looks at L1.
    pub polling_interval: Duration,
    /// How long the txs of a checkpoint are looked for before that counts as a failure.
    pub tx_timeout: Duration,
    /// Pause before a checkpoint that could not be executed is tried again.
    pub retry_pause: Duration,
    /// Epochs after the first unproven one that are opened at the same time. A broker that drops the jobs of epochs
    /// older than the newest one it saw must keep at least as many.
    pub epochs_ahead: u64,
    /// Checkpoints that are executed at the same time.
    pub executions: usize,
    /// Whether root proofs must be real. Simulated ones are then never submitted: L1 would refuse them, for gas.
    pub needs_real_proofs: bool,
}

impl Default for NodeConfig {
    fn default() -> Self {
        Self {
            polling_interval: Duration::from_secs(1),
            tx_timeout: Duration::from_secs(120),
            retry_pause: Duration::from_secs(2),
            epochs_ahead: 1,
            executions: std::thread::available_parallelism().map_or(1, Into::into),
            needs_real_proofs: true,
        }
    }
}

/// Everything that a node is made of.
#[derive(Debug)]
pub struct Parts<B> {
    /// The client of L1.
    pub l1: L1,
    /// The rollup.
    pub deployment: Arc<Deployment>,
    /// Follows L1.
    pub archiver: Archiver,
    /// What it stores.
    pub store: Arc<ArchiverStore>,
    /// Follows the archiver.
    pub synchronizer: Synchronizer<RedbTrees>,
    /// Sources of txs.
    pub txs: TxSources,
    /// Proves epochs over a broker.
    pub prover: Prover<B>,
    /// Submits proofs; `None` proves without submitting.
    pub publisher: Option<Publisher>,
    /// Who proves.
    pub context: ProverContext,
    /// The lock whose holder proves; `None` if there is no other node.
    pub lock: Option<LeaderLock>,
    /// Where the data of failed epochs are kept, if they are.
    pub post_mortems: Option<PostMortems>,
    /// Spans of what is done.
    pub traces: Traces,
}

/// What the tasks of the node share.
#[derive(Debug)]
struct Shared<B> {
    l1: L1,
    deployment: Arc<Deployment>,
    store: Arc<ArchiverStore>,
    world: Arc<WorldState<RedbTrees>>,
    txs: TxSources,
    prover: Prover<B>,
    publisher: Option<Publisher>,
    context: ProverContext,
    config: NodeConfig,
    executions: Arc<Semaphore>,
    board: StatusBoard,
    control: Control,
    post_mortems: Option<PostMortems>,
    traces: Traces,
}

/// A running node. It stops when dropped; what it stored and what the broker has is found again by the next one.
#[derive(Debug)]
pub struct ProverNode {
    operator: Operator,
    tasks: JoinSet<Result<(), ServiceError>>,
}

impl ProverNode {
    /// Starts the tasks. Needs a multi-threaded tokio runtime.
    pub fn start<B: ProvingBroker>(parts: Parts<B>, config: NodeConfig) -> Self {
        let Parts { l1, deployment, archiver, store, synchronizer, .. } = parts;
        let Parts { txs, prover, publisher, context, lock, post_mortems, traces, .. } = parts;
        let leadership = Leadership::default();
        let publisher = publisher.map(|publisher| publisher.fenced(leadership.clone()));
        let (announce, tips) = watch::channel(Tips::default());
        let operator = Operator {
            control: Control::default(),
            board: StatusBoard::default(),
            tips: tips.clone(),
            store: Arc::clone(&store),
            deployment: Arc::clone(&deployment),
            leadership: leadership.clone(),
        };
        let shared = Shared {
            l1,
            deployment,
            store,
            world: synchronizer.state(),
            txs,
            prover,
            publisher,
            context,
            config,
            executions: Arc::new(Semaphore::new(config.executions.max(1))),
            board: operator.board.clone(),
            control: operator.control.clone(),
            post_mortems,
            traces,
        };
        let mut tasks = JoinSet::new();
        let board = operator.board.clone();
        tasks.spawn(follower::follow(archiver, synchronizer, config.polling_interval, announce, board));
        if let Some(publisher) = &shared.publisher {
            let earnings = Earnings {
                l1: shared.l1.clone(),
                deployment: Arc::clone(&shared.deployment),
                accounts: publisher.accounts(),
                prover: Address::from(shared.context.prover_id.0),
                board: operator.board.clone(),
            };
            tasks.spawn(earnings.follow(tips.clone()));
        }
        tasks.spawn(lead::lead(lock, leadership, Arc::new(shared), tips));
        Self { operator, tasks }
    }

    /// What an operator looks at and changes.
    pub fn operator(&self) -> &Operator {
        &self.operator
    }

    /// How far L1 is known; changes with every L1 block.
    pub fn tips(&self) -> watch::Receiver<Tips> {
        self.operator.tips.clone()
    }

    /// The epochs and how far they are.
    pub fn board(&self) -> StatusBoard {
        self.operator.board.clone()
    }

    /// Waits until a task cannot go on: the stores failed, and a restart may mend that.
    pub async fn failed(&mut self) -> ServiceError {
        loop {
            match self.tasks.join_next().await {
                Some(Ok(Err(error))) => return error,
                Some(Ok(Ok(()))) => {}
                Some(Err(error)) => return ServiceError::Task(error.to_string()),
                None => return ServiceError::Task("all tasks have ended".to_owned()),
            }
        }
    }
}
