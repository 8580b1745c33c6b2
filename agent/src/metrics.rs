//! Counters of the agents of a process, as OpenMetrics text: our own, and under Aztec's names what Aztec's agent counts.
//!
//! # Sources
//! `ProverInstrumentation` of `@aztec/bb-prover` 4.1.2 and `metrics.ts` of `@aztec/telemetry-client` 4.1.2, whose names
//! have underscores for dots and their unit at the end once a collector has passed them on to Prometheus.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use chinampa_jobs::RequestType;
use chinampa_jobs::agent::FailureClass;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::backend::{Phase, circuit};
use crate::gpu::Gpus;

/// The content type of [`AgentMetrics::to_text`].
pub const METRICS_CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds of the buckets for times, in seconds: from a merge that is solved to a root that is proven.
const BUCKETS_S: [f64; 14] =
    [0.001, 0.005, 0.02, 0.1, 0.5, 1.0, 2.5, 5.0, 15.0, 30.0, 60.0, 180.0, 600.0, 3_600.0];

type FloatCounter = Counter<f64, std::sync::atomic::AtomicU64>;
type FloatGauge = Gauge<f64, std::sync::atomic::AtomicU64>;
type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

/// A type of job.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Job {
    job_type: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobPhase {
    job_type: &'static str,
    phase: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobFailure {
    job_type: &'static str,
    class: &'static str,
}

/// Why work was for nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WasteCause {
    cause: &'static str,
}

/// Aztec's attribute `aztec.circuit.protocol_circuit_name`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AztecCircuit {
    aztec_circuit_protocol_circuit_name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Device {
    gpu: u32,
    name: String,
}

/// How an attempt that took time for nothing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waste {
    /// It was called off: the job went to somebody else, or was handed back.
    CalledOff,
    /// It failed.
    Failed,
}

/// Counters of the agents of a process.
#[derive(Debug)]
pub struct AgentMetrics {
    registry: Registry,
    started: Instant,
    proven: Family<Job, Counter>,
    failed: Family<JobFailure, Counter>,
    released: Family<Job, Counter>,
    phases: Histograms<JobPhase>,
    peak_ram: Family<Job, Gauge>,
    peak_vram: Family<Job, Gauge>,
    idle: FloatCounter,
    wasted: Family<WasteCause, FloatCounter>,
    sessions: Gauge,
    working: Gauge,
    amqp_connected: Gauge,
    amqp_messages: Counter,
    aztec_idle: Histogram,
    aztec_witness: Histograms<AztecCircuit>,
    aztec_proving: Histograms<AztecCircuit>,
    aztec_simulation: Histograms<AztecCircuit>,
    uptime: FloatGauge,
    devices: Devices,
}

/// What devices say, read whenever somebody asks for the counters.
#[derive(Debug, Default)]
struct Devices {
    gpus: Mutex<Option<Gpus>>,
    temperature: Family<Device, FloatGauge>,
    power: Family<Device, FloatGauge>,
    used: Family<Device, Gauge>,
    total: Family<Device, Gauge>,
    utilization: Family<Device, FloatGauge>,
}

impl Default for AgentMetrics {
    fn default() -> Self {
        Self::new(None)
    }
}

impl AgentMetrics {
    /// All counters at zero; `gpus` are the devices that are read.
    pub fn new(gpus: Option<Gpus>) -> Self {
        let seconds: fn() -> Histogram = || Histogram::new(BUCKETS_S);
        let milliseconds: fn() -> Histogram = || Histogram::new(BUCKETS_S.map(|bound| bound * 1e3));
        let mut metrics = Self {
            registry: Registry::default(),
            started: Instant::now(),
            proven: Family::default(),
            failed: Family::default(),
            released: Family::default(),
            phases: Family::new_with_constructor(seconds),
            peak_ram: Family::default(),
            peak_vram: Family::default(),
            idle: Counter::default(),
            wasted: Family::default(),
            sessions: Gauge::default(),
            working: Gauge::default(),
            amqp_connected: Gauge::default(),
            amqp_messages: Counter::default(),
            aztec_idle: seconds(),
            aztec_witness: Family::new_with_constructor(seconds),
            aztec_proving: Family::new_with_constructor(seconds),
            aztec_simulation: Family::new_with_constructor(milliseconds),
            uptime: Gauge::default(),
            devices: Devices { gpus: Mutex::new(gpus), ..Devices::default() },
        };
        metrics.register();
        metrics.register_aztec();
        metrics
    }

    fn register(&mut self) {
        let own = self.registry.sub_registry_with_prefix("chinampa_agent");
        let s = || Unit::Seconds;
        own.register("proven_jobs", "Jobs with a result", self.proven.clone());
        own.register("failed_jobs", "Jobs that were reported as failed", self.failed.clone());
        own.register("released_jobs", "Jobs that were handed back", self.released.clone());
        own.register_with_unit("phase", "Time of jobs by phase", s(), self.phases.clone());
        let help = "Largest memory that a job of the type has had";
        own.register_with_unit("job_peak_ram", help, Unit::Bytes, self.peak_ram.clone());
        let help = "Largest memory on devices that a job of the type was seen to have";
        own.register_with_unit("job_peak_vram", help, Unit::Bytes, self.peak_vram.clone());
        own.register_with_unit(
            "idle",
            "Time of agents without a job, up to their last",
            s(),
            self.idle.clone(),
        );
        own.register_with_unit("wasted", "Time of proofs that nobody got", s(), self.wasted.clone());
        own.register("sessions", "Agents in this process", self.sessions.clone());
        own.register("working_sessions", "Agents that prove now", self.working.clone());
        own.register("amqp_connected", "RabbitMQ wakes the agents", self.amqp_connected.clone());
        let help = "Messages of RabbitMQ that woke an agent";
        own.register("amqp_messages", help, self.amqp_messages.clone());
        own.register_with_unit("uptime", "Time since the start", s(), self.uptime.clone());
        let Devices { temperature, power, used, total, utilization, .. } = &self.devices;
        let device = self.registry.sub_registry_with_prefix("chinampa_gpu");
        device.register_with_unit(
            "temperature",
            "Temperature of the chip",
            Unit::Celsius,
            temperature.clone(),
        );
        device.register_with_unit("power", "Power", Unit::Other("watts".to_owned()), power.clone());
        device.register_with_unit("memory_used", "Memory in use, by anybody", Unit::Bytes, used.clone());
        device.register_with_unit("memory", "Memory", Unit::Bytes, total.clone());
        device.register_with_unit(
            "utilization",
            "Time in which it computed",
            Unit::Ratios,
            utilization.clone(),
        );
        for cause in [Waste::CalledOff, Waste::Failed] {
            drop(self.wasted.get_or_create(&cause.label()));
        }
    }

    fn register_aztec(&mut self) {
        let aztec = self.registry.sub_registry_with_prefix("aztec");
        let s = || Unit::Seconds;
        let help = "How long an agent was without a job";
        aztec.register_with_unit("proving_queue_agent_idle", help, s(), self.aztec_idle.clone());
        let help = "Time to solve a circuit whose proof follows";
        aztec.register_with_unit(
            "circuit_witness_generation_duration",
            help,
            s(),
            self.aztec_witness.clone(),
        );
        aztec.register_with_unit(
            "circuit_proving_duration",
            "Time to prove",
            s(),
            self.aztec_proving.clone(),
        );
        let (help, ms) =
            ("Time to solve a circuit that is only simulated", Unit::Other("milliseconds".to_owned()));
        aztec.register_with_unit("circuit_simulation_duration", help, ms, self.aztec_simulation.clone());
    }

    /// All counters in the OpenMetrics text format.
    ///
    /// # Panics
    /// Never: writing to a string cannot fail.
    pub fn to_text(&self) -> String {
        self.uptime.set(self.started.elapsed().as_secs_f64());
        self.devices.update();
        let mut text = String::new();
        text::encode(&mut text, &self.registry).expect("writing to a string cannot fail");
        text
    }

    pub(crate) fn session_started(&self) {
        self.sessions.inc();
    }

    pub(crate) fn session_ended(&self) {
        self.sessions.dec();
    }

    /// A job begins, after a session had none for `idle`.
    pub(crate) fn begun(&self, idle: Duration) {
        self.working.inc();
        self.idle.inc_by(idle.as_secs_f64());
        self.aztec_idle.observe(idle.as_secs_f64());
    }

    /// A job is not worked on any more.
    pub(crate) fn ended(&self) {
        self.working.dec();
    }

    pub(crate) fn amqp_is_connected(&self, is_connected: bool) {
        self.amqp_connected.set(i64::from(is_connected));
    }

    pub(crate) fn woken_by_message(&self) {
        self.amqp_messages.inc();
    }

    pub(crate) fn wasted(&self, time: Duration, cause: Waste) {
        self.wasted.get_or_create(&cause.label()).inc_by(time.as_secs_f64());
    }

    pub(crate) fn released(&self, request_type: RequestType) {
        self.released.get_or_create(&job(request_type)).inc();
    }

    pub(crate) fn failed(&self, request_type: RequestType, class: FailureClass) {
        let label = JobFailure { job_type: request_type.name(), class: class.name() };
        self.failed.get_or_create(&label).inc();
    }

    /// A job was proven, in these phases and with this memory, the second on devices where there are any; a simulated one is
    /// only solved.
    pub(crate) fn proven(
        &self,
        request_type: RequestType,
        phases: &[(Phase, Duration)],
        (peak_ram_bytes, peak_vram_bytes): (u64, Option<u64>),
        is_simulated: bool,
    ) {
        self.proven.get_or_create(&job(request_type)).inc();
        for (phase, time) in phases {
            let label = JobPhase { job_type: request_type.name(), phase: phase.name() };
            self.phases.get_or_create(&label).observe(time.as_secs_f64());
            self.alias(request_type, *phase, *time, is_simulated);
        }
        raise(&self.peak_ram, request_type, peak_ram_bytes);
        if let Some(bytes) = peak_vram_bytes {
            raise(&self.peak_vram, request_type, bytes);
        }
    }

    /// Whether there are devices.
    pub(crate) fn has_devices(&self) -> bool {
        self.devices.gpus.lock().is_ok_and(|gpus| gpus.is_some())
    }

    /// Memory that these processes have on devices, in bytes; none where no device says so.
    pub(crate) fn device_memory_of(&self, processes: &[u32]) -> Option<u64> {
        self.devices.gpus.lock().ok()?.as_ref()?.memory_of(processes)
    }

    fn alias(&self, request_type: RequestType, phase: Phase, time: Duration, is_simulated: bool) {
        let Some(circuit) = circuit(request_type) else { return };
        let name = circuit.name().replace('_', "-");
        let label = AztecCircuit { aztec_circuit_protocol_circuit_name: name };
        match (phase, is_simulated) {
            (Phase::Witness, true) => {
                self.aztec_simulation.get_or_create(&label).observe((time.as_secs_f64() * 1e3).trunc());
            }
            (Phase::Witness, false) => self.aztec_witness.get_or_create(&label).observe(time.as_secs_f64()),
            (Phase::Prove, false) => self.aztec_proving.get_or_create(&label).observe(time.as_secs_f64()),
            _ => {}
        }
    }
}

impl Devices {
    fn update(&self) {
        let Ok(gpus) = self.gpus.lock() else { return };
        let Some(gpus) = gpus.as_ref() else { return };
        let bytes = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        for reading in gpus.read() {
            let label = Device { gpu: reading.index, name: reading.name.unwrap_or_default() };
            let floats = [
                (&self.temperature, reading.temperature_c),
                (&self.power, reading.power_w),
                (&self.utilization, reading.utilization),
            ];
            for (family, value) in floats {
                if let Some(value) = value {
                    family.get_or_create(&label).set(value);
                }
            }
            for (family, value) in
                [(&self.used, reading.memory_used_bytes), (&self.total, reading.memory_total_bytes)]
            {
                if let Some(value) = value {
                    family.get_or_create(&label).set(bytes(value));
                }
            }
        }
    }
}

impl Waste {
    fn label(self) -> WasteCause {
        let cause = match self {
            Self::CalledOff => "called_off",
            Self::Failed => "failed",
        };
        WasteCause { cause }
    }
}

/// Notes a number of bytes if it is the largest so far.
fn raise(peaks: &Family<Job, Gauge>, request_type: RequestType, bytes: u64) {
    let peak = peaks.get_or_create(&job(request_type));
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    if bytes > peak.get() {
        peak.set(bytes);
    }
}

fn job(request_type: RequestType) -> Job {
    Job { job_type: request_type.name() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(text: &str, line: &str) -> bool {
        text.lines().any(|found| found == line)
    }

    #[test]
    fn what_happens_is_counted_under_both_names() {
        let metrics = AgentMetrics::default();
        metrics.session_started();
        metrics.begun(Duration::from_millis(1_500));
        let phases = [(Phase::Load, Duration::from_millis(4)), (Phase::Witness, Duration::from_millis(250))];
        metrics.proven(RequestType::ParityBase, &phases, (3_000, None), true);
        metrics.proven(RequestType::ParityBase, &phases, (2_000, None), true);
        metrics.proven(
            RequestType::RootRollup,
            &[(Phase::Prove, Duration::from_secs(90))],
            (5, Some(40)),
            false,
        );
        metrics.wasted(Duration::from_secs(2), Waste::CalledOff);
        metrics.failed(RequestType::RootRollup, FailureClass::OutOfMemory);
        metrics.released(RequestType::RootRollup);
        let text = metrics.to_text();
        for line in [
            "chinampa_agent_proven_jobs_total{job_type=\"PARITY_BASE\"} 2",
            "chinampa_agent_failed_jobs_total{job_type=\"ROOT_ROLLUP\",class=\"outOfMemory\"} 1",
            "chinampa_agent_released_jobs_total{job_type=\"ROOT_ROLLUP\"} 1",
            "chinampa_agent_phase_seconds_sum{job_type=\"PARITY_BASE\",phase=\"witness\"} 0.5",
            "chinampa_agent_job_peak_ram_bytes{job_type=\"PARITY_BASE\"} 3000",
            "chinampa_agent_job_peak_vram_bytes{job_type=\"ROOT_ROLLUP\"} 40",
            "chinampa_agent_idle_seconds_total 1.5",
            "chinampa_agent_wasted_seconds_total{cause=\"called_off\"} 2.0",
            "chinampa_agent_wasted_seconds_total{cause=\"failed\"} 0.0",
            "chinampa_agent_sessions 1",
            "chinampa_agent_working_sessions 1",
            "aztec_proving_queue_agent_idle_seconds_sum 1.5",
            "aztec_circuit_simulation_duration_milliseconds_sum{aztec_circuit_protocol_circuit_name=\"parity-base\"} 500.0",
            "aztec_circuit_proving_duration_seconds_sum{aztec_circuit_protocol_circuit_name=\"rollup-root\"} 90.0",
        ] {
            assert!(has(&text, line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("chinampa_gpu_temperature_celsius{"), "no devices");
        assert!(!text.contains("vram_bytes{job_type=\"PARITY_BASE\"}"), "nobody has told");
        assert!(text.ends_with("# EOF\n"));
    }
}
