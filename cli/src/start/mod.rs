//! `chinampa start`: runs the parts that are switched on until a signal ends them.

mod broker;
mod store;

pub(crate) use store::is_store;

use crate::config::{ConfigErrors, Resolved, check};
use crate::exit::{Error, Exit};
use crate::settings::Value;

/// Runs the broker. The other parts do not exist yet, and asking for one is an error.
pub(crate) fn run(config: &Resolved) -> Result<Exit, Error> {
    for (key, part) in [("roles.prover_node", "prover node"), ("roles.prover_agent", "prover agent")] {
        if is_true(config, key) {
            return Err(Error::NoSuchPart { part });
        }
    }
    let errors = check(config);
    if !errors.is_empty() {
        return Err(ConfigErrors(errors).into());
    }
    broker::run(config)?;
    Ok(Exit::Success)
}

fn is_true(config: &Resolved, key: &str) -> bool {
    config.get(key).is_some_and(|assigned| assigned.value == Value::Bool(true))
}
