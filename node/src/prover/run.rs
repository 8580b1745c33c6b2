//! One epoch at work.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chinampa_jobs::{JobId, JobInputs, JobResult, JobStatus, ProofUri, ProvingJob, RequestType};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::task::JoinSet;

use super::completions::Board;
use super::courier::Courier;
use super::{EpochUpdate, PayloadError, PayloadStore, ProvingBroker};
use crate::epoch::{Effect, EpochProver, Event, PlannedJob};
use crate::planner::EpochError;
use crate::traces::{EpochTrace, OpenSpan};

/// Times that a result file is looked for before its job counts as failed.
const READS_MAX: u32 = 5;

/// What an epoch's task is told.
#[derive(Debug)]
pub(super) enum Input {
    /// Something happened to the epoch.
    Event(Box<Event>),
    /// The broker says that a job is settled.
    Settled(JobId),
    /// Nobody wants the epoch any more.
    Close,
}

/// What a call of the task came to.
enum Outcome {
    /// The job is with the broker, or was already.
    Enqueued(JobId, Kept),
    /// The job is done or failed.
    Settled(Event),
    /// The broker does not know the job.
    Lost(JobId),
    /// Nothing to do.
    Nothing(JobId),
}

/// Where a job's inputs are, should the broker lose it.
#[derive(Clone, Debug)]
enum Kept {
    Inputs(Arc<JobInputs>),
    Stored(ProofUri),
}

/// A job that is not done.
#[derive(Debug)]
struct Open {
    request_type: RequestType,
    /// From enqueue to settlement.
    span: OpenSpan,
    kept: Option<Kept>,
    /// Whether a call about it is under way.
    asked: bool,
    /// Whether the broker said during that call that it is settled.
    settled: bool,
    looked: Instant,
}

/// An epoch with its broker.
#[derive(Debug)]
pub(super) struct EpochRun<B> {
    prover: Option<EpochProver>,
    courier: Courier<B>,
    store: PayloadStore,
    board: Board,
    open: BTreeMap<JobId, Open>,
    calls: JoinSet<Outcome>,
    trace: EpochTrace,
}

impl<B> Drop for EpochRun<B> {
    fn drop(&mut self) {
        self.open.keys().for_each(|id| self.board.remove(id));
    }
}

impl<B: ProvingBroker> EpochRun<B> {
    pub(super) fn new(
        prover: EpochProver,
        courier: Courier<B>,
        store: PayloadStore,
        board: Board,
        trace: EpochTrace,
    ) -> Self {
        let (open, calls) = (BTreeMap::new(), JoinSet::new());
        Self { prover: Some(prover), courier, store, board, open, calls, trace }
    }

    /// Works until the epoch is closed or nobody listens.
    pub(super) async fn work(
        mut self,
        inbox: UnboundedSender<Input>,
        mut inputs: UnboundedReceiver<Input>,
        updates: UnboundedSender<EpochUpdate>,
    ) {
        let mut look =
            tokio::time::interval(self.courier.config().snapshot_interval.max(Duration::from_millis(1)));
        while !updates.is_closed() {
            tokio::select! {
                input = inputs.recv() => match input {
                    Some(Input::Event(event)) => self.apply(*event, &inbox, &updates).await,
                    Some(Input::Settled(id)) => self.ask(&id),
                    Some(Input::Close) | None => return,
                },
                Some(outcome) = self.calls.join_next() => match outcome {
                    Ok(outcome) => self.concluded(outcome, &inbox, &updates).await,
                    Err(error) => tracing::error!(%error, "a call about a job broke off"),
                },
                _ = look.tick() => self.look_for_lost(),
            }
        }
    }

    async fn concluded(
        &mut self,
        outcome: Outcome,
        inbox: &UnboundedSender<Input>,
        updates: &UnboundedSender<EpochUpdate>,
    ) {
        match outcome {
            Outcome::Settled(event) => {
                self.close(&event);
                self.apply(event, inbox, updates).await;
            }
            Outcome::Enqueued(id, kept) => {
                if let Some(open) = self.open.get_mut(&id) {
                    open.kept = Some(kept);
                }
                self.answered(&id);
            }
            Outcome::Lost(id) => {
                let kept = self.open.get(&id).and_then(|open| Some((open.request_type, open.kept.clone()?)));
                if let Some((request_type, kept)) = kept {
                    tracing::warn!(%id, "the broker lost a job, which is enqueued again");
                    self.enqueue(id, request_type, kept);
                }
            }
            Outcome::Nothing(id) => self.answered(&id),
        }
    }

    /// A job is settled.
    fn close(&mut self, event: &Event) {
        let (id, failure) = match event {
            Event::Done { id, .. } => (id, None),
            Event::Failed { id, reason } => (id, Some(reason.clone())),
            _ => return,
        };
        self.board.remove(id);
        let Some(Open { span, .. }) = self.open.remove(id) else { return };
        match failure {
            None => span.end(),
            Some(reason) => span.fail(reason),
        }
    }

    /// A call about a job is over and the job is not. The broker tells of a completion once, so one that came in the
    /// meantime is looked into now.
    fn answered(&mut self, id: &JobId) {
        let Some(open) = self.open.get_mut(id) else { return };
        (open.asked, open.looked) = (false, Instant::now());
        if std::mem::take(&mut open.settled) {
            self.ask(id);
        }
    }

    /// Lets the state machine take an event, off the async threads: it hashes and encodes.
    async fn apply(
        &mut self,
        event: Event,
        inbox: &UnboundedSender<Input>,
        updates: &UnboundedSender<EpochUpdate>,
    ) {
        let mut prover = self.prover.take().expect("it is put back after each step");
        let span = self.planning(&event);
        let stepped = tokio::task::spawn_blocking(move || {
            let effects = prover.step(event);
            (prover, effects)
        });
        let (prover, effects) = stepped.await.expect("the state machine does not panic");
        if let Some(span) = span {
            span.end_with(&effects, |_| "not-an-epoch");
        }
        let progress = prover.progress();
        self.prover = Some(prover);
        let mut news = self.carry_out(effects, inbox);
        news.push(EpochUpdate::Progress(progress));
        for update in news {
            // Nobody listens any more: the loop ends.
            let _ = updates.send(update);
        }
    }

    /// The span of what plans jobs anew. What a result adds to it is too little to be shown.
    fn planning(&self, event: &Event) -> Option<OpenSpan> {
        let checkpoint = match event {
            Event::Checkpoint(checkpoint) => checkpoint.number,
            Event::Complete { last } => *last,
            Event::Removed { .. } | Event::Done { .. } | Event::Failed { .. } => return None,
        };
        let mut span = self.trace.span("planning");
        span.note("aztec.checkpoint.number", checkpoint);
        span.note("chinampa.complete", u8::from(matches!(event, Event::Complete { .. })));
        Some(span)
    }

    fn carry_out(
        &mut self,
        effects: Result<Vec<Effect>, EpochError>,
        inbox: &UnboundedSender<Input>,
    ) -> Vec<EpochUpdate> {
        let effects = match effects {
            Ok(effects) => effects,
            Err(error) => return vec![EpochUpdate::Refused(error)],
        };
        let mut updates = Vec::new();
        for effect in effects {
            match effect {
                Effect::Enqueue(job) => {
                    let PlannedJob { id, inputs } = *job;
                    let request_type = inputs.request_type();
                    let mut span = self.trace.span(format!("circuit {}", request_type.name()));
                    span.note("aztec.proving.job_id", id.as_str());
                    span.note("aztec.proving.job_type", request_type.name());
                    let open = Open {
                        request_type,
                        span,
                        kept: None,
                        asked: true,
                        settled: false,
                        looked: Instant::now(),
                    };
                    self.open.insert(id.clone(), open);
                    self.board.add(id.clone(), inbox.clone());
                    self.enqueue(id, request_type, Kept::Inputs(Arc::new(inputs)));
                }
                Effect::Abandon(id) => self.abandon(id),
                Effect::Failed(id, failure) => updates.push(EpochUpdate::Failed(id, failure)),
                Effect::Unlinked(error) => updates.push(EpochUpdate::Unlinked(error)),
                Effect::Proven(proof) => updates.push(EpochUpdate::Proven(proof)),
            }
        }
        updates
    }

    fn enqueue(&mut self, id: JobId, request_type: RequestType, kept: Kept) {
        let (courier, store) = (self.courier.clone(), self.store.clone());
        let parent = self.open.get(&id).and_then(|open| open.span.parent());
        self.calls.spawn(async move {
            let failed = |id: JobId, reason: String| Outcome::Settled(Event::Failed { id, reason });
            // Before the inputs are encoded: thousands of jobs may wait here at once.
            let _slot = courier.slot().await;
            let (uri, kept) = match stored(&store, &id, kept).await {
                Ok(stored) => stored,
                Err(error) => return failed(id, error.to_string()),
            };
            let Some(epoch_number) = id.parts().map(|parts| parts.epoch) else {
                return failed(id, "the job's id has no epoch".to_owned());
            };
            let job = ProvingJob { id: id.clone(), request_type, epoch_number, inputs_uri: uri };
            match courier.enqueue(job, parent).await {
                Ok(status) if status.is_settled() => settle(&courier, &store, id, status).await,
                Ok(_) => Outcome::Enqueued(id, kept),
                Err(error) => failed(id, error.to_string()),
            }
        });
    }

    /// Asks what became of a job, once at a time.
    fn ask(&mut self, id: &JobId) {
        let Some(open) = self.open.get_mut(id) else { return };
        if open.asked {
            open.settled = true;
            return;
        }
        open.asked = true;
        let (courier, store, id) = (self.courier.clone(), self.store.clone(), id.clone());
        self.calls.spawn(async move {
            match courier.status(id.clone()).await {
                Ok(status) => settle(&courier, &store, id, status).await,
                Err(error) => {
                    tracing::warn!(%id, %error, "the broker does not say what became of a job");
                    Outcome::Nothing(id)
                }
            }
        });
    }

    fn look_for_lost(&mut self) {
        let interval = self.courier.config().snapshot_interval;
        let due = self.open.iter().filter(|(_, open)| !open.asked && open.looked.elapsed() >= interval);
        let due: Vec<JobId> = due.map(|(id, _)| id.clone()).collect();
        due.iter().for_each(|id| self.ask(id));
    }

    /// The job stays open unless it is cancelled: its result is welcome still.
    fn abandon(&mut self, id: JobId) {
        if !self.courier.config().cancel_abandoned {
            return;
        }
        if let Some(Open { span, .. }) = self.open.remove(&id) {
            span.fail("abandoned");
        }
        self.board.remove(&id);
        let courier = self.courier.clone();
        self.calls.spawn(async move {
            if let Err(error) = courier.cancel(id.clone()).await {
                tracing::warn!(%id, %error, "an abandoned job could not be cancelled");
            }
            Outcome::Nothing(id)
        });
    }
}

/// Puts inputs into the store, if they are not there.
async fn stored(store: &PayloadStore, id: &JobId, kept: Kept) -> Result<(ProofUri, Kept), PayloadError> {
    let inputs = match kept {
        Kept::Stored(uri) => return Ok((uri.clone(), Kept::Stored(uri))),
        Kept::Inputs(inputs) => inputs,
    };
    let uri = store.save_inputs(id, &inputs).await?;
    // An inline URI is twice as large as the inputs themselves.
    let kept = if store.is_inline() { Kept::Inputs(inputs) } else { Kept::Stored(uri.clone()) };
    Ok((uri, kept))
}

/// What a job's status means for its epoch.
async fn settle<B: ProvingBroker>(
    courier: &Courier<B>,
    store: &PayloadStore,
    id: JobId,
    status: JobStatus,
) -> Outcome {
    match status {
        JobStatus::InQueue | JobStatus::InProgress => Outcome::Nothing(id),
        JobStatus::NotFound => Outcome::Lost(id),
        JobStatus::Rejected { reason } => Outcome::Settled(Event::Failed { id, reason }),
        JobStatus::Fulfilled { value } => match load(courier, store, value).await {
            Ok(result) => Outcome::Settled(Event::Done { id, result: Box::new(result) }),
            Err(error) => Outcome::Settled(Event::Failed { id, reason: error.to_string() }),
        },
    }
}

/// Reads a result; a file may take a moment to show up on a shared disk.
async fn load<B: ProvingBroker>(
    courier: &Courier<B>,
    store: &PayloadStore,
    uri: ProofUri,
) -> Result<JobResult, PayloadError> {
    let mut reads = 1;
    loop {
        match store.load_result(&uri).await {
            Err(error @ PayloadError::Objects(_)) if reads < READS_MAX => {
                tracing::warn!(%error, reads, "a result is not there yet");
                reads += 1;
                tokio::time::sleep(courier.config().poll_interval).await;
            }
            outcome => return outcome,
        }
    }
}
