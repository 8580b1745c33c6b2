//! A lease in Redis: a key that ends by itself, whose value names a holder and the number of its term.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use redis::{Client, Connection, RedisError};

use super::LockError;
use crate::process::process_id;

/// Takes the lease if it is free and gives the number of the term, which only grows; 0 if it is not free.
const TAKE: &str = "if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end \
    local number = redis.call('INCR', KEYS[2]) \
    redis.call('SET', KEYS[1], ARGV[1] .. ':' .. number, 'PX', ARGV[2]) \
    return number";
const RENEW: &str = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end \
    return redis.call('PEXPIRE', KEYS[1], ARGV[2])";
const HOLDS: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then return 1 end return 0";
const RELEASE: &str = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end \
    return redis.call('DEL', KEYS[1])";

/// Longest time for one answer.
const ANSWER_MAX: Duration = Duration::from_secs(3);

/// Tells holders in one process apart.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// A lease that at most one node holds. Its calls block.
pub(super) struct Lease {
    client: Client,
    key: String,
    /// This node.
    holder: String,
    time: Duration,
    connection: Mutex<Option<Connection>>,
}

impl std::fmt::Debug for Lease {
    /// Without the URL, which may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lease").field("key", &self.key).field("time", &self.time).finish_non_exhaustive()
    }
}

impl Lease {
    /// The lease called `name` on a server. It is not taken yet, and the server is not asked.
    pub(super) fn open(url: &str, name: &str, time: Duration) -> Result<Self, LockError> {
        // One that is there already stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::open(url).map_err(|error| LockError::Url { reason: error.to_string() })?;
        // Both keys of the scripts are on one server of a cluster.
        let key = format!("{{chinampa:leader:{name}}}");
        let count = NEXT.fetch_add(1, Ordering::Relaxed);
        let holder = format!("{}-{count}", alloy::hex::encode(&process_id()[..16]));
        Ok(Self { client, key, holder, time, connection: Mutex::new(None) })
    }

    pub(super) fn time(&self) -> Duration {
        self.time
    }

    /// Takes the lease if it is free. Gives the number of the term and the moment until which it surely lasts.
    pub(super) fn take(&self) -> Result<Option<(u64, Instant)>, RedisError> {
        let asked = Instant::now();
        let number = self.call(TAKE, &self.holder)?;
        Ok((number > 0).then(|| (number, asked + self.time)))
    }

    /// Lets the term go on. The moment until which it then surely lasts, or none if it is over.
    pub(super) fn renew(&self, number: u64) -> Result<Option<Instant>, RedisError> {
        let asked = Instant::now();
        let is_renewed = self.call(RENEW, &self.value(number))? == 1;
        Ok(is_renewed.then(|| asked + self.time))
    }

    /// Whether the term goes on.
    pub(super) fn holds(&self, number: u64) -> Result<bool, RedisError> {
        Ok(self.call(HOLDS, &self.value(number))? == 1)
    }

    /// Ends the term, so that others need not wait.
    pub(super) fn release(&self, number: u64) -> Result<(), RedisError> {
        self.call(RELEASE, &self.value(number)).map(drop)
    }

    fn value(&self, number: u64) -> String {
        format!("{}:{number}", self.holder)
    }

    /// Runs a script. A connection that fails is replaced once: it may have been closed while nobody used it.
    fn call(&self, script: &str, argument: &str) -> Result<u64, RedisError> {
        let mut kept = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut connection) = kept.take()
            && let Ok(reply) = self.call_on(&mut connection, script, argument)
        {
            *kept = Some(connection);
            return Ok(reply);
        }
        let limit = (self.time / 4).min(ANSWER_MAX);
        let mut connection = self.client.get_connection_with_timeout(limit)?;
        connection.set_read_timeout(Some(limit))?;
        connection.set_write_timeout(Some(limit))?;
        let reply = self.call_on(&mut connection, script, argument)?;
        *kept = Some(connection);
        Ok(reply)
    }

    fn call_on(&self, connection: &mut Connection, script: &str, argument: &str) -> Result<u64, RedisError> {
        let time_ms = u64::try_from(self.time.as_millis()).unwrap_or(u64::MAX);
        let number = format!("{}:number", self.key);
        let mut command = redis::cmd("EVAL");
        command.arg(script).arg(2).arg(&self.key).arg(number).arg(argument).arg(time_ms);
        command.query(connection)
    }
}

#[cfg(test)]
mod tests {
    use chinampa_testkit::redis::RedisServer;

    use super::*;

    const TIME: Duration = Duration::from_millis(400);

    #[test]
    fn a_term_lasts_as_long_as_it_is_renewed_and_has_a_number_of_its_own() {
        let server = RedisServer::start(&[]);
        let open = |name: &str| Lease::open(&server.url(), name, TIME).unwrap();
        let (first, second, other) = (open("a"), open("a"), open("b"));
        let (number, _) = first.take().unwrap().expect("it is free");
        assert_eq!(second.take().unwrap(), None, "it is taken");
        assert!(other.take().unwrap().is_some(), "another lease");
        for _ in 0..4 {
            std::thread::sleep(TIME / 2);
            assert!(first.renew(number).unwrap().is_some());
        }
        assert!(first.holds(number).unwrap() && !second.holds(number).unwrap());
        std::thread::sleep(TIME + TIME / 4);
        assert!(!first.holds(number).unwrap(), "it has ended by itself");
        assert_eq!(first.renew(number).unwrap(), None, "and does not come back");
        let (later, _) = second.take().unwrap().expect("it is free");
        assert!(later > number);
        first.release(number).unwrap();
        assert!(second.holds(later).unwrap(), "a term that is over ends no other");
        second.release(later).unwrap();
        assert!(first.take().unwrap().is_some_and(|(last, _)| last > later), "at once");
    }

    #[test]
    fn a_server_that_comes_back_is_used_again() {
        let mut server = RedisServer::start(&[]);
        let lease = Lease::open(&server.url(), "a", Duration::from_secs(4)).unwrap();
        let (number, _) = lease.take().unwrap().expect("it is free");
        server.kill();
        assert!(lease.holds(number).is_err());
        server.restart();
        assert!(!lease.holds(number).unwrap(), "this server has forgotten it");
        assert!(lease.take().unwrap().is_some());
        assert!(matches!(Lease::open("redis//x", "a", TIME), Err(LockError::Url { .. })));
    }
}
