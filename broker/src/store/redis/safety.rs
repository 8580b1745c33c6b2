//! Whether a Redis server may lose or evict what it is given.

use std::collections::BTreeMap;

use redis::Connection;

use super::url::RedisUrl;
use crate::store::StoreError;

/// Looks at the server's settings.
pub(super) fn check(connection: &mut Connection, url: &RedisUrl) -> Result<(), StoreError> {
    let info = info(connection)?;
    let value = |name: &str| info.get(name).map_or("", String::as_str);
    let version = value("redis_version");
    if version.split('.').next().and_then(|major| major.parse::<u32>().ok()).is_none_or(|major| major < 7) {
        return refuse(format!("Redis {version} has no functions"), "use Redis 7.0 or later, or Valkey");
    }
    if value("role") == "slave" {
        return refuse(
            "the server is a replica".to_owned(),
            "give the address of the master, or of Sentinel",
        );
    }
    if value("maxmemory_policy") != "noeviction" {
        let problem = format!("maxmemory-policy is {}", value("maxmemory_policy"));
        return refuse(problem, "set maxmemory-policy noeviction");
    }
    if value("maxmemory") == "0" {
        let remedy = "set maxmemory below what the machine has, so that writes are refused and the server is not killed";
        return refuse("maxmemory is not set".to_owned(), remedy);
    }
    check_persistence(connection, url, value("aof_enabled") == "1")?;
    let replicas = value("connected_slaves").parse::<u32>().unwrap_or(0);
    if url.is_sentinel() && replicas == 0 && !url.allows_no_replica {
        let remedy = "connect a replica, or give ?allow=no-replica";
        return refuse("no replica is connected, so that a failover loses everything".to_owned(), remedy);
    }
    Ok(())
}

fn check_persistence(connection: &mut Connection, url: &RedisUrl, has_log: bool) -> Result<(), StoreError> {
    if url.allows_no_persistence {
        return Ok(());
    }
    if !has_log {
        let remedy = "set appendonly yes and appendfsync always, or give ?allow=no-persistence";
        return refuse("the server keeps nothing over a restart".to_owned(), remedy);
    }
    let asked = redis::cmd("CONFIG").arg("GET").arg("appendfsync").query::<Vec<String>>(connection);
    let fsync = match asked {
        Ok(pair) => pair.into_iter().nth(1).unwrap_or_default(),
        Err(error) => {
            tracing::warn!(%error, "the server does not say how often it syncs its log to disk");
            return Ok(());
        }
    };
    match fsync.as_str() {
        "always" => Ok(()),
        "everysec" if url.allows_everysec => Ok(()),
        "everysec" => refuse(
            "appendfsync everysec loses a second of acknowledged jobs with the machine".to_owned(),
            "set appendfsync always, or give ?allow=everysec",
        ),
        other => refuse(format!("appendfsync is {other}"), "set appendfsync always"),
    }
}

fn refuse(problem: String, remedy: &str) -> Result<(), StoreError> {
    Err(StoreError::Unsafe { problem, remedy: remedy.to_owned() })
}

fn info(connection: &mut Connection) -> Result<BTreeMap<String, String>, StoreError> {
    let text: String = redis::cmd("INFO").query(connection)?;
    let pairs = text.lines().filter_map(|line| line.split_once(':'));
    Ok(pairs.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect())
}
