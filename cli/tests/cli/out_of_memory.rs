//! bb ended by the kernel in a control group without enough memory: what the agent says of it, and that it goes on.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::agents::{enqueue, recorded};
use crate::reliability::{agents_with_bb, failure, view};
use crate::start::Running;

/// Enough for an agent that proves a small circuit.
const LIMIT_BYTES: u64 = 300 << 20;

/// A control group with little memory. It is removed when it is dropped, once its processes have ended.
struct Group(PathBuf);

impl Group {
    /// The error says why there cannot be one here.
    fn new() -> Result<Self, String> {
        let own = fs::read_to_string("/proc/self/cgroup").map_err(|error| error.to_string())?;
        let path = |start: &str| {
            own.lines().find_map(|line| line.split_once(start).map(|(_, path)| path.to_owned()))
        };
        let name = format!("chinampa-test-{}", std::process::id());
        let unified = Path::new("/sys/fs/cgroup");
        let (folder, limits) = if unified.join("cgroup.controllers").exists() {
            // Only a group without processes of its own may limit those below it.
            let groups = path("0::/").unwrap_or_default();
            let mut groups = Path::new(&groups).ancestors().map(|group| unified.join(group));
            let gives_memory = |group: &PathBuf| {
                fs::read_to_string(group.join("cgroup.subtree_control"))
                    .is_ok_and(|controllers| controllers.split_whitespace().any(|name| name == "memory"))
            };
            let parent = groups.find(gives_memory).ok_or("no control group limits the memory of others")?;
            (parent.join(name), vec![("memory.max", LIMIT_BYTES), ("memory.swap.max", 0)])
        } else {
            let parent = path(":memory:/").ok_or("there is no memory controller")?;
            (unified.join("memory").join(parent).join(name), vec![("memory.limit_in_bytes", LIMIT_BYTES)])
        };
        fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let group = Self(folder);
        for (file, value) in limits {
            let written = fs::write(group.0.join(file), value.to_string());
            // A machine without swap has no file for it.
            written.or_else(|error| if value == 0 { Ok(()) } else { Err(format!("{file}: {error}")) })?;
        }
        Ok(group)
    }

    fn add(&self, process: u32) {
        fs::write(self.0.join("cgroup.procs"), process.to_string()).expect("a process of ours");
    }

    /// How often the kernel has ended a process in it.
    fn kills(&self) -> u64 {
        let files = ["memory.events", "memory.oom_control"].map(|file| fs::read_to_string(self.0.join(file)));
        let text = files.into_iter().find_map(Result::ok).expect("a count");
        let count = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
        count.expect("a count").trim().parse().expect("a number")
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Processes that were killed take a moment to leave; it goes with the machine otherwise.
        for _ in 0..40 {
            if fs::remove_dir(&self.0).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

#[test]
#[ignore = "the kernel ends processes for want of memory: it needs root and a control group of its own"]
fn a_bb_that_the_kernel_ends_is_out_of_memory_and_agents_go_on() {
    let group = match Group::new() {
        Ok(group) => group,
        Err(reason) => {
            eprintln!("skipped: {reason}");
            return;
        }
    };
    let broker = Running::start_with("memory", &["--broker-job-max-retries", "1"]);
    let url = format!("http://{}", broker.address);
    let mut client = broker.client();
    let folder = tempfile::tempdir().expect("a folder");
    // `tail` keeps a line in memory until it ends. The second way, a shell stays and hides how it ended.
    let way = folder.path().join("way");
    let script = format!(
        "case $(cat {}) in 1) exec tail /dev/zero ;; 2) tail /dev/zero; exit 1 ;; *) echo refused; exit 1 ;; esac",
        way.display()
    );
    let mut agents = agents_with_bb(&url, folder.path(), &script, &[]);
    agents.wait_for("agents start");
    group.add(agents.child.id());
    for (number, epoch, class) in [("1", 37, "outOfMemory"), ("2", 42, "outOfMemory"), ("3", 43, "jobError")]
    {
        fs::write(&way, number).expect("a file");
        let kills = group.kills();
        let job = recorded(epoch, ":PARITY_ROOT:");
        enqueue(&mut client, std::slice::from_ref(&job));
        let failure = failure(&mut client, &job);
        assert_eq!(failure["class"], class, "{failure}");
        if class == "outOfMemory" {
            assert!(group.kills() > kills, "it was the kernel");
            // The next one gets more.
            agents.wait_for("PARITY_ROOT had too little memory");
            // Not rejected, although one failure of its own would have done that.
            assert_ne!(view(&mut client, &job)["state"], "rejected");
            client.call("cancelProvingJob", &json!([job.id])).expect("the broker lives");
        } else {
            assert!(failure["reason"].as_str().expect("a reason").contains("refused"), "{failure}");
        }
    }
    agents.child.kill().expect("a child");
    agents.wait();
}
