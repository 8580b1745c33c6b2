//! `cargo xtask vectors` and the tidy rule behind it: golden data has a known origin, a reader, and a checksum.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use toml::Spanned;

use crate::tidy::Finding;

/// The folder of golden data.
const FOLDER: &str = "tests/vectors";
/// Its list, in the same folder.
const MANIFEST: &str = "tests/vectors/MANIFEST.toml";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    #[serde(default)]
    set: Vec<Set>,
}

/// One `[[set]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Set {
    /// File or folder, relative to the folder of golden data.
    path: Spanned<String>,
    /// Test that reads it, relative to the workspace root.
    reader: Spanned<String>,
    /// Program and version that made it.
    producer: Spanned<String>,
    /// How it was made, and what it contains.
    source: Spanned<String>,
    /// SHA-256 of the contents of its files, one after the other in the order of their paths.
    sha256: Spanned<String>,
}

/// The manifest's text and what it says.
struct Loaded {
    text: String,
    sets: Vec<Set>,
    /// Contents of every golden file by its path relative to the folder.
    files: BTreeMap<String, Vec<u8>>,
}

impl Loaded {
    fn load(root: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(root.join(MANIFEST)).with_context(|| format!("read {MANIFEST}"))?;
        let manifest: Manifest = toml::from_str(&text).with_context(|| format!("parse {MANIFEST}"))?;
        let mut files = BTreeMap::new();
        collect(&root.join(FOLDER), "", &mut files)?;
        files.remove("MANIFEST.toml");
        Ok(Self { text, sets: manifest.set, files })
    }

    /// The files of a set: the file itself, or everything below the folder.
    fn files_of(&self, set: &Set) -> impl Iterator<Item = (&String, &Vec<u8>)> {
        let path = set.path.get_ref().trim_end_matches('/').to_owned();
        self.files.iter().filter(move |(name, _)| {
            name.strip_prefix(&path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    fn sha256_of(&self, set: &Set) -> String {
        let mut hasher = Sha256::new();
        for (_, contents) in self.files_of(set) {
            hasher.update(contents);
        }
        hex::encode(hasher.finalize())
    }

    fn line(&self, span: &Range<usize>) -> usize {
        self.text[..span.start].lines().count().max(1)
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.insert(name, fs::read(entry.path())?);
        }
    }
    Ok(())
}

/// Every golden file is in exactly one set, and every set has files, a reader that names it, an origin and the
/// right checksum.
pub(crate) fn check(root: &Path) -> anyhow::Result<Vec<Finding>> {
    let loaded = Loaded::load(root)?;
    let mut findings = Vec::new();
    let mut owners: BTreeMap<&str, usize> = BTreeMap::new();
    for set in &loaded.sets {
        let path = set.path.get_ref();
        let mut found = |span: Range<usize>, message: String| {
            findings.push(Finding::error(MANIFEST, loaded.line(&span), message));
        };
        for (name, _) in loaded.files_of(set) {
            *owners.entry(name).or_default() += 1;
        }
        if loaded.files_of(set).next().is_none() {
            found(set.path.span(), format!("{path} has no files"));
        } else if loaded.sha256_of(set) != *set.sha256.get_ref() {
            found(set.sha256.span(), format!("the contents of {path} have another sha256 than recorded"));
        }
        for text in [&set.producer, &set.source] {
            if text.get_ref().trim().is_empty() {
                found(text.span(), format!("{path} does not say where it comes from"));
            }
        }
        if let Some(message) = reader_problem(root, path, set.reader.get_ref()) {
            found(set.reader.span(), message);
        }
    }
    for name in loaded.files.keys() {
        let message = match owners.get(name.as_str()) {
            Some(1) => continue,
            None => "no set of MANIFEST.toml contains this file".to_owned(),
            Some(count) => format!("{count} sets of MANIFEST.toml contain this file"),
        };
        findings.push(Finding::error(&format!("{FOLDER}/{name}"), None, message));
    }
    Ok(findings)
}

/// Why `reader` does not read the set at `path`.
fn reader_problem(root: &Path, path: &str, reader: &str) -> Option<String> {
    let Ok(text) = fs::read_to_string(root.join(reader)) else {
        return Some(format!("{path}: its reader {reader} does not exist"));
    };
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or(path);
    (!text.contains(last)).then(|| format!("{path}: its reader {reader} does not mention {last}"))
}

/// Rewrites the checksums of the manifest, and nothing else in it.
pub(crate) fn update(root: &Path) -> anyhow::Result<()> {
    let loaded = Loaded::load(root)?;
    let mut text = loaded.text.clone();
    let mut changed = 0;
    // From the end, so that the places of earlier values stay right. A value's place includes its quotes.
    for set in loaded.sets.iter().rev() {
        let sha256 = loaded.sha256_of(set);
        if sha256 != *set.sha256.get_ref() {
            text.replace_range(set.sha256.span(), &format!("\"{sha256}\""));
            changed += 1;
        }
    }
    fs::write(root.join(MANIFEST), text).with_context(|| format!("write {MANIFEST}"))?;
    println!("{MANIFEST}: {changed} of {} checksums changed", loaded.sets.len());
    Ok(())
}

#[cfg(test)]
mod tests;
