//! The environment layer: `CHINAMPA_SECTION__NAME`, then Aztec's names. Empty variables count as unset.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::error::{ConfigError, Place};
use super::resolve::{self, Assigned};
use crate::aztec_names;
use crate::settings::{INEFFECTIVE, Setting};

/// What `CHINAMPA_` names that are not settings start with two words of: `CHINAMPA_X__Y`. Others, such as the
/// `CHINAMPA_PORT` that Kubernetes sets for a service called chinampa, are none of our business.
const PREFIX: &str = "CHINAMPA_";

/// A copy of the environment. Nothing else reads variables.
pub(crate) type Environment = BTreeMap<String, OsString>;

/// The first of the setting's variables that is set, as a value.
pub(super) fn read(
    setting: &'static Setting,
    environment: &Environment,
    errors: &mut Vec<ConfigError>,
) -> Option<Assigned> {
    let own = setting.own_env();
    let names = std::iter::once(own.as_str()).chain(setting.aztec_env.iter().copied());
    let (name, raw) =
        names.filter_map(|name| Some((name, environment.get(name)?))).find(|(_, raw)| !raw.is_empty())?;
    let place = Place::Env(name.to_owned());
    let of_aztec = name != own;
    match raw.to_str().and_then(|text| resolve::parse(setting, text, of_aztec)) {
        Some(value) => Some(Assigned { value, place }),
        None => {
            errors.push(resolve::wrong_text(setting, place, &raw.to_string_lossy(), of_aztec));
            None
        }
    }
}

/// Variables that look like ours but name no setting.
pub(super) fn unknown(environment: &Environment, errors: &mut Vec<ConfigError>) {
    let known = resolve::settings().map(Setting::own_env).collect::<Vec<_>>();
    for name in environment.keys().filter(|name| name.starts_with(PREFIX) && name.contains("__")) {
        if !known.contains(name) {
            errors.push(ConfigError::Unknown {
                place: Place::Env(name.clone()),
                name: name.clone(),
                nearest: resolve::nearest(name, known.iter().cloned()),
            });
        }
    }
}

/// Variables of Aztec that are set and have no effect, each with the reason.
pub(super) fn notices(environment: &Environment) -> Vec<String> {
    let used = resolve::settings().flat_map(|setting| setting.aztec_env).collect::<Vec<_>>();
    let mut notices = Vec::new();
    for (name, value) in environment {
        if value.is_empty() || used.contains(&&name.as_str()) {
            continue;
        }
        let reason =
            INEFFECTIVE.iter().find(|names| names.env.contains(&name.as_str())).map(|names| names.reason);
        if let Some(reason) = reason {
            notices.push(format!("{name} is ignored: {reason}"));
        } else if aztec_names::is_variable(name) {
            notices.push(format!("{name} is ignored: it belongs to a part of Aztec that is not in a prover"));
        }
    }
    notices
}
