//! Runs the restart command of a provider: without a shell, in a process group of its own, with nothing to
//! read.
//!
//! A command that is still there after its grace is taken for a server and left alone. Whether the backend is
//! back is for a probe to say, not for an exit status. Not here: when a restart may run (`routing::exclusion`).

mod log;
mod watch;

pub use log::{LOG_LIMIT, TAIL_LIMIT};

use log::Log;
use std::fmt;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time;
use watch::{Watch, Watched};

/// What is to run, and how.
#[derive(Clone, Copy, Debug)]
pub struct Restart<'a> {
    /// The program and its arguments, each as it is given to it. Whoever wants a shell names one:
    /// `["/bin/sh", "-c", "..."]`.
    pub command: &'a [String],
    /// How long the command may take before it counts as a server.
    pub grace: Duration,
    /// Where its output goes, a file of the router's own that is emptied at the start and kept below
    /// [`LOG_LIMIT`]; none drops it. A file and no pipe, so that a server outlives the router.
    pub log: Option<&'a Path>,
}

/// How a restart went.
#[derive(Debug)]
pub enum Outcome {
    /// The command has ended well.
    Done,
    /// The command has ended badly.
    Failed(Failure),
    /// The command is still there and stays; nobody has to wait for it.
    Stays(Server),
    /// There is nothing to run, or it could not be started.
    NotStarted(io::Error),
}

/// A command that ended badly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// None where it could not be found out.
    pub status: Option<ExitStatus>,
    /// The end of what it had to say, at most [`TAIL_LIMIT`] bytes; empty without a log. Not redacted.
    pub output: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "{status}")?,
            None => f.write_str("lost sight of it")?,
        }
        let output = self.output.trim();
        if output.is_empty() { Ok(()) } else { write!(f, ": {output}") }
    }
}

/// A command that stays. Dropping this leaves it alone: it goes on, even when the router ends, and while the
/// router runs it is waited for once it has ended, so that no zombie is left.
#[derive(Debug)]
pub struct Server {
    process: u32,
    watch: Watch,
    ended: oneshot::Receiver<io::Result<ExitStatus>>,
}

impl Server {
    /// The number of its process, which is also that of its group.
    pub fn process(&self) -> u32 {
        self.process
    }

    /// Whether it has not ended yet. One that runs and does not answer has to go before another is started.
    pub fn is_running(&self) -> bool {
        self.watch.is_running()
    }

    /// Asks its whole process group to end, and kills it where its leader takes longer than `patience`. Returns
    /// when the leader is gone. Dropped midway, it ends all the same.
    pub async fn end(self, patience: Duration) {
        self.watch.end(patience);
        // An error only says that the watch is gone, and it goes when the process is.
        let _ = self.ended.await;
    }
}

impl Restart<'_> {
    /// Runs the command and comes back once it has ended or its grace is over. Dropped midway, the command goes
    /// on and is waited for all the same.
    pub async fn run(&self) -> Outcome {
        self.watched().await.unwrap_or_else(Outcome::NotStarted)
    }

    async fn watched(&self) -> io::Result<Outcome> {
        let log = Log::open(self.log)?;
        let Watched { watch, started, mut ended } = watch::start(self.command(&log)?, log.clone())?;
        let process = started.await.map_err(io::Error::other)??;
        Ok(match time::timeout(self.grace, &mut ended).await {
            Err(_) => Outcome::Stays(Server { process, watch, ended }),
            Ok(Ok(Ok(status))) if status.success() => Outcome::Done,
            Ok(end) => {
                let status = end.ok().and_then(Result::ok);
                Outcome::Failed(Failure { status, output: log.tail() })
            }
        })
    }

    /// It gets the router's own environment and nothing else.
    fn command(&self, log: &Log) -> io::Result<Command> {
        let (program, arguments) = match self.command {
            [program, arguments @ ..] if !program.is_empty() => (program, arguments),
            _ => return Err(io::Error::new(io::ErrorKind::InvalidInput, "the restart command is empty")),
        };
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null());
        command.stdout(log.writer()?).stderr(log.writer()?);
        // A Ctrl-C that is meant for the router must not reach it, and it can be ended with all it has started.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Ok(command)
    }
}

#[cfg(test)]
mod tests;
