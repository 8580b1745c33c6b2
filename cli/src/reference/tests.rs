//! The table, the checked-in documents and Aztec's names agree.

use std::collections::BTreeSet;

use super::*;
use crate::aztec_names;
use crate::config::{Inputs, Resolved, settings};

#[test]
fn the_checked_in_template_is_current() {
    assert_eq!(TEMPLATE, render(Document::Template), "cargo xtask flags writes it");
}

#[test]
fn every_default_is_a_value_of_its_kind() {
    for setting in settings() {
        if let Some(text) = setting.default {
            assert!(setting.kind.parse(text).is_some(), "{}: {text:?}", setting.key);
        }
    }
}

#[test]
fn the_template_read_as_a_file_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(&file, TEMPLATE).unwrap();
    let read = Resolved::new(Inputs { file: Some(file), ..Inputs::default() }).unwrap();
    let defaults = Resolved::new(Inputs::default()).unwrap();
    for setting in settings() {
        let value = |config: &Resolved| config.get(setting.key).map(|assigned| assigned.value.clone());
        assert_eq!(value(&read), value(&defaults), "{}", setting.key);
    }
}

#[test]
fn keys_flags_and_variables_are_unique() {
    let mut names = BTreeSet::new();
    for setting in settings() {
        let all = setting.flags().into_iter().chain([setting.key.to_owned(), setting.own_env()]);
        for name in all.chain(setting.aztec_env.iter().map(|name| (*name).to_owned())) {
            assert!(names.insert(name.clone()), "{name} occurs twice");
        }
    }
    for name in INEFFECTIVE.iter().flat_map(|names| names.flags.iter().chain(names.env)) {
        assert!(names.insert((*name).to_owned()), "{name} occurs twice");
    }
}

#[test]
fn keys_are_in_their_sections() {
    for section in SECTIONS {
        for setting in section.settings {
            assert_eq!(setting.split_key().0, section.name, "{}", setting.key);
        }
    }
}

#[test]
fn every_flag_of_aztec_is_one() {
    let ours = settings().flat_map(|setting| setting.aztec_flags);
    for flag in ours.chain(INEFFECTIVE.iter().flat_map(|names| names.flags)) {
        assert!(aztec_names::is_flag(flag), "{flag}");
    }
}

#[test]
fn times_and_sizes_name_their_unit() {
    const UNITS: [&str; 6] = ["_ms", "_s", "_minutes", "_bytes", "_gwei", "_percent"];
    for setting in settings() {
        let help = setting.help.to_lowercase();
        let measures = ["time between", "how long", "longest time", "after this long", "delay of"];
        if matches!(setting.kind, Kind::Integer(..)) && measures.iter().any(|words| help.contains(words)) {
            assert!(
                UNITS.iter().any(|unit| setting.key.ends_with(unit)),
                "{}: {}",
                setting.key,
                setting.help
            );
        }
        if matches!(setting.kind, Kind::Size) {
            assert!(setting.key.ends_with("_bytes"), "{}", setting.key);
        }
    }
}
