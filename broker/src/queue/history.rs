//! What went wrong with a job so far.

use std::collections::BTreeMap;

use chinampa_jobs::agent::{AgentId, FailureClass};
use serde::{Deserialize, Serialize};

/// Most failures that are kept as evidence; the oldest go first.
pub const MAX_EVIDENCE: usize = 8;
/// Longest reason in the evidence, in bytes.
const MAX_EVIDENCE_REASON_LEN: usize = 2 << 10;

/// One failed attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// Who tried; none for Aztec's agents, which have no name.
    pub agent: Option<AgentId>,
    /// Number of the hand-out; 0 if there was none.
    pub attempt: u64,
    /// What kind of failure.
    pub class: FailureClass,
    /// What was said.
    pub reason: String,
    /// When, milliseconds since 1970.
    pub time_ms: i64,
    /// Main memory that the agent offered, in bytes.
    pub ram_bytes: u64,
}

/// Failures of a job, and what people have decided about it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct History {
    /// Failures by class, in the order of [`FailureClass::ALL`].
    pub counts: [u32; FailureClass::ALL.len()],
    /// The last failures, oldest first.
    pub evidence: Vec<Evidence>,
    /// Put aside until somebody looks at it.
    pub is_quarantined: bool,
    /// Higher goes first; 0 is normal.
    pub priority: i8,
}

impl History {
    /// The history of a job that failed this often by itself.
    pub fn with_failures(failures: u32) -> Self {
        let mut history = Self::default();
        history.counts[FailureClass::JobError as usize] = failures;
        history
    }

    /// How often the job failed by itself, which is what uses up its attempts.
    pub fn failures(&self) -> u32 {
        self.counts[FailureClass::JobError as usize]
    }

    pub(super) fn note(&mut self, mut evidence: Evidence) {
        let count = &mut self.counts[evidence.class as usize];
        *count = count.saturating_add(1);
        let end = evidence.reason.floor_char_boundary(MAX_EVIDENCE_REASON_LEN);
        evidence.reason.truncate(end);
        self.evidence.push(evidence);
        if self.evidence.len() > MAX_EVIDENCE {
            self.evidence.remove(0);
        }
    }

    /// Whether agents enough have failed to put the job aside: `limit` different ones that said so, or twice as many
    /// that went away without a word, which machines do for reasons of their own. Those whose machine was taken away
    /// do not count.
    pub(super) fn is_poison(&self, limit: usize) -> bool {
        let mut weights = BTreeMap::new();
        for (agent, evidence) in self.blamed() {
            let weight = if evidence.class == FailureClass::LostAgent { 1 } else { 2 };
            let heaviest = weights.entry(agent).or_insert(weight);
            *heaviest = weight.max(*heaviest);
        }
        weights.into_values().sum::<usize>() >= limit.saturating_mul(2)
    }

    /// Whether this agent has failed it, or a machine that had no less memory ran out of it.
    pub(super) fn speaks_against(&self, agent: &AgentId, ram_bytes: u64) -> bool {
        self.blamed().any(|(failed, evidence)| {
            failed == agent || evidence.class == FailureClass::OutOfMemory && ram_bytes <= evidence.ram_bytes
        })
    }

    /// The agents that have failed it.
    pub(super) fn blamed(&self) -> impl Iterator<Item = (&AgentId, &Evidence)> {
        let of_agents = self.evidence.iter().filter(|evidence| evidence.class != FailureClass::SpotReclaim);
        of_agents.filter_map(|evidence| Some((evidence.agent.as_ref()?, evidence)))
    }
}
