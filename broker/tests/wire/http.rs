//! A broker on a port of its own, and a client that sends what it is told and nothing else.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use chinampa_broker::server::{Guard, ServerConfig, serve};
use chinampa_broker::store::Store;
use chinampa_broker::{Broker, Worker, WorkerConfig};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::capture::Message;

/// Headers that describe the recorded connection and not the request.
const OF_CONNECTION: [&str; 3] = ["host", "connection", "content-length"];

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    /// The body, decompressed.
    pub(crate) text: String,
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    runtime: tokio::runtime::Runtime,
    serving: tokio::task::JoinHandle<()>,
    worker: Worker,
}

impl Server {
    pub(crate) fn start<S: Store + 'static>(store: S, config: (WorkerConfig, ServerConfig)) -> Self {
        Self::guarded(store, config, Guard::open())
    }

    pub(crate) fn guarded<S: Store + 'static>(
        store: S,
        (worker, config): (WorkerConfig, ServerConfig),
        guard: Guard,
    ) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (broker, worker) = Broker::start(worker, store).unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = runtime.spawn(serve(listener, broker, config, guard, async {
            let _ = stopped.await;
        }));
        Self { address, stop, runtime, serving, worker }
    }

    pub(crate) fn stop(self) {
        self.stop.send(()).unwrap();
        self.runtime.block_on(self.serving).unwrap();
        self.worker.join();
    }

    pub(crate) fn send(&self, request: &Message, body: &[u8]) -> Answer {
        let body = match request.header("content-encoding") {
            Some("gzip") => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(body).unwrap();
                encoder.finish().unwrap()
            }
            _ => body.to_vec(),
        };
        let mut text = format!(
            "{} {} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n",
            request.method.as_deref().unwrap(),
            request.path.as_deref().unwrap(),
            self.address
        );
        for (name, value) in
            request.headers.iter().filter(|(name, _)| !OF_CONNECTION.contains(&name.as_str()))
        {
            text.push_str(&format!("{name}: {}\r\n", value.as_str().unwrap()));
        }
        text.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream.write_all(&body).unwrap();
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).unwrap();
        read(&reply)
    }
}

/// Reads a whole reply.
pub(crate) fn read(reply: &[u8]) -> Answer {
    let end = reply.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = std::str::from_utf8(&reply[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.map(|line| line.split_once(": ").unwrap());
    let headers: BTreeMap<_, _> =
        headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    let body = &reply[end + 4..];
    let bytes = match headers.get("content-encoding").map(String::as_str) {
        Some("gzip") => {
            let mut bytes = Vec::new();
            flate2::read::GzDecoder::new(body).read_to_end(&mut bytes).unwrap();
            bytes
        }
        Some("zstd") => zstd::decode_all(body).unwrap(),
        _ => body.to_vec(),
    };
    Answer { status, headers, text: String::from_utf8(bytes).unwrap() }
}
