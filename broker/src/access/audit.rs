//! Who changed what: a line of JSON for each, in a file if there is one, and the last ones in memory.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// Entries in memory.
const KEPT: usize = 1024;

/// Something that somebody did, or tried to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// When, milliseconds since 1970.
    pub time_ms: i64,
    /// Who.
    pub caller: String,
    /// With which role.
    pub role: &'static str,
    /// What, as in the OpenAPI document.
    pub operation: &'static str,
    /// To what, and how.
    pub detail: String,
    /// The HTTP status of the answer.
    pub status: u16,
}

/// The log.
#[derive(Debug, Default)]
pub struct Audit {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    file: Option<File>,
    last: VecDeque<AuditEntry>,
}

impl Audit {
    /// A log that is also appended to a file.
    ///
    /// # Errors
    /// If the file cannot be opened for appending.
    pub fn with_file(path: &Path) -> io::Result<Self> {
        let file = Some(OpenOptions::new().create(true).append(true).open(path)?);
        Ok(Self { state: Mutex::new(State { file, last: VecDeque::new() }) })
    }

    /// Adds an entry. It is on disk when this returns, or a warning says why not.
    pub fn add(&self, entry: AuditEntry) {
        tracing::info!(
            target: "audit",
            caller = entry.caller,
            role = entry.role,
            operation = entry.operation,
            detail = entry.detail,
            status = entry.status,
        );
        let mut state = self.state();
        if let Some(file) = &mut state.file {
            let mut line = serde_json::to_vec(&entry).expect("plain data");
            line.push(b'\n');
            if let Err(error) = file.write_all(&line).and_then(|()| file.sync_data()) {
                tracing::warn!(%error, "an entry of the audit log is not on disk");
            }
        }
        state.last.push_back(entry);
        if state.last.len() > KEPT {
            state.last.pop_front();
        }
    }

    /// The last entries, newest first.
    pub fn last(&self, limit: usize) -> Vec<AuditEntry> {
        self.state().last.iter().rev().take(limit).cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock panics half way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
