//! What a URL of a Redis store says.

use std::path::PathBuf;

use redis::sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType};
use redis::{Client, ConnectionInfo, IntoConnectionInfo as _, TlsCertificates, TlsMode};

/// A store's place and the risks that its owner takes.
///
/// `redis://[user:password@]host[:port][/db]`, `rediss://...` for TLS, or
/// `redis+sentinel://[user:password@]host[:port],host[:port].../master` (`rediss+sentinel` for TLS), each with
/// `?tag=NAME&allow=everysec,no-persistence,no-replica`, and `rediss://` with `&ca=FILE`.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl {
    /// Without the query.
    base: String,
    /// Name of the store among others on the server.
    pub(super) tag: String,
    /// The last second may be lost with the machine.
    pub(super) allows_everysec: bool,
    /// Everything may be lost with the server.
    pub(super) allows_no_persistence: bool,
    /// Acknowledged changes may be lost in a failover.
    pub(super) allows_no_replica: bool,
    /// Authorities that sign the server's certificate, PEM; none for the public ones.
    authorities: Option<PathBuf>,
}

/// Why a text is no URL of a Redis store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedisUrlError {
    /// It starts with none of the schemes.
    #[error("expected redis://, rediss://, redis+sentinel:// or rediss+sentinel://")]
    Scheme,
    /// Authorities are for servers that are called by their own address over TLS.
    #[error("ca=FILE goes with rediss:// only")]
    Authorities,
    /// A part of the query is none of ours.
    #[error(
        "unknown parameter {0:?}; there are tag=NAME, ca=FILE and allow=everysec,no-persistence,no-replica"
    )]
    Parameter(String),
    /// A tag is 1 to 64 letters, digits, `-` and `_`.
    #[error("a tag is 1 to 64 letters, digits, - and _")]
    Tag,
    /// The rest is not readable.
    #[error("not a Redis URL: {0}")]
    Unreadable(String),
    /// A Sentinel URL names no master.
    #[error("a Sentinel URL ends with the name of the master: redis+sentinel://host:26379/mymaster")]
    Master,
}

/// How to get a connection.
pub(super) enum Source {
    Direct(Box<Client>),
    Sentinel(Box<SentinelClient>),
}

const SENTINEL: &str = "+sentinel";

impl RedisUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// [`RedisUrlError`]
    pub fn parse(text: &str) -> Result<Self, RedisUrlError> {
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        let schemes = ["redis", "rediss", "redis+sentinel", "rediss+sentinel"];
        let scheme = base.split_once("://").map(|(scheme, _)| scheme);
        if !scheme.is_some_and(|scheme| schemes.contains(&scheme)) {
            return Err(RedisUrlError::Scheme);
        }
        let mut url = Self {
            base: base.to_owned(),
            tag: "chinampa".to_owned(),
            allows_everysec: false,
            allows_no_persistence: false,
            allows_no_replica: false,
            authorities: None,
        };
        query.split('&').filter(|pair| !pair.is_empty()).try_for_each(|pair| url.take(pair))?;
        if url.authorities.is_some() && scheme != Some("rediss") {
            return Err(RedisUrlError::Authorities);
        }
        // Files are read when it is connected to.
        Self { authorities: None, ..url.clone() }.source().map(drop)?;
        Ok(url)
    }

    fn take(&mut self, pair: &str) -> Result<(), RedisUrlError> {
        let unknown = |text: &str| RedisUrlError::Parameter(text.chars().take(64).collect());
        match pair.split_once('=').ok_or_else(|| unknown(pair))? {
            ("tag", tag) => {
                let is_word = tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
                if tag.is_empty() || tag.len() > 64 || !is_word {
                    return Err(RedisUrlError::Tag);
                }
                self.tag = tag.to_owned();
            }
            ("ca", file) if !file.is_empty() => self.authorities = Some(file.into()),
            ("allow", risks) => {
                for risk in risks.split(',') {
                    match risk {
                        "everysec" => self.allows_everysec = true,
                        "no-persistence" => self.allows_no_persistence = true,
                        "no-replica" => self.allows_no_replica = true,
                        other => return Err(unknown(other)),
                    }
                }
            }
            (other, _) => return Err(unknown(other)),
        }
        Ok(())
    }

    /// Name of the store among others on the server.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// Whether Sentinel chooses the server.
    pub(super) fn is_sentinel(&self) -> bool {
        self.base.split("://").next().is_some_and(|scheme| scheme.ends_with(SENTINEL))
    }

    pub(super) fn source(&self) -> Result<Source, RedisUrlError> {
        let unreadable = |error: redis::RedisError| RedisUrlError::Unreadable(error.to_string());
        if !self.is_sentinel() {
            let client = match &self.authorities {
                None => Client::open(self.base.as_str()),
                Some(file) => {
                    let read = std::fs::read(file);
                    let read = read
                        .map_err(|error| RedisUrlError::Unreadable(format!("{}: {error}", file.display())))?;
                    let certificates = TlsCertificates { client_tls: None, root_cert: Some(read) };
                    Client::build_with_tls(self.base.as_str(), certificates)
                }
            };
            let client = client.map_err(unreadable)?;
            return Ok(Source::Direct(Box::new(client)));
        }
        let (scheme, rest) = self.base.split_once("://").ok_or(RedisUrlError::Scheme)?;
        let has_tls = scheme.starts_with("rediss");
        let (hosts, master) = rest.rsplit_once('/').ok_or(RedisUrlError::Master)?;
        if master.is_empty() {
            return Err(RedisUrlError::Master);
        }
        let (user, hosts) = hosts.rsplit_once('@').map_or((None, hosts), |(user, hosts)| (Some(user), hosts));
        let plain = if has_tls { "rediss" } else { "redis" };
        let sentinels = hosts
            .split(',')
            .map(|host| {
                let port = if host.contains(':') { "" } else { ":26379" };
                format!("{plain}://{host}{port}").as_str().into_connection_info()
            })
            .collect::<Result<Vec<ConnectionInfo>, _>>()
            .map_err(unreadable)?;
        let mut node = SentinelNodeConnectionInfo::default();
        if has_tls {
            node = node.set_tls_mode(TlsMode::Secure);
        }
        if let Some(user) = user {
            let info =
                format!("{plain}://{user}@unused").as_str().into_connection_info().map_err(unreadable)?;
            node = node.set_redis_connection_info(info.redis_settings().clone());
        }
        let client = SentinelClient::build(sentinels, master, Some(node), SentinelServerType::Master);
        Ok(Source::Sentinel(Box::new(client.map_err(unreadable)?)))
    }
}

impl std::fmt::Debug for RedisUrl {
    /// Without users and passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (scheme, rest) = self.base.split_once("://").unwrap_or(("", ""));
        let place = rest.rsplit('@').next().unwrap_or_default();
        write!(f, "{scheme}://{place}?tag={}", self.tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_and_passwords_are_not_shown() {
        let url = RedisUrl::parse("rediss://u:secret@h:1/2?tag=a-b&allow=everysec,no-persistence").unwrap();
        assert_eq!((url.tag.as_str(), url.allows_everysec, url.allows_no_persistence), ("a-b", true, true));
        assert_eq!(format!("{url:?}"), "rediss://h:1/2?tag=a-b");
        let sentinel = RedisUrl::parse("redis+sentinel://u:secret@h1,h2:5/mymaster").unwrap();
        assert!(sentinel.is_sentinel() && !sentinel.allows_no_replica);
        assert_eq!(format!("{sentinel:?}"), "redis+sentinel://h1,h2:5/mymaster?tag=chinampa");
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for (text, error) in [
            ("http://h", RedisUrlError::Scheme),
            ("redis", RedisUrlError::Scheme),
            ("redis://h?tag=", RedisUrlError::Tag),
            ("redis://h?tag=a:b", RedisUrlError::Tag),
            ("redis://h?allow=all", RedisUrlError::Parameter("all".to_owned())),
            ("redis+sentinel://h:1", RedisUrlError::Master),
        ] {
            assert_eq!(RedisUrl::parse(text), Err(error), "{text}");
        }
        assert!(RedisUrl::parse(&format!("redis://h?tag={}", "t".repeat(64))).is_ok());
        assert_eq!(RedisUrl::parse(&format!("redis://h?tag={}", "t".repeat(65))), Err(RedisUrlError::Tag));
    }
}
