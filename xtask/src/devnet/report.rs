//! What a run came to.

use std::collections::BTreeMap;

use chinampa_testkit::farm::Farm;
use chinampa_testkit::network::ChainTips;
use serde_json::{Value, json};

/// The numbers of a run.
pub(super) struct Report {
    before: ChainTips,
    after: ChainTips,
    status: Value,
    jobs: BTreeMap<String, u64>,
    peak_rss: Vec<(&'static str, u64)>,
    cpu_seconds: f64,
    seconds: f64,
}

impl Report {
    pub(super) fn new(farm: &Farm, before: ChainTips, after: ChainTips, seconds: f64) -> Self {
        Self {
            before,
            after,
            status: farm.last_status().clone(),
            jobs: jobs_by_kind(&farm.broker_metrics()),
            peak_rss: farm.peak_rss(),
            cpu_seconds: farm.cpu_seconds().iter().map(|(_, seconds)| seconds).sum(),
            seconds,
        }
    }

    fn proofs(&self) -> &str {
        // Aztec's node has no such status; both are started without real proofs.
        self.status["proofs"].as_str().unwrap_or("simulated")
    }

    fn peak_rss_bytes(&self) -> u64 {
        self.peak_rss.iter().map(|(_, bytes)| bytes).sum()
    }

    pub(super) fn print(&self) {
        println!("proven checkpoint before: {}", self.before.proven);
        println!("proven checkpoint after:  {} of {}", self.after.proven, self.after.pending);
        println!("time: {:.1} s", self.seconds);
        let total: u64 = self.jobs.values().sum();
        println!("jobs: {total}");
        for (kind, count) in &self.jobs {
            println!("  {kind}: {count}");
        }
        for (name, bytes) in &self.peak_rss {
            println!("peak memory of the {name}: {} MiB", bytes >> 20);
        }
        println!("processor time: {:.1} s", self.cpu_seconds);
        println!("proofs: {}", self.proofs());
    }

    /// Prints another farm's numbers beside these.
    pub(super) fn print_beside(&self, other: &Self) {
        let mebibytes = |report: &Self| report.peak_rss_bytes() as f64 / f64::from(1 << 20);
        let rows = [
            ("time, s", self.seconds, other.seconds),
            ("processor time, s", self.cpu_seconds, other.cpu_seconds),
            ("peak memory, MiB", mebibytes(self), mebibytes(other)),
        ];
        println!("\n{:<20}{:>10}{:>10}{:>8}", "same epochs", "chinampa", "aztec", "ratio");
        for (name, ours, theirs) in rows {
            println!("{name:<20}{ours:>10.1}{theirs:>10.1}{:>8.1}", theirs / ours);
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let epochs = self.status["epochs"].as_array().into_iter().flatten();
        let epochs: Vec<Value> = epochs
            .map(|epoch| json!({"number": epoch["epoch"], "jobs": epoch["jobsDone"], "seconds": epoch["seconds"]}))
            .collect();
        json!({
            "proven_before": self.before.proven,
            "proven_after": self.after.proven,
            "pending": self.after.pending,
            "epochs": epochs,
            "jobs": self.jobs,
            "seconds": self.seconds,
            "cpu_seconds": self.cpu_seconds,
            "peak_rss_bytes": self.peak_rss_bytes(),
            "proofs": self.proofs(),
        })
    }
}

/// Settled jobs by kind, from the broker's counters.
fn jobs_by_kind(metrics: &str) -> BTreeMap<String, u64> {
    let mut jobs = BTreeMap::new();
    for line in metrics.lines().filter(|line| line.starts_with("aztec_proving_queue_resolved_jobs_count")) {
        let kind = line.split_once("type=\"").and_then(|(_, rest)| rest.split_once('"'));
        let count = line.rsplit(' ').next().and_then(|count| count.parse().ok());
        if let (Some((kind, _)), Some(count)) = (kind, count)
            && count > 0
        {
            jobs.insert(kind.to_owned(), count);
        }
    }
    jobs
}
