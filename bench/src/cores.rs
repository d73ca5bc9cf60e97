//! Which processor cores the load and the proxies run on.
//!
//! A loopback write wakes its reader "synchronously": where nothing holds it back the scheduler likes to run client,
//! proxy and backend in turn on one core, which halves what a wake-up costs, but only sometimes, and never where a
//! network lies between them. So the load gets a core of its own.

use std::process::{Command, Stdio};
use std::thread::available_parallelism;

/// Where things run.
pub struct Cores {
    /// The proxies' cores as `taskset` wants them; none where they can't be chosen.
    proxies: Option<String>,
}

impl Cores {
    /// Puts this process on the first core; to be called before it has threads.
    pub fn divide() -> Self {
        let count = available_parallelism().map_or(1, usize::from);
        let me = std::process::id().to_string();
        let mut taskset = Command::new("taskset");
        taskset.args(["-p", "-c", "0", &me]).stdout(Stdio::null()).stderr(Stdio::null());
        let divided = count > 1 && taskset.status().is_ok_and(|status| status.success());
        Self { proxies: divided.then(|| format!("1-{}", count - 1)) }
    }

    /// A command for a proxy, on the proxies' cores.
    pub fn command(&self, program: &std::ffi::OsStr) -> Command {
        let Some(cores) = &self.proxies else { return Command::new(program) };
        let mut command = Command::new("taskset");
        command.args(["-c", cores]).arg(program);
        command
    }

    /// A sentence for the report.
    pub fn told(&self) -> &'static str {
        match self.proxies {
            Some(_) => "The load ran on the first core, the proxies on the others.",
            None => "The load and the proxies shared all cores, which makes these numbers unsteady.",
        }
    }
}
