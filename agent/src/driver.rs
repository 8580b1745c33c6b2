//! Does what a session wants, and tells it what came of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use chinampa_jobs::agent::{
    FailureClass, Instruction, Offer, PROTOCOL_RELEASE, Progress as WireProgress, Usage,
};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use crate::admission::{Reservation, Room};
use crate::attempt::{self, Ended};
use crate::backend::{Phase, Work};
use crate::config::DrainNotice;
use crate::link::{Link, LinkError, Said, is_drain};
use crate::metrics::Waste;
use crate::run::{Offered, Shared, ms_since};
use crate::session::{Claim, Effect, Event, Lease, Outcome, ReleaseCause, Session};
use crate::trace::SpanSink;

/// What reaches a session, with what the driver keeps for itself.
enum Message {
    Event(Event),
    /// An answer that may bring a job, and the room that was set aside for it.
    Answered(Event, Reservation),
    /// A thread has ended.
    Ended(Lease, Ended),
    Instruction(Instruction),
}

/// A proof that runs.
struct Running {
    claim: Claim,
    work: Arc<Work>,
    room: Option<Reservation>,
}

/// One session and its connections to the world.
pub(crate) struct Driver {
    index: usize,
    link: Link,
    shared: Arc<Shared>,
    spans: SpanSink,
    session: Session,
    start: Instant,
    running: Option<Running>,
    /// What the attempt that is being reported has used.
    usage: Option<(Lease, Usage)>,
    /// Set aside for a job that is about to start.
    room: Option<Reservation>,
    /// Since when there is no job.
    idle_since: Instant,
    messages: mpsc::UnboundedSender<Message>,
    inbox: Option<mpsc::UnboundedReceiver<Message>>,
}

impl Driver {
    pub(crate) fn new(index: usize, link: Link, shared: Arc<Shared>, spans: SpanSink) -> Self {
        let session = Session::new(shared.config.session);
        let (messages, inbox) = mpsc::unbounded_channel();
        Self {
            index,
            link,
            shared,
            spans,
            session,
            start: Instant::now(),
            running: None,
            usage: None,
            room: None,
            idle_since: Instant::now(),
            messages,
            inbox: Some(inbox),
        }
    }

    pub(crate) async fn run(mut self, mut drain: watch::Receiver<Option<DrainNotice>>) {
        let mut inbox = self.inbox.take().expect("a driver runs once");
        let mut is_watching = true;
        self.shared.config.metrics.session_started();
        while !self.session.is_stopped() {
            let wake = self.session.wake_at_ms().map(|at| self.start + Duration::from_millis(at));
            let wake = wake.unwrap_or_else(|| Instant::now() + Duration::from_secs(3600));
            tokio::select! {
                message = inbox.recv() => {
                    if let Some(message) = message {
                        self.take(message);
                    }
                }
                changed = drain.changed(), if is_watching => {
                    is_watching = changed.is_ok();
                    let notice = *drain.borrow_and_update();
                    if let Some(notice) = notice {
                        self.drain(notice);
                    }
                }
                () = tokio::time::sleep_until(wake.into()) => self.step(Event::Tick),
            }
        }
        if let Some(running) = self.running.take() {
            self.call_off(&running);
        }
        self.shared.config.metrics.session_ended();
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Event(event) => self.step(event),
            Message::Answered(event, reservation) => {
                self.room = Some(reservation);
                self.step(event);
            }
            Message::Ended(lease, ended) => self.ended(lease, &ended),
            Message::Instruction(instruction) => {
                if is_drain(&instruction) {
                    tracing::info!(
                        agent = self.index,
                        reason = instruction.reason,
                        "the broker asks to drain"
                    );
                    let deadline = Instant::now() + self.shared.config.drain_budget;
                    self.drain(DrainNotice { deadline, cause: ReleaseCause::Shutdown });
                }
            }
        }
        // What no job has taken is free again.
        self.room = None;
    }

    fn drain(&mut self, notice: DrainNotice) {
        self.link.stop_waiting();
        let left = notice.deadline.saturating_duration_since(Instant::now());
        let time_left_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        self.step(Event::Drain { time_left_ms, cause: notice.cause });
    }

    fn ended(&mut self, lease: Lease, ended: &Ended) {
        let Some(running) = self.running.take_if(|running| running.claim.lease == lease) else { return };
        let took = running.work.started().elapsed();
        self.idle_since = Instant::now();
        self.shared.config.metrics.ended();
        let error = match &ended.outcome {
            None => Some("called off"),
            Some(Outcome::Success { .. }) => None,
            Some(Outcome::Failure { class, .. }) => Some(class.name()),
        };
        self.spans.ended(&running.claim, took, &ended.phases, error);
        let Some(outcome) = ended.outcome.clone() else { return };
        match &outcome {
            Outcome::Success { .. } => self.proved(&running, took, ended),
            Outcome::Failure { class, reason, .. } => {
                let request_type = running.claim.request_type();
                self.shared.counts.failed.fetch_add(1, Ordering::Relaxed);
                self.shared.config.metrics.failed(request_type, *class);
                if let (FailureClass::OutOfMemory, Some(room)) = (class, &running.room) {
                    self.shared.had_too_little(request_type, room.room().ram_bytes);
                }
                self.shared.config.metrics.wasted(took, Waste::Failed);
                tracing::warn!(agent = self.index, job = %running.claim.job.id, class = class.name(), "failed: {reason}");
            }
        }
        self.usage = Some((lease.clone(), ended.usage));
        self.step(Event::WorkEnded { lease, outcome });
    }

    fn proved(&self, running: &Running, took: Duration, ended: &Ended) {
        let request_type = running.claim.request_type();
        let is_simulated =
            self.shared.offered(request_type).is_some_and(|offered| offered.backend.is_simulated());
        self.shared.estimates.learn(request_type, took);
        self.shared.counts.proved.fetch_add(1, Ordering::Relaxed);
        self.shared.config.metrics.proven(
            request_type,
            &ended.phases,
            (ended.usage.peak_ram_bytes, ended.peak_vram_bytes),
            is_simulated,
        );
        let phases: Vec<_> = ended.phases.iter().map(|(phase, time)| phase_time(*phase, *time)).collect();
        tracing::info!(
            agent = self.index,
            job = %running.claim.job.id,
            took_ms = took.as_millis(),
            phases = phases.join(" "),
            "proved"
        );
    }

    fn step(&mut self, event: Event) {
        if let Some(running) = &self.running {
            let eta = running.work.progress().eta;
            let eta_ms = eta.map(|eta| u64::try_from(eta.as_millis()).unwrap_or(u64::MAX));
            let progress = Event::Progress { lease: running.claim.lease.clone(), eta_ms };
            let effects = self.session.step(progress, ms_since(self.start));
            self.apply(effects);
        }
        let effects = self.session.step(event, ms_since(self.start));
        self.apply(effects);
    }

    fn apply(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Ask => self.ask(),
                Effect::Start(claim) => self.start_work(claim),
                Effect::Cancel(claim) => self.cancel(&claim),
                Effect::Beat(claim) => self.beat(claim),
                Effect::Report(claim, outcome) => self.report(claim, outcome),
                Effect::Release(claim, cause) => self.release(claim, cause),
                Effect::Stop => tracing::debug!(agent = self.index, "stopped"),
            }
        }
    }

    /// Sets room aside for the largest job that it may be; none if no job has room now.
    fn reserve(&self) -> Option<Reservation> {
        self.shared.admission.reserve(self.shared.offers.iter().map(|offered| self.shared.room(offered)))
    }

    /// What this session would take now, of types that fit into `limit`.
    fn offer(&self, limit: Room) -> Offer {
        let offers = self.shared.offers.iter().filter(|offered| self.shared.room(offered).fits(limit));
        Offer {
            request_types: offers.map(|offered| offered.request_type).collect(),
            ram_bytes: limit.ram_bytes,
            vram_bytes: 0,
            protocols: vec![PROTOCOL_RELEASE.to_owned()],
            tags: Vec::new(),
        }
    }

    fn ask(&mut self) {
        let Some(room) = self.reserve() else {
            // Asked again after the poll interval.
            let _ = self.messages.send(Message::Event(Event::Answered(None)));
            return;
        };
        let (link, messages, offer) = (self.link.clone(), self.messages.clone(), self.offer(room.room()));
        let index = self.index;
        tokio::spawn(async move {
            let message = match link.ask(&offer).await {
                Ok(Said { value, instruction }) => {
                    let _ = messages.send(Message::Instruction(instruction));
                    Message::Answered(Event::Answered(value), room)
                }
                Err(error) => {
                    tracing::warn!(agent = index, "no answer to a question for a job: {error}");
                    Message::Event(Event::AskFailed)
                }
            };
            let _ = messages.send(message);
        });
    }

    fn start_work(&mut self, claim: Claim) {
        let Some(offered) = self.shared.offered(claim.request_type()).cloned() else {
            let reason = format!("this agent does not prove {}", claim.request_type());
            let outcome = Outcome::Failure { class: FailureClass::JobError, reason, retry: true };
            let lease = claim.lease;
            let _ = self.messages.send(Message::Event(Event::WorkEnded { lease, outcome }));
            return;
        };
        // A job that came with the answer to a sign of life has no room of its own, unless there is some.
        let needed = self.shared.room(&offered);
        let mut room = self.room.take().or_else(|| self.shared.admission.reserve([needed].into_iter()));
        if let Some(room) = &mut room {
            room.shrink(needed);
        }
        self.shared.config.metrics.begun(self.idle_since.elapsed());
        let learned = self.shared.estimates.expected(claim.request_type());
        let expected = learned.or_else(|| offered.backend.expected(claim.request_type()));
        let work = Arc::new(Work::new(expected));
        tracing::info!(agent = self.index, job = %claim.job.id, backend = offered.backend.name(), "proving");
        self.running = Some(Running { claim: claim.clone(), work: Arc::clone(&work), room });
        self.spawn_proof(claim, offered, work);
    }

    fn spawn_proof(&self, claim: Claim, offered: Offered, work: Arc<Work>) {
        let (messages, shared) = (self.messages.clone(), Arc::clone(&self.shared));
        let lease = claim.lease.clone();
        let (counter, runtime) = (Arc::clone(&self.shared), Handle::current());
        counter.proofs.fetch_add(1, Ordering::AcqRel);
        let proof = thread::Builder::new().name(format!("prove-{}", self.index)).spawn(move || {
            // Lower than the thread that speaks with the broker; refused at worst.
            let _ = rustix::process::nice(5);
            let ended = attempt::run(&offered.backend, &shared.config, &runtime, &claim, &work);
            shared.proofs.fetch_sub(1, Ordering::AcqRel);
            let _ = messages.send(Message::Ended(claim.lease, ended));
        });
        if let Err(error) = proof {
            counter.proofs.fetch_sub(1, Ordering::AcqRel);
            let reason = format!("no thread for the proof: {error}");
            let outcome = Outcome::Failure { class: FailureClass::OutOfMemory, reason, retry: true };
            let _ = self.messages.send(Message::Event(Event::WorkEnded { lease, outcome }));
        }
    }

    fn cancel(&mut self, claim: &Claim) {
        let Some(running) = self.running.take_if(|running| running.claim.lease == claim.lease) else {
            return;
        };
        self.call_off(&running);
        // A job that waits for this one may have its room.
        self.room = running.room;
    }

    fn call_off(&mut self, running: &Running) {
        running.work.cancel();
        self.idle_since = Instant::now();
        let wasted = running.work.started().elapsed();
        let wasted_ms = u64::try_from(wasted.as_millis()).unwrap_or(u64::MAX);
        self.shared.counts.wasted_ms.fetch_add(wasted_ms, Ordering::Relaxed);
        self.shared.config.metrics.ended();
        self.shared.config.metrics.wasted(wasted, Waste::CalledOff);
        tracing::info!(agent = self.index, job = %running.claim.job.id, wasted_ms, "called off");
    }

    fn beat(&self, claim: Claim) {
        let progress = self.running.as_ref().filter(|running| running.claim.lease == claim.lease);
        let progress = progress.map(|running| wire_progress(&running.work)).unwrap_or_default();
        // A job instead of this one has its room.
        let room = self.running.as_ref().and_then(|running| running.room.as_ref()).map(Reservation::room);
        let offer = self.offer(room.unwrap_or_default());
        let (link, messages) = (self.link.clone(), self.messages.clone());
        let index = self.index;
        tokio::spawn(async move {
            let event = match link.beat(&claim, &offer, progress).await {
                Ok(Said { value: (fate, next), instruction }) => {
                    let _ = messages.send(Message::Instruction(instruction));
                    Event::Beaten { lease: claim.lease, fate, next }
                }
                Err(error) => {
                    tracing::warn!(agent = index, job = %claim.job.id, "no answer to a sign of life: {error}");
                    Event::BeatFailed { lease: claim.lease }
                }
            };
            let _ = messages.send(Message::Event(event));
        });
    }

    fn report(&mut self, claim: Claim, outcome: Outcome) {
        let usage = self.usage.as_ref().filter(|(lease, _)| *lease == claim.lease);
        let usage = usage.map(|(_, usage)| *usage).unwrap_or_default();
        let wants_more = self.link.gives_with_reports() && !self.session.is_draining();
        let room = if wants_more { self.reserve() } else { None };
        let offer = room.as_ref().map(|room| self.offer(room.room()));
        let (link, messages, index) = (self.link.clone(), self.messages.clone(), self.index);
        tokio::spawn(async move {
            let event = match link.report(&claim, offer.as_ref(), &outcome, usage).await {
                Ok(Said { value, instruction }) => {
                    let _ = messages.send(Message::Instruction(instruction));
                    Event::Reported { lease: claim.lease, next: value }
                }
                Err(error) => {
                    let is_final = warn_failed(index, &claim, "a report", &error);
                    Event::ReportFailed { lease: claim.lease, is_final }
                }
            };
            let message = match room {
                Some(room) => Message::Answered(event, room),
                None => Message::Event(event),
            };
            let _ = messages.send(message);
        });
    }

    fn release(&self, claim: Claim, cause: ReleaseCause) {
        self.shared.counts.released.fetch_add(1, Ordering::Relaxed);
        self.shared.config.metrics.released(claim.request_type());
        let (link, messages, index) = (self.link.clone(), self.messages.clone(), self.index);
        tokio::spawn(async move {
            let event = match link.release(&claim, cause).await {
                Ok(()) => Event::Released { lease: claim.lease },
                Err(error) => {
                    let is_final = warn_failed(index, &claim, "a hand-back", &error);
                    Event::ReleaseFailed { lease: claim.lease, is_final }
                }
            };
            let _ = messages.send(Message::Event(event));
        });
    }
}

/// Logs a failed call; whether to give up.
fn warn_failed(index: usize, claim: &Claim, what: &str, error: &LinkError) -> bool {
    let is_final = !error.is_temporary();
    tracing::warn!(agent = index, job = %claim.job.id, is_final, "no answer to {what}: {error}");
    is_final
}

fn wire_progress(work: &Work) -> WireProgress {
    let progress = work.progress();
    let elapsed = work.started().elapsed();
    let done_permille = progress.eta.map_or(0, |eta| {
        let total = elapsed + eta;
        u16::try_from(elapsed.as_millis() * 1000 / total.as_millis().max(1)).unwrap_or(1000)
    });
    let eta_ms = progress.eta.map(|eta| u64::try_from(eta.as_millis()).unwrap_or(u64::MAX));
    WireProgress { phase: progress.phase.name().to_owned(), done_permille, eta_ms }
}

fn phase_time(phase: Phase, time: Duration) -> String {
    format!("{}={}ms", phase.name(), time.as_millis())
}
