//! The file layer: TOML, one table per section. Nothing unknown passes, and every mistake has its line.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Place};
use super::resolve::{self, Assigned};
use crate::settings::{SECTIONS, Secrecy, Setting, Value};

/// Reads the text of `path` into values; every mistake goes to `errors`, in the order of the lines.
pub(super) fn read(
    path: &Path,
    text: &str,
    errors: &mut Vec<ConfigError>,
) -> Vec<(&'static Setting, Assigned)> {
    let mut reader = Reader { path, text, errors: Vec::new(), values: Vec::new() };
    match DeTable::parse(text) {
        Ok(table) => {
            for (name, value) in table.get_ref() {
                reader.section(name, value);
            }
        }
        Err(error) => {
            let place = reader.place(error.span().map_or(0, |span| span.start));
            reader.errors.push(ConfigError::Syntax { place, message: error.message().to_owned() });
        }
    }
    reader.errors.sort_by_key(ConfigError::line);
    errors.extend(reader.errors);
    reader.values
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    errors: Vec<ConfigError>,
    values: Vec<(&'static Setting, Assigned)>,
}

impl Reader<'_> {
    fn place(&self, offset: usize) -> Place {
        let before = self.text.get(..offset).unwrap_or(self.text);
        Place::File { path: self.path.to_owned(), line: before.matches('\n').count() + 1 }
    }

    fn section(&mut self, name: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) {
        let place = self.place(name.span().start);
        let word = name.get_ref();
        let Some(section) = SECTIONS.iter().find(|section| section.name == word) else {
            let nearest = resolve::nearest(word, SECTIONS.iter().map(|section| section.name.to_owned()));
            self.errors.push(ConfigError::Unknown { place, name: word.to_string(), nearest });
            return;
        };
        let DeValue::Table(table) = value.get_ref() else {
            let message = format!("{word} is a section: write it as [{word}]");
            self.errors.push(ConfigError::Syntax { place, message });
            return;
        };
        for (name, value) in table {
            let key = format!("{word}.{}", name.get_ref());
            let place = self.place(name.span().start);
            match section.settings.iter().find(|setting| setting.key == key) {
                Some(setting) => self.setting(setting, value, place),
                None => {
                    let nearest = resolve::nearest_key(&key);
                    self.errors.push(ConfigError::Unknown { place, name: key, nearest });
                }
            }
        }
    }

    fn setting(&mut self, setting: &'static Setting, value: &Spanned<DeValue<'_>>, place: Place) {
        match convert(setting, value.get_ref()) {
            Some(value) => self.values.push((setting, Assigned { value, place })),
            None => self.errors.push(ConfigError::Value {
                place,
                key: setting.key,
                expected: setting.kind.to_string(),
                found: found(setting, value.get_ref()),
            }),
        }
    }
}

fn convert(setting: &Setting, value: &DeValue<'_>) -> Option<Value> {
    let kind = setting.kind;
    match value {
        DeValue::Boolean(value) => matches!(kind, crate::settings::Kind::Bool).then_some(Value::Bool(*value)),
        DeValue::Integer(number) => kind.integer(u64::from_str_radix(number.as_str(), number.radix()).ok()?),
        DeValue::Float(number) => kind.decimal(number.as_str().parse().ok()?),
        DeValue::String(text) => kind.text(text),
        DeValue::Array(elements) => {
            let texts = elements.iter().map(|element| element.get_ref().as_str().map(str::to_owned));
            kind.list(texts.collect::<Option<_>>()?)
        }
        DeValue::Datetime(_) | DeValue::Table(_) => None,
    }
}

/// The value, or only its type where it is long or must not be shown.
fn found(setting: &Setting, value: &DeValue<'_>) -> String {
    match value {
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::String(text) if setting.secrecy == Secrecy::Public => format!("{text:?}"),
        DeValue::Array(elements) if setting.secrecy == Secrecy::Public => {
            let shown = elements.iter().map(|element| found(setting, element.get_ref()));
            format!("[{}]", shown.collect::<Vec<_>>().join(", "))
        }
        other => format!("a value of type {}", other.type_str()),
    }
}
