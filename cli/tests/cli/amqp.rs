//! Agents that a real RabbitMQ server wakes: real processes, of which one after another is away or killed.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use chinampa_testkit::rabbitmq::RabbitServer;

use crate::agents::{Agents, PATIENCE, Recorded, enqueue, epochs, settled_as_recorded};
use crate::start::Running;

/// After this long, an agent that has begun waits for messages of all of its queues.
const SETTLED: Duration = Duration::from_secs(3);

/// Before a broker: counts the claims that pass, and holds everything up when it is told to.
struct Gate {
    url: String,
    claims: Arc<AtomicUsize>,
    is_shut: Arc<AtomicBool>,
}

impl Gate {
    fn before(broker: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it listens"));
        let (claims, is_shut) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let (counted, shut) = (Arc::clone(&claims), Arc::clone(&is_shut));
        thread::spawn(move || {
            for here in listener.incoming().map_while(Result::ok) {
                let Ok(there) = TcpStream::connect(broker) else { continue };
                let (from, back) =
                    (here.try_clone().expect("a handle"), there.try_clone().expect("a handle"));
                let (counted, shut) = (Arc::clone(&counted), Arc::clone(&shut));
                thread::spawn(move || pass(from, there, &counted, &shut));
                thread::spawn(move || pass(back, here, &AtomicUsize::new(0), &AtomicBool::new(false)));
            }
        });
        Self { url, claims, is_shut }
    }

    fn claims(&self) -> usize {
        self.claims.load(Ordering::SeqCst)
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, claims: &AtomicUsize, is_shut: &AtomicBool) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(len @ 1..) = from.read(&mut buffer) {
        // A request's head comes in one piece.
        let is_claim = buffer[..len].starts_with(b"POST /v1/agent/claim");
        claims.fetch_add(usize::from(is_claim), Ordering::SeqCst);
        while is_shut.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(5));
        }
        if to.write_all(&buffer[..len]).is_err() {
            break;
        }
    }
    // The other direction ends as well.
    let _ = to.shutdown(std::net::Shutdown::Both);
}

/// The jobs of an epoch, one after another.
struct Jobs(std::vec::IntoIter<Recorded>);

impl Jobs {
    fn next(&mut self) -> [Recorded; 1] {
        [self.0.next().expect("the epoch has jobs enough")]
    }
}

/// Waits until this many more claims have been made than when there were `before`.
fn wait_for_claim(gates: &[&Gate], before: &[usize]) -> usize {
    let end = Instant::now() + PATIENCE;
    loop {
        let woken = gates.iter().zip(before).position(|(gate, before)| gate.claims() > *before);
        if let Some(index) = woken {
            return index;
        }
        assert!(Instant::now() < end, "no message wakes an agent");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A broker with this RabbitMQ server. No sweep happens, so that only what happens to jobs makes messages.
fn broker(rabbit: &RabbitServer) -> Running {
    Running::start_with("memory", &["--broker.amqp", &rabbit.url(), "--broker-amqp-sweep-ms", "86400000"])
}

/// An agent behind a gate, when RabbitMQ wakes it.
fn agent(gate: &Gate, rabbit: &RabbitServer, name: &str) -> Agents {
    let agents = Agents::start(&gate.url, &["--agent.amqp", &rabbit.url(), "--agent-name", name]);
    agents.wait_for("RabbitMQ wakes the agents");
    agents
}

fn ends_at_once(mut agents: Agents) {
    let begin = Instant::now();
    agents.signal("TERM");
    assert_eq!(agents.wait().code(), Some(0));
    assert!(begin.elapsed() < Duration::from_secs(10), "it waits for no message when it ends");
}

/// It asks the broker once in a minute only, so that a message is what wakes it here.
#[test]
fn rabbitmq_wakes_an_agent_that_leaves_the_broker_alone() {
    let rabbit = RabbitServer::start();
    let broker = broker(&rabbit);
    let mut client = broker.client();
    let mut jobs = Jobs(epochs().remove(&37).expect("a recorded epoch").into_iter());
    let gate = Gate::before(broker.address);
    let woken = agent(&gate, &rabbit, "woken");
    thread::sleep(SETTLED);
    let before = gate.claims();
    assert!(before <= 2, "{before} claims without a job");
    thread::sleep(Duration::from_secs(3));
    assert_eq!(gate.claims(), before, "an agent without a job leaves the broker alone");
    for _ in 0..2 {
        let (before, begin, job) = (gate.claims(), Instant::now(), jobs.next());
        enqueue(&mut client, &job);
        wait_for_claim(&[&gate], &[before]);
        println!("claimed {} ms after the enqueue", begin.elapsed().as_millis());
        settled_as_recorded(&mut client, &job);
        thread::sleep(Duration::from_secs(1));
        // One for the job, one after it, and one for a message that came while the agent was about to claim.
        let claims = gate.claims() - before;
        assert!(claims <= 3, "{claims} claims for a job");
    }
    ends_at_once(woken);
}

#[test]
#[ignore = "starts RabbitMQ twice: tests/interop/broker/run amqp"]
fn rabbitmq_and_agents_that_die_delay_at_worst() {
    let mut rabbit = RabbitServer::start();
    let broker = broker(&rabbit);
    let mut client = broker.client();
    let mut jobs = Jobs(epochs().remove(&37).expect("a recorded epoch").into_iter());
    let gates = [Gate::before(broker.address), Gate::before(broker.address)];
    let first = agent(&gates[0], &rabbit, "first");
    let job = jobs.next();
    enqueue(&mut client, &job);
    settled_as_recorded(&mut client, &job);

    // Without RabbitMQ, it waits at the broker.
    rabbit.kill();
    first.wait_for("RabbitMQ is away");
    let job = jobs.next();
    enqueue(&mut client, &job);
    settled_as_recorded(&mut client, &job);
    let begin = Instant::now();
    rabbit.restart();
    first.wait_for("RabbitMQ wakes the agents");
    println!("RabbitMQ wakes again {} ms after it was started", begin.elapsed().as_millis());
    drop(first);
    let agents = [agent(&gates[0], &rabbit, "second"), agent(&gates[1], &rabbit, "third")];
    thread::sleep(SETTLED);

    // One of them gets the message, and dies before the broker has its claim: the other one gets the message.
    let before = [gates[0].claims(), gates[1].claims()];
    gates.iter().for_each(|gate| gate.is_shut.store(true, Ordering::SeqCst));
    let job = jobs.next();
    enqueue(&mut client, &job);
    let woken = wait_for_claim(&[&gates[0], &gates[1]], &before);
    thread::sleep(Duration::from_millis(500));
    let other = 1 - woken;
    assert_eq!(gates[other].claims(), before[other], "one message wakes one agent");
    let mut agents = agents.map(Some);
    let begin = Instant::now();
    drop(agents[woken].take());
    gates[other].is_shut.store(false, Ordering::SeqCst);
    settled_as_recorded(&mut client, &job);
    println!("proven by the other one {} ms after the first was killed", begin.elapsed().as_millis());
    ends_at_once(agents[other].take().expect("it lives"));
}

#[test]
fn a_password_of_rabbitmq_is_not_logged() {
    let broker = Running::start("memory");
    let url = format!("http://{}", broker.address);
    // Nobody listens there.
    let agents = Agents::start(&url, &["--agent.amqp", "amqp://farm:hunter2@127.0.0.1:1/%2f"]);
    let line = agents.wait_for("RabbitMQ is away");
    assert!(line["error"].is_string(), "{line}");
    agents.signal("TERM");
    let said = agents.log.iter().map(|line| line.to_string()).collect::<String>();
    assert!(!format!("{line}{said}").contains("hunter2"), "{line}{said}");
}
