//! What a run came to.

use std::collections::BTreeMap;
use std::time::Duration;

use chinampa_testkit::farm::Farm;
use chinampa_testkit::replay::ChainTips;
use serde_json::{Value, json};

/// The numbers of a run.
pub(super) struct Report {
    before: ChainTips,
    after: ChainTips,
    status: Value,
    jobs: BTreeMap<String, u64>,
    peak_rss: Vec<(&'static str, u64)>,
    seconds: f64,
}

impl Report {
    pub(super) fn new(farm: &Farm, before: ChainTips, after: ChainTips, elapsed: Duration) -> Self {
        Self {
            before,
            after,
            status: farm.last_status().clone(),
            jobs: jobs_by_kind(&farm.broker_metrics()),
            peak_rss: farm.peak_rss(),
            seconds: elapsed.as_secs_f64(),
        }
    }

    fn proofs(&self) -> &str {
        self.status["proofs"].as_str().unwrap_or("unknown")
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
        println!("proofs: {}", self.proofs());
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
