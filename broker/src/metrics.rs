//! Counters of the broker under Aztec's names, as OpenMetrics text.

use std::sync::atomic::{AtomicBool, Ordering};

use chinampa_jobs::RequestType;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::payload::PayloadUsage;
use crate::queue::{Notice, Queue};

/// The content type of [`Metrics::to_text`].
pub const METRICS_CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds of the buckets for times, in milliseconds: from an idle broker to a long proof.
const BUCKETS_MS: [f64; 12] = [
    1.0,
    10.0,
    100.0,
    500.0,
    1_000.0,
    5_000.0,
    15_000.0,
    30_000.0,
    60_000.0,
    180_000.0,
    600_000.0,
    3_600_000.0,
];

/// Aztec's attribute `aztec.proving.job_type`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobType {
    aztec_proving_job_type: &'static str,
}

/// A failed attempt: what kind of job, and what kind of failure.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FailedJob {
    aztec_proving_job_type: &'static str,
    class: &'static str,
}

type Counters = Family<JobType, Counter>;
type Gauges = Family<JobType, Gauge>;
type Histograms = Family<JobType, Histogram, fn() -> Histogram>;

/// Counters of the broker.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    is_ready: AtomicBool,
    waiting: Gauges,
    held: Gauges,
    enqueued: Counters,
    cached: Counters,
    resolved: Counters,
    rejected: Counters,
    aborted: Counters,
    retried: Counters,
    timed_out: Counters,
    wait: Histograms,
    duration: Histograms,
    dropped: Counter,
    failed: Family<FailedJob, Counter>,
    released: Counters,
    quarantined: Counters,
    agents_quarantined: Counter,
    put_aside: Gauge,
    agents: Gauge,
    payload_bytes: Gauge,
    payload_quota: Gauge,
    payload_alarm: Gauge,
    payloads_lost: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All counters at zero.
    pub fn new() -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(BUCKETS_MS);
        let mut metrics = Self {
            registry: Registry::default(),
            is_ready: AtomicBool::new(false),
            waiting: Family::default(),
            held: Family::default(),
            enqueued: Family::default(),
            cached: Family::default(),
            resolved: Family::default(),
            rejected: Family::default(),
            aborted: Family::default(),
            retried: Family::default(),
            timed_out: Family::default(),
            wait: Family::new_with_constructor(histogram),
            duration: Family::new_with_constructor(histogram),
            dropped: Counter::default(),
            failed: Family::default(),
            released: Family::default(),
            quarantined: Family::default(),
            agents_quarantined: Counter::default(),
            put_aside: Gauge::default(),
            agents: Gauge::default(),
            payload_bytes: Gauge::default(),
            payload_quota: Gauge::default(),
            payload_alarm: Gauge::default(),
            payloads_lost: Gauge::default(),
        };
        metrics.register();
        metrics
    }

    /// Whether the job store works.
    pub fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Relaxed)
    }

    /// All counters in the OpenMetrics text format.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        text::encode(&mut text, &self.registry).expect("writing to a string cannot fail");
        text
    }

    /// Counts what has happened.
    pub(crate) fn count(&self, notice: Notice) {
        match notice {
            Notice::Enqueued(kind) => increment(&self.enqueued, kind),
            Notice::Cached(kind) => increment(&self.cached, kind),
            Notice::Claimed { request_type, waited_ms } => observe(&self.wait, request_type, Some(waited_ms)),
            Notice::Fulfilled { request_type, duration_ms } => {
                increment(&self.resolved, request_type);
                observe(&self.duration, request_type, duration_ms);
            }
            Notice::Rejected { request_type, duration_ms } => {
                increment(&self.rejected, request_type);
                observe(&self.duration, request_type, duration_ms);
            }
            Notice::Aborted(kind) => increment(&self.aborted, kind),
            Notice::Retried(kind) => increment(&self.retried, kind),
            Notice::TimedOut(kind) => increment(&self.timed_out, kind),
            Notice::Failed(kind, class) => {
                let label = FailedJob { aztec_proving_job_type: kind.name(), class: class.name() };
                self.failed.get_or_create(&label).inc();
            }
            Notice::Released(kind) => increment(&self.released, kind),
            Notice::Quarantined(kind) => increment(&self.quarantined, kind),
            Notice::AgentQuarantined => {
                self.agents_quarantined.inc();
            }
            Notice::Dropped { count } => {
                self.dropped.inc_by(count as u64);
            }
        }
    }

    /// Takes over sizes from the queue; none says that the store fails.
    pub(crate) fn update(&self, queue: Option<&Queue>) {
        self.is_ready.store(queue.is_some(), Ordering::Relaxed);
        let Some(queue) = queue else { return };
        self.put_aside.set(size(queue.quarantined_count()));
        self.agents.set(size(queue.agent_count()));
        for kind in RequestType::ALL {
            self.waiting.get_or_create(&label(kind)).set(size(queue.waiting_count(kind)));
            self.held.get_or_create(&label(kind)).set(size(queue.held_count(kind)));
        }
    }

    /// Takes over the sizes of payloads.
    pub(crate) fn set_payloads(&self, usage: &PayloadUsage) {
        let of = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        self.payload_bytes.set(of(usage.used_bytes));
        self.payload_quota.set(of(usage.quota_bytes));
        self.payload_alarm.set(i64::from(usage.is_alarm));
        self.payloads_lost.set(of(usage.lost));
    }

    fn register(&mut self) {
        let registry = self.registry.sub_registry_with_prefix("aztec_proving_queue");
        registry.register("size", "Jobs that wait", self.waiting.clone());
        registry.register("active_jobs_count", "Jobs that are handed out", self.held.clone());
        let counters = [
            ("enqueued_jobs_count", "Jobs that were new", &self.enqueued),
            ("cached_jobs_count", "Jobs that were enqueued and known", &self.cached),
            ("resolved_jobs_count", "Jobs that were proven", &self.resolved),
            ("rejected_jobs_count", "Jobs that failed for good", &self.rejected),
            ("aborted_jobs_count", "Jobs that were cancelled", &self.aborted),
            ("retried_jobs_count", "Failures after which a job waited again", &self.retried),
            ("timed_out_jobs_count", "Leases that ended without a heartbeat", &self.timed_out),
        ];
        for (name, help, counter) in counters {
            RequestType::ALL.into_iter().for_each(|kind| drop(counter.get_or_create(&label(kind))));
            registry.register(name, help, counter.clone());
        }
        let ms = || Unit::Other("milliseconds".to_owned());
        registry.register_with_unit("job_wait", "Enqueue to hand-out", ms(), self.wait.clone());
        registry.register_with_unit("job_duration", "Hand-out to settlement", ms(), self.duration.clone());
        let own = self.registry.sub_registry_with_prefix("chinampa_broker");
        own.register("dropped_jobs", "Jobs that were forgotten with their epochs", self.dropped.clone());
        own.register("failed_attempts", "Attempts that ended without a proof", self.failed.clone());
        own.register("released_jobs", "Jobs that agents have handed back", self.released.clone());
        own.register("quarantines", "Jobs that were put aside", self.quarantined.clone());
        own.register("agent_quarantines", "Agents that were put aside", self.agents_quarantined.clone());
        own.register("quarantined_jobs_count", "Jobs that are aside now", self.put_aside.clone());
        own.register("agents_count", "Agents that are known", self.agents.clone());
        own.register("payload_used_bytes", "Bytes of payloads", self.payload_bytes.clone());
        own.register(
            "payload_quota_bytes",
            "Most bytes of payloads, 0 without a limit",
            self.payload_quota.clone(),
        );
        own.register("payload_alarm", "1 when payloads have little room left", self.payload_alarm.clone());
        own.register("payloads_lost", "Payloads that were lost or damaged", self.payloads_lost.clone());
    }
}

fn label(kind: RequestType) -> JobType {
    JobType { aztec_proving_job_type: kind.name() }
}

fn increment(counters: &Counters, kind: RequestType) {
    counters.get_or_create(&label(kind)).inc();
}

fn observe(histograms: &Histograms, kind: RequestType, value_ms: Option<u64>) {
    if let Some(value_ms) = value_ms {
        histograms.get_or_create(&label(kind)).observe(value_ms as f64);
    }
}

fn size(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
