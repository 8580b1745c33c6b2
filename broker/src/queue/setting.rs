//! What people decide about a running queue. Kept in the store, and the same in all brokers on it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chinampa_jobs::agent::{AgentId, Directive, Instruction, Needs};
use chinampa_jobs::{EpochNumber, RequestType};
use serde::{Deserialize, Serialize};

/// What a pause is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// Every job.
    All,
    /// Jobs of one type.
    Type(RequestType),
    /// Jobs of one epoch.
    Epoch(EpochNumber),
}

/// What is wanted of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mark {
    /// What it is told.
    pub directive: Directive,
    /// Why.
    pub reason: String,
    /// Set by the queue because the agent failed too many jobs.
    pub is_quarantine: bool,
}

/// Order in which waiting jobs are handed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// Aztec's: by type, nearest to the root first, then by epoch, then first in, first out.
    #[default]
    Aztec,
    /// By the time that is left: deadline of the epoch, less the longest remaining path to its root proof.
    Slack,
}

/// One decision; none takes it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Hand out no such jobs, for this reason.
    Pause(Scope, Option<String>),
    /// Tell an agent what to do.
    Agent(AgentId, Option<Mark>),
    /// What jobs of a type need.
    Needs(RequestType, Option<Needs>),
    /// When an epoch should be proven, milliseconds since 1970.
    Deadline(EpochNumber, Option<i64>),
    /// Higher goes first; none is 0.
    Priority(EpochNumber, Option<i8>),
    /// Order of hand-outs; none is the configured one.
    Policy(Option<Policy>),
    /// Something that the queue keeps for others, under a key that starts with `x/`.
    Other(Arc<str>, Option<Arc<str>>),
}

/// All decisions in force.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pauses: BTreeMap<Scope, String>,
    agents: BTreeMap<AgentId, Mark>,
    needs: BTreeMap<RequestType, Needs>,
    deadlines: BTreeMap<EpochNumber, i64>,
    priorities: BTreeMap<EpochNumber, i8>,
    policy: Option<Policy>,
    others: BTreeMap<Arc<str>, Arc<str>>,
    version: u64,
}

impl Setting {
    /// Key and value as a store keeps them: short texts that people can read.
    pub fn to_stored(&self) -> (Arc<str>, Option<Arc<str>>) {
        fn json<T: Serialize>(value: Option<&T>) -> Option<Arc<str>> {
            let text = value.map(|value| serde_json::to_string(value).expect("plain data"));
            text.map(Into::into)
        }
        let (key, value) = match self {
            Self::Pause(Scope::All, reason) => ("pause/all".to_owned(), json(reason.as_ref())),
            Self::Pause(Scope::Type(kind), reason) => (format!("pause/type/{kind}"), json(reason.as_ref())),
            Self::Pause(Scope::Epoch(epoch), reason) => {
                (format!("pause/epoch/{epoch}"), json(reason.as_ref()))
            }
            Self::Agent(id, mark) => (format!("agent/{id}"), json(mark.as_ref())),
            Self::Needs(kind, needs) => (format!("needs/{kind}"), json(needs.as_ref())),
            Self::Deadline(epoch, time) => (format!("deadline/{epoch}"), json(time.as_ref())),
            Self::Priority(epoch, priority) => (format!("priority/{epoch}"), json(priority.as_ref())),
            Self::Policy(policy) => ("policy".to_owned(), json(policy.as_ref())),
            Self::Other(key, value) => return (Arc::clone(key), value.clone()),
        };
        (key.into(), value)
    }

    /// Reads what [`Setting::to_stored`] writes; none if it is something else.
    pub fn from_stored(key: &str, value: Option<&str>) -> Option<Self> {
        fn read<T: for<'a> Deserialize<'a>>(value: Option<&str>) -> Option<Option<T>> {
            value.map_or(Some(None), |text| serde_json::from_str(text).ok().map(Some))
        }
        let epoch = |text: &str| EpochNumber::new(text.parse().ok()?).ok();
        let (group, name) = key.split_once('/').unwrap_or((key, ""));
        Some(match (group, name) {
            ("pause", "all") => Self::Pause(Scope::All, read(value)?),
            ("pause", name) => match name.split_once('/')? {
                ("type", kind) => Self::Pause(Scope::Type(kind.parse().ok()?), read(value)?),
                ("epoch", number) => Self::Pause(Scope::Epoch(epoch(number)?), read(value)?),
                _ => return None,
            },
            ("agent", id) => Self::Agent(id.parse().ok()?, read(value)?),
            ("needs", kind) => Self::Needs(kind.parse().ok()?, read(value)?),
            ("deadline", number) => Self::Deadline(epoch(number)?, read(value)?),
            ("priority", number) => Self::Priority(epoch(number)?, read(value)?),
            ("policy", "") => Self::Policy(read(value)?),
            ("x", _) => Self::Other(key.into(), value.map(Into::into)),
            _ => return None,
        })
    }
}

impl Settings {
    pub(super) fn apply(&mut self, setting: Setting) {
        fn put<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) {
            match value {
                Some(value) => map.insert(key, value),
                None => map.remove(&key),
            };
        }
        self.version += 1;
        match setting {
            Setting::Pause(scope, reason) => put(&mut self.pauses, scope, reason),
            Setting::Agent(id, mark) => put(&mut self.agents, id, mark),
            Setting::Needs(kind, needs) => put(&mut self.needs, kind, needs),
            Setting::Deadline(epoch, time) => put(&mut self.deadlines, epoch, time),
            Setting::Priority(epoch, priority) => put(&mut self.priorities, epoch, priority),
            Setting::Policy(policy) => self.policy = policy,
            Setting::Other(key, value) => put(&mut self.others, key, value),
        }
    }

    /// Grows with every decision, while the queue is not loaded again.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Everything that is paused, and why.
    pub fn pauses(&self) -> impl Iterator<Item = (Scope, &str)> {
        self.pauses.iter().map(|(scope, reason)| (*scope, reason.as_str()))
    }

    /// Whether jobs of this kind are paused.
    pub fn is_paused(&self, scope: Scope) -> bool {
        !self.pauses.is_empty() && self.pauses.contains_key(&scope)
    }

    /// What an agent was told.
    pub fn mark(&self, agent: &AgentId) -> Option<&Mark> {
        self.agents.get(agent)
    }

    /// What an agent is told.
    pub fn instruction(&self, agent: &AgentId) -> Instruction {
        self.mark(agent).map_or_else(Instruction::default, |mark| Instruction {
            directive: mark.directive,
            reason: mark.reason.clone(),
        })
    }

    /// What jobs of a type need, where somebody has said so.
    pub fn needs(&self, kind: RequestType) -> Option<&Needs> {
        self.needs.get(&kind)
    }

    /// When an epoch should be proven.
    pub fn deadline(&self, epoch: EpochNumber) -> Option<i64> {
        self.deadlines.get(&epoch).copied()
    }

    /// Priority of an epoch.
    pub fn priority(&self, epoch: EpochNumber) -> i8 {
        self.priorities.get(&epoch).copied().unwrap_or(0)
    }

    /// The chosen order, if one was chosen.
    pub fn policy(&self) -> Option<Policy> {
        self.policy
    }

    /// What is kept for others under keys with this start.
    pub fn others<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let kept = self.others.iter().filter(move |(key, _)| key.starts_with(prefix));
        kept.map(|(key, value)| (&**key, &**value))
    }

    /// Decisions about some epochs, taken back.
    pub(super) fn of_epochs(&self, is_wanted: impl Fn(EpochNumber) -> bool) -> Vec<Setting> {
        let mut old = Vec::new();
        let is_old = |epoch: &&EpochNumber| is_wanted(**epoch);
        old.extend(self.deadlines.keys().filter(is_old).map(|epoch| Setting::Deadline(*epoch, None)));
        old.extend(self.priorities.keys().filter(is_old).map(|epoch| Setting::Priority(*epoch, None)));
        for scope in self.pauses.keys() {
            if matches!(scope, Scope::Epoch(epoch) if is_wanted(*epoch)) {
                old.push(Setting::Pause(*scope, None));
            }
        }
        old
    }
}
