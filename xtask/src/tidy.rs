//! `cargo xtask tidy`: the rules of this project that no compiler lint covers.
//!
//! Each rule is a module with a function from files (or `cargo metadata`) to [`Finding`]s, so that its tests need
//! no checkout. Warnings are printed; errors also fail the command.

mod edges;
mod finding;
mod lengths;
mod sources;
mod text;
mod unused_code;

use std::path::Path;

use anyhow::bail;

use crate::vectors;
pub(crate) use finding::{Finding, Severity};
pub(crate) use sources::Source;

/// Checks the whole checkout.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let sources = sources::load(root)?;
    let mut findings = edges::check(&edges::workspace(root)?);
    for source in &sources {
        findings.extend(text::check(source));
        if source.is_handwritten_rust() {
            findings.extend(lengths::check(source));
            findings.extend(unused_code::check(source));
        }
    }
    findings.extend(vectors::check(root)?);
    report(findings, &format!("{} files and the crate graph", sources.len()))
}

/// Prints the findings about `what`; fails if one of them is an error.
pub(crate) fn report(mut findings: Vec<Finding>, what: &str) -> anyhow::Result<()> {
    findings.sort();
    for finding in &findings {
        eprintln!("{finding}");
    }
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    if errors > 0 {
        bail!("{errors} errors in {what}");
    }
    println!("tidy: no errors in {what}, {} warnings", findings.len());
    Ok(())
}
