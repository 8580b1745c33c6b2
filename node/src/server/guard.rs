//! Who may change something.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use sha2::{Digest as _, Sha256};

use super::NodeApi;
use super::admin::Refusal;

/// Proof that the caller may change something.
pub(super) struct Admin;

impl FromRequestParts<NodeApi> for Admin {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &NodeApi) -> Result<Self, Refusal> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        if may_change(&parts.headers, peer, api.key_sha256.as_deref()) {
            return Ok(Self);
        }
        let message = match api.key_sha256 {
            Some(_) => "show the administration key: Authorization: Bearer KEY",
            None => "without server.admin_api_key_hash, changes are taken from this machine only",
        };
        Err(Refusal::new(StatusCode::UNAUTHORIZED, "unauthenticated", message))
    }
}

/// Whether a caller may change something: it shows the key, or there is none and it is on this machine.
pub(super) fn may_change(headers: &HeaderMap, peer: Option<IpAddr>, key_sha256: Option<&str>) -> bool {
    let Some(expected) = key_sha256 else {
        return peer.is_some_and(|address| address.to_canonical().is_loopback());
    };
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = bearer
        .and_then(|value| value.strip_prefix("Bearer "))
        .or_else(|| headers.get("x-api-key").and_then(|value| value.to_str().ok()));
    // Hashes are compared, so the time that a comparison takes says nothing of the key.
    key.is_some_and(|key| alloy::hex::encode(Sha256::digest(key.as_bytes())) == expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET_SHA256: &str = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

    fn with(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
    }

    #[test]
    fn a_key_is_asked_of_everybody() {
        let local = Some(IpAddr::from([127, 0, 0, 1]));
        for headers in [with("authorization", "Bearer secret"), with("x-api-key", "secret")] {
            assert!(may_change(&headers, None, Some(SECRET_SHA256)));
        }
        for headers in [HeaderMap::new(), with("x-api-key", "Secret"), with("authorization", "secret")] {
            assert!(!may_change(&headers, local, Some(SECRET_SHA256)));
        }
    }

    #[test]
    fn without_a_key_only_this_machine_may() {
        let peers = ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "::ffff:10.0.0.1"];
        let may = peers.map(|peer| may_change(&HeaderMap::new(), peer.parse().ok(), None));
        assert_eq!(may, [true, true, true, false, false]);
    }
}
