//! A real RabbitMQ server for a test: ports, a folder and a name service of its own, killed when it is dropped.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const PROGRAM: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/// A running server.
#[derive(Debug)]
pub struct RabbitServer {
    child: Child,
    folder: PathBuf,
    port: u16,
    distribution_port: u16,
    names_port: u16,
}

impl RabbitServer {
    /// Starts a server and waits until it answers.
    ///
    /// # Panics
    /// If there is no RabbitMQ (Debian package rabbitmq-server), or it does not start.
    pub fn start() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("chinampa-rabbit-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
        std::fs::write(folder.join("plugins"), "[].").expect("it can");
        std::fs::write(folder.join("environment"), "").expect("it can");
        let [port, distribution_port, names_port] = free_ports();
        let ports = (port, distribution_port, names_port);
        let child = spawn(&folder, ports).expect("RabbitMQ starts (Debian package rabbitmq-server)");
        let server = Self { child, folder, port, distribution_port, names_port };
        server.wait();
        server
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.port)
    }

    /// Kills it, as a power cut would.
    pub fn kill(&mut self) {
        // Its own group: the script, the Erlang machine and its helpers. It may have ended already.
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-s", "KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.child.wait();
    }

    /// Starts it again on what it has kept.
    ///
    /// # Panics
    /// If it does not start.
    pub fn restart(&mut self) {
        let ports = (self.port, self.distribution_port, self.names_port);
        self.child = spawn(&self.folder, ports).expect("it has started before");
        self.wait();
    }

    fn wait(&self) {
        let begin = Instant::now();
        while !self.answers() {
            assert!(begin.elapsed() < Duration::from_secs(120), "RabbitMQ does not answer");
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Whether it takes part in the protocol's first exchange.
    fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return false };
        let mut start = [0; 1];
        stream.write_all(b"AMQP\x00\x00\x09\x01").and_then(|()| stream.read_exact(&mut start)).is_ok()
    }
}

impl Drop for RabbitServer {
    fn drop(&mut self) {
        self.kill();
        // The name service goes on when its nodes are gone.
        let mut names = Command::new("epmd");
        names.args(["-port", &self.names_port.to_string(), "-kill"]);
        let _ = names.stdout(Stdio::null()).stderr(Stdio::null()).status();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn free_ports() -> [u16; 3] {
    let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").expect("there is a free port"));
    listeners.map(|listener| listener.local_addr().expect("it is bound").port())
}

fn spawn(folder: &Path, (port, distribution_port, names_port): (u16, u16, u16)) -> io::Result<Child> {
    Command::new(PROGRAM)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("RABBITMQ_NODENAME", format!("test{port}@localhost"))
        .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
        .env("RABBITMQ_NODE_PORT", port.to_string())
        .env("RABBITMQ_DIST_PORT", distribution_port.to_string())
        .env("ERL_EPMD_PORT", names_port.to_string())
        .env("RABBITMQ_MNESIA_BASE", folder.join("data"))
        .env("RABBITMQ_LOG_BASE", folder.join("log"))
        .env("RABBITMQ_PID_FILE", folder.join("pid"))
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins"))
        .env("RABBITMQ_CONF_ENV_FILE", folder.join("environment"))
        .env("RABBITMQ_CONFIG_FILE", folder.join("rabbitmq"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
}
