//! The agent as a process: it has the terminal, and hears of signals that are meant for it.

use std::io;
use std::process::{Command, ExitCode, ExitStatus};

/// Runs a command to its end.
///
/// # Errors
/// If it can't be started.
pub async fn run(mut command: Command) -> io::Result<ExitStatus> {
    // Before it starts: from then on none of them ends this program and leaves the agent alone.
    let mut signals = signals::Signals::listen()?;
    let mut child = command.spawn()?;
    let process = child.id();
    let mut end = tokio::task::spawn_blocking(move || child.wait());
    loop {
        tokio::select! {
            status = &mut end => return status.map_err(io::Error::other)?,
            signal = signals.next() => signals::pass_on(process, signal),
        }
    }
}

/// The exit code that says how a process ended: its own, or as shells do where a signal ended it.
pub fn exit_code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX));
    }
    // Windows has larger ones.
    let code = status.code().unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))
}

#[cfg(unix)]
mod signals {
    use std::io::{self, IsTerminal};
    use std::process::{Command, Stdio};
    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// The signals that are dealt with.
    pub struct Signals {
        interrupt: Signal,
        quit: Signal,
        terminate: Signal,
        hang_up: Signal,
        /// Whether the terminal itself sends what is typed there to the agent as well.
        has_terminal: bool,
    }

    impl Signals {
        pub fn listen() -> io::Result<Self> {
            Ok(Self {
                interrupt: signal(SignalKind::interrupt())?,
                quit: signal(SignalKind::quit())?,
                terminate: signal(SignalKind::terminate())?,
                hang_up: signal(SignalKind::hangup())?,
                has_terminal: io::stdin().is_terminal()
                    || io::stdout().is_terminal()
                    || io::stderr().is_terminal(),
            })
        }

        /// The next one that the agent has not got.
        pub async fn next(&mut self) -> &'static str {
            loop {
                tokio::select! {
                    _ = self.interrupt.recv() => if !self.has_terminal { return "-INT" },
                    _ = self.quit.recv() => if !self.has_terminal { return "-QUIT" },
                    _ = self.terminate.recv() => return "-TERM",
                    _ = self.hang_up.recv() => return "-HUP",
                }
            }
        }
    }

    /// The standard library can only kill, so the system's `kill` does it.
    pub fn pass_on(process: u32, signal: &str) {
        let mut kill = Command::new("kill");
        kill.args([signal, &process.to_string()]);
        // It fails where the process has just ended by itself.
        let _ = kill.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

#[cfg(not(unix))]
mod signals {
    use std::io;

    /// Ctrl-C alone: the console sends it to the agent as well.
    pub struct Signals;

    impl Signals {
        pub fn listen() -> io::Result<Self> {
            Ok(Self)
        }

        pub async fn next(&mut self) -> &'static str {
            loop {
                if tokio::signal::ctrl_c().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        }
    }

    pub fn pass_on(_process: u32, _signal: &str) {}
}
