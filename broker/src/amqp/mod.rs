//! RabbitMQ beside the job store: which jobs wait, and what happens to jobs, for fleets that already run it.
//!
//! The store is the truth; messages only wake. A message in a job queue says that a job of this type and priority waits:
//! whoever gets it claims by the agent protocol and acknowledges the message when the claim is answered, whatever the
//! answer. A message that is lost, doubled or late therefore costs time and never a job: a sweep compares the queues with
//! the jobs that wait and publishes what is missing.

mod bridge;
mod topology;

pub use bridge::{AmqpBridge, AmqpConfig};
pub use chinampa_jobs::agent::{Band, JOB_EXCHANGE_SUFFIX, queue_name};
