//! What agents and node show a broker that asks who they are.

use std::path::PathBuf;

use chinampa_jobs::{BrokerAccess, TlsFiles};
use serde::Deserialize;

use crate::config::Resolved;

/// The part of the agent section that is read here.
#[derive(Debug, Deserialize)]
struct AccessSection {
    broker_token: Option<String>,
    broker_ca_file: Option<PathBuf>,
    broker_certificate_file: Option<PathBuf>,
    broker_key_file: Option<PathBuf>,
}

/// The token and the certificates that are configured.
pub(super) fn access(config: &Resolved) -> BrokerAccess {
    let section: AccessSection = config.section("agent");
    let tls = TlsFiles {
        authorities: section.broker_ca_file,
        certificate: section.broker_certificate_file,
        key: section.broker_key_file,
    };
    BrokerAccess { token: section.broker_token, tls }
}
