//! A store in a real Redis server, whose commits fail when they are told to, before or after they are done.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use chinampa_broker::queue::Change;
use chinampa_broker::store::{Loaded, RedisStore, RedisUrl, Store, StoreError};

const WORKS: u8 = 0;
const FAILS_BEFORE: u8 = 1;
const FAILS_AFTER: u8 = 2;

/// A store on a server, under a name of its own.
#[derive(Debug)]
pub struct RedisMachine {
    url: RedisUrl,
    fault: Arc<AtomicU8>,
}

/// A broker's connection to it.
#[derive(Debug)]
pub struct RedisConnection {
    store: RedisStore,
    fault: Arc<AtomicU8>,
}

impl RedisMachine {
    /// The store with this name, which is new on the server.
    ///
    /// # Panics
    /// If the URL is none.
    pub fn new(server: &str, tag: &str) -> Self {
        let url = RedisUrl::parse(&format!("{server}?tag={tag}&allow=no-persistence")).expect("a URL");
        Self { url, fault: Arc::default() }
    }

    pub(crate) fn connect(&self) -> Result<RedisConnection, StoreError> {
        Ok(RedisConnection { store: RedisStore::open(&self.url)?, fault: Arc::clone(&self.fault) })
    }

    pub(crate) fn fail(&self, after: bool) {
        self.fault.store(if after { FAILS_AFTER } else { FAILS_BEFORE }, Ordering::Relaxed);
    }

    pub(crate) fn mend(&self) {
        self.fault.store(WORKS, Ordering::Relaxed);
    }
}

impl Store for RedisConnection {
    fn load(&mut self) -> Result<Loaded, StoreError> {
        self.store.load()
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        let failed = || Err(StoreError::Unavailable("told to fail".to_owned()));
        match self.fault.load(Ordering::Relaxed) {
            WORKS => self.store.commit(changes),
            FAILS_AFTER => {
                self.store.commit(changes)?;
                failed()
            }
            _ => failed(),
        }
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn follow(&mut self, turn: bool) -> Result<Vec<Change>, StoreError> {
        self.store.follow(turn)
    }

    fn end_turn(&mut self) -> Result<(), StoreError> {
        self.store.end_turn()
    }

    fn check(&mut self) -> Result<(), StoreError> {
        self.store.check()
    }
}
