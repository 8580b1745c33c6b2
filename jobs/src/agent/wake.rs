//! Names of the RabbitMQ queues that say that jobs wait.
//!
//! A message in a job queue says that a job of this type and priority waits, and nothing more: whoever takes it claims by
//! the agent protocol, where the broker decides which job that is, and acknowledges the message when the claim is answered.

use crate::request_type::RequestType;

/// What the exchange of job messages, and the names of their queues, have behind the prefix.
pub const JOB_EXCHANGE_SUFFIX: &str = "jobs";

/// Priority of waiting jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Band {
    /// Above normal.
    High,
    /// Normal: 0.
    Normal,
    /// Below normal.
    Low,
}

impl Band {
    /// All of them, the first one first.
    pub const ALL: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    /// The band of a priority.
    pub fn of(priority: i16) -> Self {
        match priority.signum() {
            1 => Self::High,
            0 => Self::Normal,
            _ => Self::Low,
        }
    }

    /// Its name in queues.
    pub fn name(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Normal => "normal",
            Self::Low => "low",
        }
    }
}

/// The queue of the jobs of a type and band, which is also their routing key.
pub fn queue_name(prefix: &str, kind: RequestType, band: Band) -> String {
    format!("{prefix}.{JOB_EXCHANGE_SUFFIX}.{kind}.{}", band.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_go_by_the_sign_of_the_priority() {
        assert_eq!([Band::of(7), Band::of(0), Band::of(-1)], Band::ALL);
        assert_eq!(queue_name("p", RequestType::RootRollup, Band::High), "p.jobs.ROOT_ROLLUP.high");
    }
}
