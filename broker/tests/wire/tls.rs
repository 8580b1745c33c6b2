//! TLS and client certificates over real sockets.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chinampa_broker::WorkerConfig;
use chinampa_broker::access::{AccessConfig, hash_hex};
use chinampa_broker::server::{Guard, ServerConfig, Tls, TlsError};
use chinampa_broker::store::MemoryStore;
use chinampa_jobs::agent::{AgentClient, BeatRequest, ClientError, Method, WireFormat};
use chinampa_jobs::rpc::{Call, RpcClient, RpcClientError};
use chinampa_jobs::{AccessError, BrokerAccess, TlsFiles};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::http::{Answer, Server, read};

const ADMIN_KEY: &str = "key";

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key.
struct Identity {
    der: CertificateDer<'static>,
    pem: String,
    key: KeyPair,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    fn sign(&self, name: &str) -> Identity {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity { der: certificate.der().clone(), pem: certificate.pem(), key }
    }
}

fn server(folder: &Path, authority: &Authority, clients: &Authority) -> Server {
    let own = authority.sign("localhost");
    let path = |name: &str| folder.join(name);
    fs::write(path("cert.pem"), &own.pem).unwrap();
    fs::write(path("key.pem"), own.key.serialize_pem()).unwrap();
    fs::write(path("clients.pem"), &clients.pem).unwrap();
    let tls = Tls::load(&path("cert.pem"), &path("key.pem"), Some(&path("clients.pem"))).unwrap();
    let access = AccessConfig { is_open: false, admin_key_sha256: Some(hash_hex(ADMIN_KEY)) };
    let guard = Guard { access, tls: Some(tls), ..Guard::default() };
    Server::guarded(MemoryStore::new(), (WorkerConfig::default(), ServerConfig::default()), guard)
}

fn hash_hex_bytes(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An answer, or none if there is no connection.
fn send(
    server: &Server,
    authority: &Authority,
    identity: Option<&Identity>,
    request: (&str, &str),
    body: &str,
) -> Option<Answer> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).unwrap()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.key.serialize_der()));
            builder.with_client_auth_cert(vec![identity.der.clone()], key).unwrap()
        }
    };
    let connection = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(server.address).unwrap());
    let (method, path) = request;
    let authorization = if body.is_empty() && identity.is_some() {
        String::new()
    } else {
        format!("authorization: Bearer {ADMIN_KEY}\r\n")
    };
    let text = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{authorization}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes()).ok()?;
    let mut reply = Vec::new();
    // A server that ends without saying goodbye is no matter here; an empty reply is.
    let _ = stream.read_to_end(&mut reply);
    (!reply.is_empty()).then(|| read(&reply))
}

#[test]
fn a_certificate_that_was_let_in_counts_until_it_is_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, clients) = (Authority::new(), Authority::new());
    let server = server(folder.path(), &authority, &clients);
    let agent = clients.sign("agent");
    let queue = ("GET", "/v1/queue");
    assert_eq!(send(&server, &authority, Some(&agent), queue, "").unwrap().status, 401, "nobody knows it");
    let sha256 = hash_hex_bytes(&agent.der).to_uppercase();
    let body = format!(r#"{{"name":"rack","role":"viewer","certificateSha256":"{sha256}"}}"#);
    let made = send(&server, &authority, None, ("POST", "/v1/tokens"), &body).unwrap();
    assert_eq!(made.status, 200, "{}", made.text);
    assert_eq!(send(&server, &authority, Some(&agent), queue, "").unwrap().status, 200);
    let pause = ("POST", "/v1/queue/pause");
    assert_eq!(send(&server, &authority, Some(&agent), pause, "").unwrap().status, 403, "its role");
    let path = format!("/v1/tokens/{}", sha256.to_lowercase());
    assert_eq!(send(&server, &authority, None, ("DELETE", &path), " ").unwrap().status, 200);
    assert_eq!(send(&server, &authority, Some(&agent), queue, "").unwrap().status, 401);
    let stranger = authority.sign("agent");
    assert!(send(&server, &authority, Some(&stranger), queue, "").is_none(), "signed by somebody else");
    // Somebody who speaks no TLS gets nothing, and the server goes on.
    let mut plain = TcpStream::connect(server.address).unwrap();
    plain.write_all(b"GET /status HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut reply = Vec::new();
    let _ = plain.read_to_end(&mut reply);
    assert!(!reply.starts_with(b"HTTP"));
    assert_eq!(send(&server, &authority, None, ("GET", "/status"), " ").unwrap().status, 200);
}

/// Whether our own protocol and Aztec's are refused.
async fn refusals(url: &str, access: &BrokerAccess) -> [bool; 2] {
    let own = AgentClient::new(url, access, WireFormat::Bincode).unwrap();
    let beat = own.beat(&BeatRequest { agent: "rack-1".parse().unwrap(), jobs: Vec::new() }).await;
    let is_refused = match beat {
        Ok(_) => false,
        Err(ClientError::Refused { status: 401, .. }) => true,
        Err(error) => panic!("{error}"),
    };
    let aztec = RpcClient::new(url, access, Duration::from_secs(5)).unwrap();
    let asked = aztec.call(&Call::GetProvingJob(None)).await;
    let is_aztec_refused = match asked {
        Ok(_) => false,
        Err(RpcClientError::Denied { status: 401 }) => true,
        Err(error) => panic!("{error}"),
    };
    [is_refused, is_aztec_refused]
}

#[test]
fn both_protocols_take_a_token_or_a_certificate() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (authority, clients) = (Authority::new(), Authority::new());
    let server = server(folder.path(), &authority, &clients);
    let url = format!("https://localhost:{}", server.address.port());
    let path = |name: &str| folder.path().join(name);
    fs::write(path("authority.pem"), &authority.pem).unwrap();
    let own = clients.sign("rack");
    fs::write(path("rack.pem"), &own.pem).unwrap();
    fs::write(path("rack-key.pem"), own.key.serialize_pem()).unwrap();
    let tls = TlsFiles { authorities: Some(path("authority.pem")), ..TlsFiles::default() };
    let refused = |access: &BrokerAccess| runtime.block_on(refusals(&url, access));
    let nobody = BrokerAccess { token: None, tls: tls.clone() };
    assert_eq!(refused(&nobody), [true, true]);
    let with_token = BrokerAccess { token: Some(ADMIN_KEY.to_owned()), tls: tls.clone() };
    assert_eq!(refused(&with_token), [false, false]);
    let (certificate, key) = (Some(path("rack.pem")), Some(path("rack-key.pem")));
    let with_certificate = BrokerAccess { token: None, tls: TlsFiles { certificate, key, ..tls } };
    assert_eq!(refused(&with_certificate), [true, true], "nobody has given it a role");
    let body = json!({"name": "rack", "role": "agent", "certificateSha256": hash_hex_bytes(&own.der)});
    let admin = AgentClient::new(&url, &with_token, WireFormat::Json).unwrap();
    runtime.block_on(admin.administer(Method::POST, "/v1/tokens", Some(&body))).unwrap();
    assert_eq!(refused(&with_certificate), [false, false]);
    let stranger =
        AgentClient::new(&url, &BrokerAccess::with_token(Some(ADMIN_KEY)), WireFormat::Json).unwrap();
    let unknown = runtime.block_on(stranger.administer(Method::GET, "/v1/queue", None));
    assert!(matches!(unknown, Err(ClientError::Unreachable(_))), "it does not know the broker: {unknown:?}");
}

#[test]
fn credentials_that_cannot_be_used_are_refused_before_any_call() {
    let no_header = BrokerAccess::with_token(Some("line\nbreak"));
    let refused = AgentClient::new("https://localhost:1", &no_header, WireFormat::Json);
    assert!(matches!(refused, Err(ClientError::BrokerAccess(AccessError::Token))), "{refused:?}");
    let tls = TlsFiles { certificate: Some("rack.pem".into()), ..TlsFiles::default() };
    let refused =
        RpcClient::new("https://localhost:1", &BrokerAccess { token: None, tls }, Duration::from_secs(1));
    assert!(matches!(refused, Err(RpcClientError::BrokerAccess(AccessError::Tls { .. }))), "{refused:?}");
    let shown = format!("{:?}", BrokerAccess::with_token(Some("secret")));
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn files_that_are_no_certificates_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (bad, missing) = (folder.path().join("bad.pem"), folder.path().join("missing.pem"));
    fs::write(&bad, "nothing").unwrap();
    for path in [&bad, &missing] {
        let refused = Tls::load(path, path, None);
        assert!(matches!(refused, Err(TlsError::File { .. })), "{refused:?}");
    }
}
