//! Jobs in a redb file: one machine, one process, no server. Every commit is one transaction and one fsync.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use ::redb::{
    Database, DatabaseError, Durability, Error, ReadTransaction, ReadableDatabase as _, ReadableTable as _,
    Table, TableDefinition, WriteTransaction,
};

use chinampa_jobs::trace::TraceContext;
use chinampa_jobs::{EpochNumber, ProvingJob};

use super::whole_file::WholeFile;
use super::{Loaded, Store, StoreError, StoredSettings, record};
use crate::queue::{Change, StoredJob};

type Bytes = TableDefinition<'static, &'static [u8], &'static [u8]>;

const JOBS: Bytes = TableDefinition::new(record::JOBS);
const SETTLEMENTS: Bytes = TableDefinition::new(record::SETTLEMENTS);
const FAILURES: Bytes = TableDefinition::new(record::FAILURES);
const LEASES: Bytes = TableDefinition::new(record::LEASES);
const SETTINGS: TableDefinition<'static, &'static str, &'static str> = TableDefinition::new("settings");
const META: TableDefinition<'static, &'static str, u64> = TableDefinition::new("meta");

/// Memory for pages. The queue reads no page while it runs; only the tree's upper part is worth keeping.
const CACHE_LEN: usize = 64 << 20;

/// Layout of the tables.
const FORMAT: u64 = 1;
const FORMAT_KEY: &str = "format";
const RUN_KEY: &str = "run";

/// Opens the database of a store.
pub type Opener = Box<dyn FnMut() -> Result<Database, StoreError> + Send>;

/// Jobs in a file. The file is locked while it is open.
pub struct RedbStore {
    opener: Opener,
    /// None after a failure: redb refuses to go on with a file that it could not write, so it is opened anew.
    database: Option<Database>,
}

impl RedbStore {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// [`StoreError::Open`], also if another process has it open; [`StoreError::Format`]
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if !path.exists() {
            create(path)
                .map_err(|error| StoreError::Open { path: path.to_path_buf(), source: Box::new(error) })?;
        }
        let path = path.to_path_buf();
        let opener = move || {
            let failed = |error: DatabaseError| StoreError::Open {
                path: path.clone(),
                source: Box::new(Error::from(error)),
            };
            database(&path).map_err(failed)
        };
        Self::with_opener(Box::new(opener))
    }

    /// Uses a database that `opener` opens, now and after each failure.
    ///
    /// # Errors
    /// What `opener` returns; [`StoreError::Database`], [`StoreError::Format`]
    pub fn with_opener(mut opener: Opener) -> Result<Self, StoreError> {
        let database = Some(open(&mut opener)?);
        Ok(Self { opener, database })
    }
}

impl Store for RedbStore {
    fn load(&mut self) -> Result<Loaded, StoreError> {
        let database = match self.database.take() {
            Some(database) => database,
            None => open(&mut self.opener)?,
        };
        let run = write(&database, |transaction| {
            let mut meta = transaction.open_table(META)?;
            let run = meta.get(RUN_KEY)?.map_or(0, |value| value.value()) + 1;
            meta.insert(RUN_KEY, run)?;
            Ok(run)
        })?;
        let (jobs, settings) = (read_jobs(&database)?, read_settings(&database)?);
        self.database = Some(database);
        Ok(Loaded { run, jobs, settings })
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        let Some(database) = self.database.take() else {
            return Err(StoreError::Unavailable("it failed and was not loaded since".to_owned()));
        };
        write(&database, |transaction| apply(transaction, changes))?;
        self.database = Some(database);
        Ok(())
    }
}

impl fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbStore").field("is_open", &self.database.is_some()).finish_non_exhaustive()
    }
}

/// Makes a file under another name, so that one with the right name is always whole: redb refuses a file in which a
/// power cut has left no header.
fn create(path: &Path) -> Result<(), Error> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".new");
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Error::Io(error)),
        // One was left by a start that did not get to its end.
        Ok(()) | Err(_) => {}
    }
    let database = database(Path::new(&unfinished))?;
    write(&database, prepare)?;
    drop(database);
    fs::rename(&unfinished, path).map_err(Error::Io)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = File::open(folder.unwrap_or(Path::new("."))).map_err(Error::Io)?;
    folder.sync_all().map_err(Error::Io)
}

/// Opens a file, or makes an empty one.
fn database(path: &Path) -> Result<Database, DatabaseError> {
    let file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
    Database::builder().set_cache_size(CACHE_LEN).create_with_backend(WholeFile::new(file)?)
}

fn open(opener: &mut Opener) -> Result<Database, StoreError> {
    let database = opener()?;
    let actual = write(&database, prepare)?;
    if actual == FORMAT { Ok(database) } else { Err(StoreError::Format { expected: FORMAT, actual }) }
}

/// Runs a transaction that is on disk when this returns.
fn write<T>(
    database: &Database,
    change: impl FnOnce(&WriteTransaction) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_durability(Durability::Immediate)?;
    let value = change(&transaction)?;
    transaction.commit()?;
    Ok(value)
}

fn read_jobs(database: &Database) -> Result<Vec<StoredJob>, StoreError> {
    let transaction = database.begin_read().map_err(Error::from)?;
    let table = transaction.open_table(JOBS).map_err(Error::from)?;
    let mut jobs = Vec::new();
    for entry in table.range::<&[u8]>(..).map_err(Error::from)? {
        let (key, value) = entry.map_err(Error::from)?;
        jobs.push(record::read_job(key.value(), value.value())?);
    }
    join(&transaction, SETTLEMENTS, record::SETTLEMENTS, &mut jobs, |job, value| {
        job.settlement = Some(record::read_settlement(value)?);
        Ok(())
    })?;
    join(&transaction, FAILURES, record::FAILURES, &mut jobs, |job, value| {
        job.history = Some(Box::new(record::read_history(value)?));
        Ok(())
    })?;
    join(&transaction, LEASES, record::LEASES, &mut jobs, |job, value| {
        job.lease = Some(record::read_lease(value)?);
        Ok(())
    })?;
    Ok(jobs)
}

/// Reads a table whose keys are those of jobs.
fn join(
    transaction: &ReadTransaction,
    table: Bytes,
    name: &'static str,
    jobs: &mut [StoredJob],
    read: impl Fn(&mut StoredJob, &[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let table = transaction.open_table(table).map_err(Error::from)?;
    let mut cursor = Cursor::new(jobs);
    for entry in table.range::<&[u8]>(..).map_err(Error::from)? {
        let (key, value) = entry.map_err(Error::from)?;
        read(cursor.find(key.value(), name)?, value.value())?;
    }
    Ok(())
}

fn read_settings(database: &Database) -> Result<StoredSettings, StoreError> {
    let transaction = database.begin_read().map_err(Error::from)?;
    let table = transaction.open_table(SETTINGS).map_err(Error::from)?;
    let mut settings = Vec::new();
    for entry in table.range::<&str>(..).map_err(Error::from)? {
        let (key, value) = entry.map_err(Error::from)?;
        settings.push((key.value().into(), value.value().into()));
    }
    Ok(settings)
}

/// Makes the tables of a new file. Returns the format.
fn prepare(transaction: &WriteTransaction) -> Result<u64, Error> {
    for table in [JOBS, SETTLEMENTS, FAILURES, LEASES] {
        transaction.open_table(table)?;
    }
    transaction.open_table(SETTINGS)?;
    let mut meta = transaction.open_table(META)?;
    let format = meta.get(FORMAT_KEY)?.map(|value| value.value());
    match format {
        Some(format) => Ok(format),
        None => {
            meta.insert(FORMAT_KEY, FORMAT)?;
            Ok(FORMAT)
        }
    }
}

fn apply(transaction: &WriteTransaction, changes: &[Change]) -> Result<(), Error> {
    let mut tables = Tables {
        jobs: transaction.open_table(JOBS)?,
        settlements: transaction.open_table(SETTLEMENTS)?,
        failures: transaction.open_table(FAILURES)?,
        leases: transaction.open_table(LEASES)?,
        settings: transaction.open_table(SETTINGS)?,
    };
    changes.iter().try_for_each(|change| tables.apply(change))
}

/// All tables in one transaction.
struct Tables<'a> {
    jobs: Table<'a, &'static [u8], &'static [u8]>,
    settlements: Table<'a, &'static [u8], &'static [u8]>,
    failures: Table<'a, &'static [u8], &'static [u8]>,
    leases: Table<'a, &'static [u8], &'static [u8]>,
    settings: Table<'a, &'static str, &'static str>,
}

impl<'a> Tables<'a> {
    fn enqueue(
        &mut self,
        job: &ProvingJob,
        sequence: u64,
        trace: Option<&TraceContext>,
    ) -> Result<(), Error> {
        let key = record::key(job.epoch_number, &job.id);
        self.jobs.insert(&*key, &*record::job(job, sequence, trace))?;
        for table in [&mut self.settlements, &mut self.failures, &mut self.leases] {
            table.remove(&*key)?;
        }
        Ok(())
    }

    fn apply(&mut self, change: &Change) -> Result<(), Error> {
        match change {
            Change::Enqueued { job, sequence } => self.enqueue(job, *sequence, None)?,
            Change::EnqueuedInTrace { job, sequence, trace } => {
                self.enqueue(job, *sequence, Some(trace))?;
            }
            Change::Noted { epoch, id, history } => {
                self.failures.insert(&*record::key(*epoch, id), &*record::history(history))?;
            }
            Change::Leased { epoch, id, lease, .. } => {
                self.leases.insert(&*record::key(*epoch, id), &*record::lease(lease))?;
            }
            Change::Renewed { .. } => {}
            Change::Settled { epoch, id, settlement } => {
                let key = record::key(*epoch, id);
                self.settlements.insert(&*key, &*record::settlement(settlement))?;
                self.leases.remove(&*key)?;
            }
            Change::Forgotten { epoch, id } => {
                let key = record::key(*epoch, id);
                for table in self.of_jobs() {
                    table.remove(&*key)?;
                }
            }
            Change::EpochsDropped { oldest_kept } => self.drop_epochs(&[], *oldest_kept)?,
            Change::EpochDropped { epoch } => {
                let start = record::epoch_start(*epoch);
                let next = EpochNumber::new(epoch.get() + 1).ok();
                match next {
                    Some(next) => self.drop_epochs(&start, next)?,
                    None => {
                        for table in self.of_jobs() {
                            table.retain_in::<&[u8], _>(&start[..].., |_, _| false)?;
                        }
                    }
                }
            }
            Change::Set { key, value: Some(value) } => {
                self.settings.insert(&**key, &**value)?;
            }
            Change::Set { key, value: None } => {
                self.settings.remove(&**key)?;
            }
        }
        Ok(())
    }

    fn drop_epochs(&mut self, start: &[u8], end: EpochNumber) -> Result<(), Error> {
        let end = record::epoch_start(end);
        for table in self.of_jobs() {
            table.retain_in::<&[u8], _>(start..&end[..], |_, _| false)?;
        }
        Ok(())
    }

    fn of_jobs(&mut self) -> [&mut Table<'a, &'static [u8], &'static [u8]>; 4] {
        [&mut self.jobs, &mut self.settlements, &mut self.failures, &mut self.leases]
    }
}

/// Finds jobs by keys that come in the jobs' order.
struct Cursor<'a> {
    jobs: &'a mut [StoredJob],
    position: usize,
}

impl<'a> Cursor<'a> {
    fn new(jobs: &'a mut [StoredJob]) -> Self {
        Self { jobs, position: 0 }
    }

    fn find(&mut self, key: &[u8], table: &'static str) -> Result<&mut StoredJob, StoreError> {
        while let Some(stored) = self.jobs.get(self.position) {
            if record::key(stored.job.epoch_number, &stored.job.id) == key {
                return Ok(&mut self.jobs[self.position]);
            }
            self.position += 1;
        }
        Err(StoreError::Record { table, reason: "belongs to no job" })
    }
}
