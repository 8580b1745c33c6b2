//! `chinampa start`: runs the parts that are switched on until a signal ends them.

mod agent;
mod broker;
mod ends;
mod node;
mod store;

pub(crate) use agent::{AgentRoom, agent_room, bb_setup, circuits, configured_backends};
pub(crate) use store::{is_payloads, is_store};

use crate::config::{ConfigErrors, Resolved, check};
use crate::exit::{Error, Exit};
use crate::settings::Value;

/// Runs the parts that are switched on, any of them together.
pub(crate) fn run(config: &Resolved) -> Result<Exit, Error> {
    let errors = check(config);
    if !errors.is_empty() {
        return Err(ConfigErrors(errors).into());
    }
    let has_broker = is_true(config, "roles.prover_broker");
    let has_node = is_true(config, "roles.prover_node");
    let node = has_node.then(|| node::start(config, has_broker)).transpose()?;
    let agents = is_true(config, "roles.prover_agent")
        .then(|| agent::start(config, has_broker && has_node))
        .transpose()?;
    if has_broker {
        broker::run(config)?;
    }
    if let Some(agents) = agents {
        agents.join().expect("agents catch the panics of proofs and have none of their own")?;
    }
    if let Some(node) = node {
        node.join().expect("the node catches the panics of its tasks and has none of its own")?;
    }
    Ok(Exit::Success)
}

fn is_true(config: &Resolved, key: &str) -> bool {
    config.get(key).is_some_and(|assigned| assigned.value == Value::Bool(true))
}
