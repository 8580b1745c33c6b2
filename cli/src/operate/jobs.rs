//! `chinampa jobs ...` of a broker.

use chinampa_jobs::agent::Method;
use clap::{Args, Subcommand};
use serde_json::json;

use super::Target;
use super::call::{Call, Operate, change, escape, get};

/// `chinampa jobs ...` of a broker.
#[derive(Debug, Subcommand)]
pub(crate) enum JobsCommand {
    /// Lists jobs in order of epochs.
    List {
        /// Only this type, such as ROOT_ROLLUP.
        #[arg(long = "type")]
        request_type: Option<String>,
        /// Only this epoch.
        #[arg(long)]
        epoch: Option<u64>,
        /// Only this state: waiting, running, quarantined, fulfilled, rejected, cancelled.
        #[arg(long)]
        state: Option<String>,
        /// Go on behind a page: its `next`.
        #[arg(long)]
        after: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: u32,
        #[command(flatten)]
        target: Target,
    },
    /// Shows a job: who works on it, how far it is, what went wrong.
    Show(OneJob),
    /// Runs a rejected, cancelled or quarantined job again.
    Retry(OneJob),
    /// Gives a job up; it runs again if it is enqueued again.
    Cancel(OneJob),
    /// Puts a job aside.
    Quarantine(OneJob),
    /// Puts a quarantined job back in line.
    Release(OneJob),
    /// Lets a job go before or behind others.
    Priority {
        #[command(flatten)]
        job: OneJob,
        /// Higher goes first; 0 is normal.
        #[arg(allow_negative_numbers = true)]
        priority: i8,
    },
}

/// A job of a broker.
#[derive(Debug, Args)]
pub(crate) struct OneJob {
    /// Its id.
    id: String,
    #[command(flatten)]
    target: Target,
}

impl OneJob {
    fn path(&self, end: &str) -> String {
        format!("/v1/jobs/{}{end}", escape(&self.id))
    }

    fn change(self, end: &str) -> (Target, Call) {
        let call = change(Method::POST, self.path(end), None);
        (self.target, call)
    }
}

impl Operate for JobsCommand {
    fn call(self) -> (Target, Call) {
        match self {
            Self::List { request_type, epoch, state, after, limit, target } => {
                let epoch = epoch.map(|epoch| epoch.to_string());
                let pairs = [("type", request_type), ("epoch", epoch), ("state", state), ("after", after)];
                let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
                let query: String =
                    pairs.map(|(name, value)| format!("&{name}={}", escape(&value))).collect();
                let columns =
                    &["id", "epoch", "requestType", "state", "holder.agent", "holder.progress.phase"];
                (target, get(format!("/v1/jobs?limit={limit}{query}")).columns("jobs", columns))
            }
            Self::Show(job) => {
                let call = get(job.path(""));
                (job.target, call)
            }
            Self::Retry(job) => job.change("/retry"),
            Self::Cancel(job) => job.change("/cancel"),
            Self::Quarantine(job) => job.change("/quarantine"),
            Self::Release(job) => job.change("/release"),
            Self::Priority { job, priority } => {
                let call = change(Method::PUT, job.path("/priority"), Some(json!({ "priority": priority })));
                (job.target, call)
            }
        }
    }
}
