//! The agents that speak our own protocol: what they have, when they were seen, what they failed.

use std::collections::BTreeMap;

use chinampa_jobs::agent::{AgentId, Needs, Offer, Usage};
use chinampa_jobs::{JobId, RequestType};

/// Most agents that are known at a time. Above this, [`super::Refusal::TooManyAgents`].
pub const MAX_AGENTS: usize = 65_536;
/// An agent that was not seen for this long is not counted on. Longer than any claim waits.
const ALIVE_MS: i64 = 120_000;
/// An agent that was not seen for this long is forgotten.
const FORGOTTEN_MS: i64 = 3_600_000;

/// What is known about an agent.
#[derive(Clone, Debug, Default)]
pub(super) struct Agent {
    pub(super) version: String,
    pub(super) offer: Offer,
    pub(super) first_seen_ms: i64,
    pub(super) seen_ms: i64,
    /// Jobs that it holds.
    pub(super) held: usize,
    pub(super) proven: u64,
    pub(super) failed: u64,
    pub(super) usage: Usage,
    /// Different jobs that it failed since it last proved one, and that nobody else has failed.
    pub(super) failed_jobs: Vec<JobId>,
}

impl Agent {
    pub(super) fn is_alive(&self, now_ms: i64) -> bool {
        now_ms.saturating_sub(self.seen_ms) < ALIVE_MS
    }
}

/// Agents by id, and when somebody without a name last asked for jobs of a type.
#[derive(Debug)]
pub(super) struct Agents {
    by_id: BTreeMap<AgentId, Agent>,
    unnamed_seen_ms: [Option<i64>; RequestType::COUNT],
}

impl Default for Agents {
    fn default() -> Self {
        Self { by_id: BTreeMap::new(), unnamed_seen_ms: [None; RequestType::COUNT] }
    }
}

impl Agents {
    /// Notes that an agent is there. None if there are too many.
    pub(super) fn see(&mut self, id: &AgentId, now_ms: i64) -> Option<&mut Agent> {
        if !self.by_id.contains_key(id) {
            if self.by_id.len() >= MAX_AGENTS {
                return None;
            }
            let agent = Agent { first_seen_ms: now_ms, ..Agent::default() };
            self.by_id.insert(id.clone(), agent);
        }
        let agent = self.by_id.get_mut(id)?;
        agent.seen_ms = agent.seen_ms.max(now_ms);
        Some(agent)
    }

    /// Notes that a caller without a name asks for jobs of these types.
    pub(super) fn see_unnamed(&mut self, accepts: impl Fn(RequestType) -> bool, now_ms: i64) {
        for kind in RequestType::ALL.into_iter().filter(|kind| accepts(*kind)) {
            self.unnamed_seen_ms[usize::from(kind.number())] = Some(now_ms);
        }
    }

    pub(super) fn get(&self, id: &AgentId) -> Option<&Agent> {
        self.by_id.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &AgentId) -> Option<&mut Agent> {
        self.by_id.get_mut(id)
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Agents after this one, in the order of ids.
    pub(super) fn after(&self, id: Option<&AgentId>) -> impl Iterator<Item = (&AgentId, &Agent)> {
        use std::ops::Bound;
        let start = id.map_or(Bound::Unbounded, Bound::Excluded);
        self.by_id.range::<AgentId, _>((start, Bound::Unbounded))
    }

    /// Whether somebody is there who takes jobs of this type and passes `is_fit`.
    pub(super) fn has_taker(
        &self,
        kind: RequestType,
        needs: Option<&Needs>,
        now_ms: i64,
        is_fit: impl Fn(&AgentId, &Agent) -> bool,
    ) -> bool {
        let unnamed = self.unnamed_seen_ms[usize::from(kind.number())];
        unnamed.is_some_and(|seen_ms| now_ms.saturating_sub(seen_ms) < ALIVE_MS)
            || self.by_id.iter().any(|(id, agent)| {
                agent.is_alive(now_ms)
                    && agent.offer.accepts(kind)
                    && needs.is_none_or(|needs| agent.offer.meets(needs))
                    && is_fit(id, agent)
            })
    }

    /// Drops agents that are long gone.
    pub(super) fn forget_gone(&mut self, now_ms: i64) {
        self.by_id.retain(|_, agent| agent.held > 0 || now_ms.saturating_sub(agent.seen_ms) < FORGOTTEN_MS);
    }
}
