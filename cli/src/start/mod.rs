//! `chinampa start`: runs the parts that are switched on until a signal ends them.

mod access;
mod agent;
mod broker;
mod ends;
mod node;
mod parts;
mod store;
mod verifier;

pub(crate) use agent::{AgentRoom, agent_room, bb_setup, circuits, configured_backends, native_setup};
pub(crate) use store::{is_payloads, is_store};
pub(crate) use verifier::NATIVE as NATIVE_VERIFIER;

use crate::config::{ConfigErrors, Resolved, check};
use crate::exit::{Error, Exit};
use crate::settings::Value;
use parts::Parts;

/// Runs the parts that are switched on, any of them together.
pub(crate) fn run(config: &Resolved) -> Result<Exit, Error> {
    let errors = check(config);
    if !errors.is_empty() {
        return Err(ConfigErrors(errors).into());
    }
    let has_broker = is_true(config, "roles.prover_broker");
    let has_node = is_true(config, "roles.prover_node");
    let mut parts = Parts::new();
    if has_node {
        parts.add("node", |stop| node::start(config, has_broker, stop))?;
    }
    if is_true(config, "roles.prover_agent") {
        parts.add("agents", |stop| agent::start(config, has_broker && has_node, stop))?;
    }
    if has_broker {
        parts.add(Parts::BROKER, |stop| broker::start(config, stop))?;
    }
    parts.wait()?;
    Ok(Exit::Success)
}

fn is_true(config: &Resolved, key: &str) -> bool {
    config.get(key).is_some_and(|assigned| assigned.value == Value::Bool(true))
}
