//! Puts the layers on top of one another.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::de::DeserializeOwned;

use super::environment::{self, Environment};
use super::error::{ConfigError, ConfigErrors, Place};
use super::{file, mask};
use crate::settings::{Kind, SECTIONS, Secrecy, Setting, Value};

/// Names the configuration file.
const FILE_VARIABLE: &str = "CHINAMPA_CONFIG";

/// Everything that a configuration is made from.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    /// The file that a flag names.
    pub(crate) file: Option<PathBuf>,
    /// The process's variables.
    pub(crate) environment: Environment,
    /// Flags with their values, in the order of the table.
    pub(crate) flags: Vec<(&'static Setting, String, Vec<String>)>,
    /// Notices about flags that were accepted without effect.
    pub(crate) notices: Vec<String>,
}

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Assigned {
    /// The value.
    pub(crate) value: Value,
    /// Where it is set.
    pub(crate) place: Place,
}

/// The whole configuration.
#[derive(Debug)]
pub(crate) struct Resolved {
    values: BTreeMap<&'static str, Assigned>,
    /// What was accepted but has no effect.
    pub(crate) notices: Vec<String>,
}

impl Resolved {
    /// Resolves all layers, or reports every mistake in them.
    pub(crate) fn new(inputs: Inputs) -> Result<Self, ConfigErrors> {
        let mut errors = Vec::new();
        let mut values = BTreeMap::new();
        for setting in settings() {
            if let Some(text) = setting.default {
                let value = setting.kind.parse(text).expect("a test parses every default");
                values.insert(setting.key, Assigned { value, place: Place::Default });
            }
        }
        for (setting, assigned) in read_file(&inputs, &mut errors) {
            values.insert(setting.key, assigned);
        }
        for setting in settings() {
            if let Some(assigned) = environment::read(setting, &inputs.environment, &mut errors) {
                values.insert(setting.key, assigned);
            }
        }
        environment::unknown(&inputs.environment, &mut errors);
        for (setting, assigned) in read_flags(inputs.flags, &mut errors) {
            values.insert(setting.key, assigned);
        }
        let mut notices = inputs.notices;
        notices.extend(environment::notices(&inputs.environment));
        if errors.is_empty() { Ok(Self { values, notices }) } else { Err(ConfigErrors(errors)) }
    }

    /// The value of a setting, if it has one.
    pub(crate) fn get(&self, key: &str) -> Option<&Assigned> {
        debug_assert!(settings().any(|setting| setting.key == key), "{key} is in the table");
        self.values.get(key)
    }

    /// A section as the type that the part of the program takes. Its fields are the names in the section, optional
    /// where the table has no default.
    pub(crate) fn section<T: DeserializeOwned>(&self, name: &str) -> T {
        let fields = self.values.iter().filter_map(|(key, assigned)| {
            let field = key.strip_prefix(name)?.strip_prefix('.')?;
            Some((field.to_owned(), serde_json::to_value(&assigned.value).ok()?))
        });
        let tree = serde_json::Value::Object(fields.collect());
        serde_json::from_value(tree).expect("the type of a section agrees with the table")
    }
}

/// Every setting, in the order of the documentation.
pub(crate) fn settings() -> impl Iterator<Item = &'static Setting> {
    SECTIONS.iter().flat_map(|section| section.settings)
}

fn read_file(inputs: &Inputs, errors: &mut Vec<ConfigError>) -> Vec<(&'static Setting, Assigned)> {
    let variable = inputs.environment.get(FILE_VARIABLE).filter(|value| !value.is_empty());
    let Some(path) = inputs.file.clone().or_else(|| variable.map(PathBuf::from)) else {
        return Vec::new();
    };
    match fs::read_to_string(&path) {
        Ok(text) => file::read(&path, &text, errors),
        Err(source) => {
            errors.push(ConfigError::Unreadable { path, source });
            Vec::new()
        }
    }
}

fn read_flags(
    flags: Vec<(&'static Setting, String, Vec<String>)>,
    errors: &mut Vec<ConfigError>,
) -> Vec<(&'static Setting, Assigned)> {
    let mut seen: BTreeMap<&str, String> = BTreeMap::new();
    let mut values = Vec::new();
    for (setting, flag, mut texts) in flags {
        if matches!(setting.kind, Kind::List(_)) {
            texts = vec![texts.join(",")];
        }
        for text in texts {
            if let Some(first) = seen.insert(setting.key, flag.clone()) {
                errors.push(ConfigError::Twice { key: setting.key, first, second: flag.clone() });
                continue;
            }
            let place = Place::Flag(flag.clone());
            let of_aztec = flag != setting.own_flag();
            match parse(setting, &text, of_aztec) {
                Some(value) => values.push((setting, Assigned { value, place })),
                None => errors.push(wrong_text(setting, place, &text, of_aztec)),
            }
        }
    }
    values
}

/// Reads the text of a variable or flag; `of_aztec` where Aztec named it.
pub(super) fn parse(setting: &Setting, text: &str, of_aztec: bool) -> Option<Value> {
    match setting.aztec_boolean.filter(|_| of_aztec) {
        None => setting.kind.parse(text),
        Some([when_true, when_false]) => match Kind::Bool.parse(text)? {
            Value::Bool(true) => setting.kind.text(when_true),
            _ => setting.kind.text(when_false),
        },
    }
}

/// The error about a text that [`parse`] refuses.
pub(super) fn wrong_text(setting: &Setting, place: Place, text: &str, of_aztec: bool) -> ConfigError {
    let kind = if of_aztec && setting.aztec_boolean.is_some() { Kind::Bool } else { setting.kind };
    let found = match setting.secrecy {
        Secrecy::Public => format!("{text:?}"),
        Secrecy::Url | Secrecy::Secret => format!("something else ({})", mask::MASK),
    };
    ConfigError::Value { place, key: setting.key, expected: kind.to_string(), found }
}

/// The setting whose key looks most like `key`.
pub(super) fn nearest_key(key: &str) -> Option<String> {
    nearest(key, settings().map(|setting| setting.key.to_owned()))
}

/// The candidate that looks most like `word`, if one does.
pub(crate) fn nearest(word: &str, candidates: impl Iterator<Item = String>) -> Option<String> {
    /// Below this, a suggestion confuses more than it helps.
    const SIMILARITY_MIN: f64 = 0.8;
    let scored = candidates.map(|candidate| (strsim::jaro_winkler(word, &candidate), candidate));
    let best = scored.max_by(|left, right| left.0.total_cmp(&right.0))?;
    (best.0 >= SIMILARITY_MIN).then_some(best.1)
}
