//! Reads `@aztec/constants` as text. The file is itself generated: one `export const NAME = NUMBER;` a line, then
//! one enumeration of domain separators. Anything else is an error, so that nothing is left out silently.

use anyhow::{Context as _, bail, ensure};

use super::integer::Integer;
use crate::peers::Peers;

/// The two lists of the package, in its order.
#[derive(Debug)]
pub(crate) struct Package {
    /// Name and value of each constant.
    pub(crate) constants: Vec<(String, Integer)>,
    /// Name and value of each domain separator.
    pub(crate) separators: Vec<(String, Integer)>,
}

impl Package {
    /// Reads the installed package.
    pub(crate) fn load(peers: &Peers) -> anyhow::Result<Self> {
        Self::parse(&peers.read("@aztec/constants", "dest/constants.gen.js")?)
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let mut package = Self { constants: Vec::new(), separators: Vec::new() };
        for (index, line) in text.lines().enumerate() {
            package.line(line.trim()).with_context(|| format!("constants.gen.js line {}", index + 1))?;
        }
        ensure!(!package.constants.is_empty(), "constants.gen.js has no constants");
        ensure!(!package.separators.is_empty(), "constants.gen.js has no domain separators");
        Ok(package)
    }

    fn line(&mut self, line: &str) -> anyhow::Result<()> {
        const FRAME: [&str; 5] =
            ["//", "export var DomainSeparator", "return DomainSeparator", "}({})", "export {"];
        if let Some(rest) = line.strip_prefix("export const ") {
            let (name, value) = rest.split_once(" = ").context("no value")?;
            let value = value.strip_suffix(';').context("no semicolon")?;
            let value = value.strip_suffix('n').unwrap_or(value);
            self.constants.push((name.to_owned(), Integer::parse(value)?));
        } else if let Some(rest) = line.strip_prefix("DomainSeparator[DomainSeparator[\"") {
            let (name, rest) = rest.split_once("\"] = ").context("no value")?;
            let (value, _) = rest.split_once(']').context("no bracket after the value")?;
            self.separators.push((name.to_owned(), Integer::parse(value)?));
        } else if !line.is_empty() && !FRAME.iter().any(|frame| line.starts_with(frame)) {
            bail!("a line of unknown form: {line}");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "// GENERATED FILE
export const ARCHIVE_HEIGHT = 30;
export const TWO_POW_64 = 18446744073709551616n;
export var DomainSeparator = /*#__PURE__*/ function(DomainSeparator) {
    DomainSeparator[DomainSeparator[\"NOTE_HASH\"] = 116501019] = \"NOTE_HASH\";
    return DomainSeparator;
}({});
";

    #[test]
    fn both_lists_are_read() {
        let package = Package::parse(SAMPLE).unwrap();
        let expected = [("ARCHIVE_HEIGHT", "30"), ("TWO_POW_64", "18446744073709551616")];
        for ((name, value), (expected_name, expected_value)) in package.constants.iter().zip(expected) {
            assert_eq!((name.as_str(), *value), (expected_name, Integer::parse(expected_value).unwrap()));
        }
        assert_eq!(package.constants.len(), 2);
        assert_eq!(package.separators, [("NOTE_HASH".to_owned(), Integer::parse("116501019").unwrap())]);
    }

    #[test]
    fn a_line_of_another_form_is_an_error() {
        let unknown = SAMPLE.replace("export const ARCHIVE_HEIGHT", "export let ARCHIVE_HEIGHT");
        assert!(Package::parse(&unknown).is_err());
        let expression = SAMPLE.replace(" = 30;", " = 15 * 2;");
        assert!(Package::parse(&expression).is_err());
    }

    #[test]
    fn an_empty_list_is_an_error() {
        assert!(Package::parse("export const A = 1;\n").is_err());
    }
}
