//! `chinampa config print`: every setting with its value and where it comes from, secrets masked.

use std::fmt::Write as _;

use serde_json::{Map, json};

use super::error::Place;
use super::{Resolved, mask};
use crate::settings::SECTIONS;

/// Column of the places.
const PLACE_COLUMN: usize = 52;

/// As a TOML file with the places in comments. Unset settings are comments.
pub(crate) fn as_toml(config: &Resolved) -> String {
    let mut text = String::new();
    for section in SECTIONS {
        let separator = if text.is_empty() { "" } else { "\n" };
        writeln!(text, "{separator}[{}]", section.name).expect("writing to a string");
        for setting in section.settings {
            let (_, name) = setting.split_key();
            let line = match config.get(setting.key) {
                None => format!("# {name} is not set"),
                Some(assigned) => {
                    let value = mask::mask(&assigned.value, setting.secrecy);
                    format!("{:<PLACE_COLUMN$} # {}", format!("{name} = {value}"), assigned.place)
                }
            };
            writeln!(text, "{line}").expect("writing to a string");
        }
    }
    text
}

/// As one JSON object: key to value and source. Unset settings have the value null.
pub(crate) fn as_json(config: &Resolved) -> serde_json::Value {
    let mut tree = Map::new();
    for setting in SECTIONS.iter().flat_map(|section| section.settings) {
        let entry = match config.get(setting.key) {
            None => json!({ "value": null, "source": { "kind": "unset" } }),
            Some(assigned) => json!({
                "value": mask::mask(&assigned.value, setting.secrecy),
                "source": source(&assigned.place),
            }),
        };
        tree.insert(setting.key.to_owned(), entry);
    }
    serde_json::Value::Object(tree)
}

fn source(place: &Place) -> serde_json::Value {
    match place {
        Place::Default => json!({ "kind": "default" }),
        Place::File { path, line } => json!({ "kind": "file", "path": path, "line": line }),
        Place::Env(name) => json!({ "kind": "env", "name": name }),
        Place::Flag(flag) => json!({ "kind": "flag", "flag": flag }),
    }
}
