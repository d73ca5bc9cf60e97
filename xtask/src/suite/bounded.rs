//! Runs a command that may not outlive its limit: first it is asked to end, then made to.

use anyhow::{Context, Result, bail};
use std::io::{self, IsTerminal};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// What a command has left to tidy up after being asked to end.
const GRACE: Duration = Duration::from_secs(15);

/// Errors where the command does not start, does not end well, or has to be ended.
pub(super) fn run_within(command: &mut Command, limit: Duration) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let group = !io::stdin().is_terminal() && lead_group(command);
    let mut child =
        command.stdin(Stdio::null()).spawn().with_context(|| format!("failed to start {name}"))?;
    let target = target(&child, group);
    let (running, ended) = mpsc::channel::<()>();
    let watch = thread::spawn(move || end_when_late(&target, &ended, limit));
    let status = child.wait();
    drop(running);
    let late = watch.join().unwrap_or_default();
    let status = status.with_context(|| format!("failed to wait for {name}"))?;
    if late {
        bail!("ended after {} minutes", limit.as_secs() / 60);
    }
    if !status.success() {
        bail!("{status}");
    }
    Ok(())
}

/// At a terminal the child stays in our group, so that Ctrl-C reaches it; elsewhere its whole group can be ended.
#[cfg(unix)]
fn lead_group(command: &mut Command) -> bool {
    std::os::unix::process::CommandExt::process_group(command, 0);
    true
}

#[cfg(not(unix))]
fn lead_group(_command: &mut Command) -> bool {
    false
}

fn target(child: &Child, group: bool) -> String {
    if group { format!("-{}", child.id()) } else { child.id().to_string() }
}

/// Waits until the command is done, which closes the channel, or its time is over.
fn end_when_late(target: &str, ended: &Receiver<()>, limit: Duration) -> bool {
    let late = |limit| ended.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
    if !late(limit) {
        return false;
    }
    signal("-TERM", target);
    if late(GRACE) {
        signal("-KILL", target);
    }
    true
}

fn signal(signal: &str, target: &str) {
    // A process that is gone already is what we want.
    let _ = Command::new("kill").args([signal, "--", target]).stderr(Stdio::null()).status();
}

#[cfg(all(test, unix))]
mod tests {
    use super::run_within;
    use std::process::Command;
    use std::time::Duration;

    #[track_caller]
    fn check(script: &str, limit: Duration, expect: &str) {
        let outcome = run_within(Command::new("sh").args(["-c", script]), limit);
        assert_eq!(outcome.map_or_else(|error| error.to_string(), |()| "passed".to_owned()), expect);
    }

    #[test]
    fn a_command_ends_well_badly_or_late() {
        check("exit 0", Duration::from_secs(60), "passed");
        check("exit 3", Duration::from_secs(60), "exit status: 3");
        check("exec sleep 600", Duration::ZERO, "ended after 0 minutes");
    }

    #[test]
    fn a_command_that_is_not_there_is_named() {
        let outcome = run_within(&mut Command::new("no-such-command"), Duration::from_secs(60));
        assert_eq!(
            outcome.map_err(|error| error.to_string()),
            Err("failed to start no-such-command".to_owned())
        );
    }
}
