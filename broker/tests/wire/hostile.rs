//! Clients that send nonsense, too much, or nothing; and a store that fails.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chinampa_broker::WorkerConfig;
use chinampa_broker::queue::Change;
use chinampa_broker::server::ServerConfig;
use chinampa_broker::store::{Loaded, MemoryStore, Store, StoreError};
use chinampa_jobs::rpc::RpcLimits;

use crate::http::{Answer, Server, read};

const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"proverBroker_getProvingJob","params":[]}"#;

fn server(config: ServerConfig) -> Server {
    Server::start(MemoryStore::new(), (WorkerConfig::default(), config))
}

/// Sends bytes and reads until the server closes.
fn raw(server: &Server, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(request).unwrap();
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).unwrap();
    reply
}

fn post(server: &Server, headers: &str, body: &[u8]) -> Answer {
    let head = format!(
        "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    );
    read(&raw(server, &[head.as_bytes(), body].concat()))
}

fn get(server: &Server, path: &str) -> Answer {
    read(&raw(server, format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes()))
}

const JSON: &str = "content-type: application/json\r\n";

#[test]
fn a_body_ends_at_the_limit() {
    let limits = RpcLimits { max_body_len: 1000, ..RpcLimits::default() };
    let server = server(ServerConfig { limits, ..ServerConfig::default() });
    let padded = |len: usize| format!("{CALL}{}", " ".repeat(len - CALL.len()));
    assert_eq!(post(&server, JSON, padded(1000).as_bytes()).status, 200);
    let refused = post(&server, JSON, padded(1001).as_bytes());
    assert_eq!(refused.status, 500);
    assert!(refused.text.contains("request entity too large"), "{}", refused.text);
}

#[test]
fn nonsense_has_an_answer_and_the_server_goes_on() {
    let server = server(ServerConfig::default());
    let unknown = post(&server, &format!("{JSON}content-encoding: lzma\r\n"), b"x");
    assert_eq!(unknown.status, 500);
    assert!(unknown.text.contains("Unsupported Content-Encoding: lzma"), "{}", unknown.text);
    assert_eq!(post(&server, JSON, &[0xff; 100]).status, 400);
    assert_eq!(post(&server, JSON, "[".repeat(100_000).as_bytes()).status, 400);
    let id = "x".repeat(512);
    let call = CALL.replace("getProvingJob", "getProvingJobStatus").replace("[]", &format!("[\"{id}\"]"));
    assert_eq!(post(&server, JSON, call.as_bytes()).status, 400);
    assert_eq!(post(&server, JSON, call.replace(&id, &id[1..]).as_bytes()).status, 200);
    assert!(
        raw(&server, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n").starts_with(b"HTTP/1.1 400")
    );
    assert_eq!(get(&server, "/status").text, "OK");
}

#[test]
fn a_slow_client_is_cut_off() {
    let timeout = Duration::from_millis(200);
    let config = ServerConfig { header_timeout: timeout, body_timeout: timeout, ..ServerConfig::default() };
    let server = server(config);
    let begin = Instant::now();
    raw(&server, b"POST / HTTP/1.1\r\nhost:");
    let head =
        format!("POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{JSON}content-length: 100\r\n\r\n");
    let reply = read(&raw(&server, head.as_bytes()));
    assert_eq!(reply.status, 503);
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
}

#[test]
fn connections_above_the_limit_wait() {
    let server = server(ServerConfig { max_connections: 2, ..ServerConfig::default() });
    let idle = [(); 2].map(|()| TcpStream::connect(server.address).unwrap());
    // They are accepted when they have been served once.
    for mut stream in &idle {
        stream.write_all(b"GET /status HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        stream.read_exact(&mut [0; 15]).unwrap();
    }
    let mut third = TcpStream::connect(server.address).unwrap();
    third.write_all(b"GET /status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    third.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(third.read_exact(&mut [0; 15]).is_err(), "there is no place for it");
    drop(idle);
    third.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut reply = Vec::new();
    third.read_to_end(&mut reply).unwrap();
    assert_eq!(read(&reply).status, 200);
}

/// A store that fails while it is told to.
#[derive(Clone, Default)]
struct Failing {
    store: MemoryStore,
    fails: Arc<AtomicBool>,
}

impl Failing {
    fn work(&self) -> Result<(), StoreError> {
        if self.fails.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable("no space left".to_owned()));
        }
        Ok(())
    }
}

impl Store for Failing {
    fn load(&mut self) -> Result<Loaded, StoreError> {
        self.work()?;
        self.store.load()
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        self.work()?;
        self.store.commit(changes)
    }
}

#[test]
fn a_failing_store_makes_clients_try_again() {
    let store = Failing::default();
    let config = (WorkerConfig::default(), ServerConfig::default());
    let server = Server::start(store.clone(), config);
    let enqueue = |name: &str| {
        let job = format!(r#"[{{"id":"1:{name}","type":16,"epochNumber":1,"inputsUri":"x"}}]"#);
        let call = CALL.replace("getProvingJob", "enqueueProvingJob").replace("[]", &job);
        post(&server, JSON, call.as_bytes())
    };
    assert_eq!(enqueue("a").status, 200);
    store.fails.store(true, Ordering::Relaxed);
    let failed = enqueue("b");
    assert_eq!(failed.status, 503);
    assert!(failed.text.contains("no space left"), "{}", failed.text);
    assert_eq!(get(&server, "/readyz").status, 503);
    store.fails.store(false, Ordering::Relaxed);
    assert!(enqueue("b").text.contains("not-found"), "it was not kept");
    assert!(enqueue("a").text.contains("in-queue"), "it was");
    assert_eq!(get(&server, "/readyz").status, 200);
}
