//! Jobs in Redis, for several brokers at once. Brokers take turns: whoever has the turn has seen every change before, so
//! that the queue of each decides on the same state. A change is stored, and appended to the log that the others follow,
//! by one call of a function on the server, which refuses it if the turn is over.

mod safety;
mod url;
mod write;

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use ::redis::{Connection, ErrorKind, RedisError, ServerErrorKind, Value};

pub use url::{RedisUrl, RedisUrlError};

use super::{Loaded, Store, StoreError, StoredSettings, record};
use crate::access::random_hex;
use crate::queue::{Change, StoredJob};
use url::Source;

const LIBRARY: &str = include_str!("library.lua");
/// A broker that dies in its turn holds the others up for this long.
const TURN_MS: u64 = 3_000;
/// How long a broker waits for its turn.
const TURN_WAIT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Longer than a large commit takes with a slow disk.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// Entries of a hash that are read at once.
const SCAN_LEN: usize = 5_000;
/// How long replicas may take, where Sentinel chooses the server.
const REPLICA_WAIT_MS: u64 = 2_000;

/// Jobs in Redis.
pub struct RedisStore {
    url: RedisUrl,
    source: Source,
    connection: Option<Connection>,
    /// The store's name in braces.
    base: String,
    /// Name of this broker in turns.
    owner: String,
    /// Changes up to here are known.
    position: i64,
    has_turn: bool,
}

/// Name and value of a hash's field.
type Field = (Vec<u8>, Vec<u8>);

impl RedisStore {
    /// Connects and looks whether the server is safe.
    ///
    /// # Errors
    /// [`StoreError::Redis`], [`StoreError::Unsafe`]
    pub fn open(url: &RedisUrl) -> Result<Self, StoreError> {
        let source = url.source().map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let owner = random_hex(16).map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let mut store = Self {
            base: format!("{{{}}}", url.tag),
            url: url.clone(),
            source,
            connection: None,
            owner,
            position: 0,
            has_turn: false,
        };
        store.check()?;
        Ok(store)
    }

    /// Connects to a server that loses nothing.
    pub(crate) fn connect_safely(url: &RedisUrl) -> Result<Connection, StoreError> {
        let mut source = url.source().map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let mut connection = connect(&mut source)?;
        safety::check(&mut connection, url)?;
        Ok(connection)
    }

    /// Waits until a replica has what was written, where Sentinel chooses the server.
    pub(crate) fn confirm(url: &RedisUrl, connection: &mut Connection) -> Result<(), StoreError> {
        if !url.is_sentinel() || url.allows_no_replica {
            return Ok(());
        }
        let replicas: u64 = ::redis::cmd("WAIT").arg(1).arg(REPLICA_WAIT_MS).query(connection)?;
        if replicas == 0 {
            return Err(StoreError::Unavailable("no replica has the changes".to_owned()));
        }
        Ok(())
    }

    /// Runs a call on the connection, a new one if there is none. A connection that failed is not used again.
    fn with<T>(
        &mut self,
        call: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        let result = call(&mut connection);
        if result.is_ok() {
            self.connection = Some(connection);
        }
        result
    }

    fn connect(&mut self) -> Result<Connection, StoreError> {
        let mut connection = connect(&mut self.source)?;
        ::redis::cmd("FUNCTION").arg("LOAD").arg("REPLACE").arg(LIBRARY).exec(&mut connection)?;
        Ok(connection)
    }

    /// Calls a function of the library.
    fn function(&mut self, name: &str, arguments: &[&[u8]]) -> Result<Vec<Value>, StoreError> {
        let base = self.base.clone();
        self.with(|connection| {
            let mut command = ::redis::cmd("FCALL");
            command.arg(format!("chinampa_v1_{name}")).arg(1).arg(base);
            arguments.iter().for_each(|argument| {
                command.arg(*argument);
            });
            match command.query(connection)? {
                Value::Array(values) => Ok(values),
                other => Ok(vec![other]),
            }
        })
    }

    /// Reads `{1, position, entries...}`.
    fn take_in(&mut self, reply: Vec<Value>) -> Result<Vec<Change>, StoreError> {
        let mut values = reply.into_iter();
        if values.next() != Some(Value::Int(1)) {
            return Err(StoreError::Behind);
        }
        let Some(Value::Int(position)) = values.next() else { return Err(unexpected()) };
        let mut changes = Vec::new();
        for value in values {
            let Value::BulkString(bytes) = value else { return Err(unexpected()) };
            changes.append(&mut record::read_changes(&bytes)?);
        }
        self.position = position;
        Ok(changes)
    }

    fn take_turn(&mut self) -> Result<Vec<Change>, StoreError> {
        let begin = Instant::now();
        let mut pause = Duration::from_micros(100);
        let (owner, turn_ms) = (self.owner.clone(), TURN_MS.to_string());
        loop {
            let position = self.position.to_string();
            let arguments = [owner.as_bytes(), position.as_bytes(), turn_ms.as_bytes()];
            let reply = self.function("begin", &arguments)?;
            if reply.first() != Some(&Value::Int(0)) {
                self.has_turn = true;
                return self.take_in(reply);
            }
            if begin.elapsed() > TURN_WAIT {
                return Err(StoreError::Unavailable("other brokers have not ended their turns".to_owned()));
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(2));
        }
    }

    fn read_jobs(&mut self) -> Result<Vec<StoredJob>, StoreError> {
        let base = self.base.clone();
        let epochs: Vec<u64> = self.with(|connection| {
            Ok(::redis::cmd("SMEMBERS").arg(format!("{base}:epochs")).query(connection)?)
        })?;
        let mut jobs = std::collections::BTreeMap::new();
        for epoch in epochs {
            self.scan(&format!("jobs:{epoch}"), |id, value| {
                let stored = record::read_job(&record::raw_key(epoch, id), value)?;
                jobs.insert((stored.job.epoch_number, stored.job.id.as_str().to_owned()), stored);
                Ok(())
            })?;
            let number = chinampa_jobs::EpochNumber::new(epoch)
                .map_err(|_| StoreError::Record { table: "epochs", reason: "epoch out of range" })?;
            // A job that was forgotten while it was read has records without it; the log says so later.
            let mut with = |id: &[u8], apply: &mut dyn FnMut(&mut StoredJob) -> Result<(), StoreError>| {
                let key = (number, String::from_utf8_lossy(id).into_owned());
                jobs.get_mut(&key).map_or(Ok(()), apply)
            };
            self.scan(&format!("settlements:{epoch}"), |id, value| {
                with(id, &mut |job| {
                    job.settlement = Some(record::read_settlement(value)?);
                    Ok(())
                })
            })?;
            self.scan(&format!("failures:{epoch}"), |id, value| {
                with(id, &mut |job| {
                    job.history = Some(Box::new(record::read_history(value)?));
                    Ok(())
                })
            })?;
            self.scan(&format!("leases:{epoch}"), |id, value| {
                with(id, &mut |job| {
                    job.lease = Some(record::read_lease(value)?);
                    Ok(())
                })
            })?;
        }
        Ok(jobs.into_values().collect())
    }

    /// Reads every field of a hash, some perhaps twice.
    fn scan(
        &mut self,
        name: &str,
        mut read: impl FnMut(&[u8], &[u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let key = format!("{}:{name}", self.base);
        let mut cursor = "0".to_owned();
        loop {
            let (next, fields): (String, Vec<Field>) = self.with(|connection| {
                let mut command = ::redis::cmd("HSCAN");
                command.arg(&key).arg(&cursor).arg("COUNT").arg(SCAN_LEN);
                Ok(command.query(connection)?)
            })?;
            fields.iter().try_for_each(|(field, value)| read(field, value))?;
            if next == "0" {
                return Ok(());
            }
            cursor = next;
        }
    }

    fn read_settings(&mut self) -> Result<StoredSettings, StoreError> {
        let mut settings = std::collections::BTreeMap::new();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        self.scan("settings", |key, value| {
            settings.insert(text(key), text(value));
            Ok(())
        })?;
        Ok(settings.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

impl Store for RedisStore {
    fn load(&mut self) -> Result<Loaded, StoreError> {
        let reply = self.function("open", &[])?;
        let [Value::Int(run), Value::Int(position)] = reply[..] else { return Err(unexpected()) };
        // What changes while everything is read is in the log after this position, and is followed next; following a
        // change twice comes to the same.
        let (jobs, settings) = (self.read_jobs()?, self.read_settings()?);
        self.position = position;
        Ok(Loaded { run: u64::try_from(run).unwrap_or(0), jobs, settings })
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        self.has_turn = false;
        let operations = write::operations(changes);
        let entry = record::changes(changes);
        let (owner, position) = (self.owner.clone(), self.position.to_string());
        let mut arguments = vec![owner.as_bytes(), position.as_bytes(), entry.as_slice()];
        arguments.extend(operations.iter().map(Vec::as_slice));
        let function = if write::only_frees(changes) { "free" } else { "commit" };
        match self.function(function, &arguments)?[..] {
            [Value::Int(1), Value::Int(position)] => self.position = position,
            [Value::Int(0)] => {
                return Err(StoreError::Unavailable(
                    "the turn was over before the changes were stored".to_owned(),
                ));
            }
            _ => return Err(unexpected()),
        }
        let url = self.url.clone();
        self.with(|connection| Self::confirm(&url, connection))
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn follow(&mut self, turn: bool) -> Result<Vec<Change>, StoreError> {
        if turn {
            return self.take_turn();
        }
        let position = self.position.to_string();
        let reply = self.function("pull", &[position.as_bytes()])?;
        self.take_in(reply)
    }

    fn end_turn(&mut self) -> Result<(), StoreError> {
        if !std::mem::take(&mut self.has_turn) {
            return Ok(());
        }
        let owner = self.owner.clone();
        self.function("finish", &[owner.as_bytes()]).map(drop)
    }

    fn check(&mut self) -> Result<(), StoreError> {
        let url = self.url.clone();
        self.with(|connection| safety::check(connection, &url))
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("url", &self.url).finish_non_exhaustive()
    }
}

impl From<RedisError> for StoreError {
    fn from(error: RedisError) -> Self {
        if error.to_string().contains("OOM") || error.code() == Some("OOM") {
            return Self::Full("Redis has reached its maxmemory; raise it, or drop epochs".to_owned());
        }
        if matches!(error.kind(), ErrorKind::Server(ServerErrorKind::ReadOnly)) {
            return Self::Unavailable("Redis became a replica".to_owned());
        }
        Self::Redis(Box::new(error))
    }
}

fn connect(source: &mut Source) -> Result<Connection, StoreError> {
    let connection = match source {
        Source::Direct(client) => client.get_connection_with_timeout(CONNECT_TIMEOUT)?,
        Source::Sentinel(client) => client.get_connection()?,
    };
    connection.set_read_timeout(Some(CALL_TIMEOUT))?;
    connection.set_write_timeout(Some(CALL_TIMEOUT))?;
    Ok(connection)
}

fn unexpected() -> StoreError {
    StoreError::Unavailable("Redis's answer is not one of our functions'".to_owned())
}
