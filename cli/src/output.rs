//! Results of commands, to stdout.

use std::io::{self, Write as _};

/// Writes text as it is.
pub(crate) fn text(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Writes an indented JSON document and a newline.
pub(crate) fn json(value: &impl serde::Serialize) -> io::Result<()> {
    let mut document = serde_json::to_string_pretty(value)?;
    document.push('\n');
    text(&document)
}
