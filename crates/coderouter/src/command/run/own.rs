//! A router for one agent: a process of its own, so that nothing it says gets on the agent's terminal, and that no
//! Ctrl-C meant for the agent reaches. It ends with this program however that ends, as its standard input does.

use super::Run;
use crate::command::plain::plain;
use crate::command::serve::attached;
use crate::config;
use anyhow::{Context, anyhow};
use canon::config::Config;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::time;

/// How long it may take until it listens.
const START: Duration = Duration::from_secs(20);

/// How long it may take to end: a little more than it gives requests under way.
const END: Duration = Duration::from_secs(12);

/// How many logs are kept.
const LOGS: usize = 20;

/// How many lines of its log are shown where it did not start.
const LAST_LINES: usize = 12;

/// Lines of standard output.
type Said = BufReader<ChildStdout>;

/// The router. Dropping it tells it to end.
pub struct Own {
    child: Child,
    /// What it says on standard output, behind its port.
    said: Option<Said>,
    log: PathBuf,
    /// The port it listens on.
    pub port: u16,
}

impl Own {
    /// Starts it and waits until it listens.
    pub async fn start(run: &Run, config: Option<&Config>) -> anyhow::Result<Self> {
        let log = log_path(config)?;
        let file = store::line_file(&log).map_err(|error| anyhow!("the log can't be written: {error}"))?;
        let program = std::env::current_exe().context("the program's own file can't be found")?;
        let mut command = Command::new(program);
        command.args(["serve", "--attached", "--log-format", "json"]).args(arguments(run));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(file);
        apart(&mut command);
        let mut child = command.spawn().context("the router can't be started")?;
        let said = child.stdout.take().map(BufReader::new);
        let mut own = Self { child, said, log, port: 0 };
        match own.line(START).await.as_deref().and_then(attached::port) {
            Some(port) => own.port = port,
            None => return Err(own.complaint("the router did not start")),
        }
        Ok(own)
    }

    /// The next line it says; none where it ends or takes too long.
    async fn line(&mut self, patience: Duration) -> Option<String> {
        let mut said = self.said.take()?;
        let read = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            said.read_line(&mut line).ok().filter(|length| *length > 0).map(|_| (line, said))
        });
        let (line, said) = time::timeout(patience, read).await.ok()?.ok()??;
        self.said = Some(said);
        Some(line)
    }

    /// Where its log is.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Ends it and waits until it is gone; gives the figures it ends with.
    ///
    /// # Errors
    /// If it was gone before.
    pub async fn end(mut self) -> anyhow::Result<Value> {
        drop(self.child.stdin.take());
        let figures = self.line(END).await.and_then(|line| serde_json::from_str(&line).ok());
        let started = Instant::now();
        while started.elapsed() < END && matches!(self.child.try_wait(), Ok(None)) {
            time::sleep(Duration::from_millis(10)).await;
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        figures.with_context(|| format!("the router ended before the agent; see {}", self.log.display()))
    }

    /// What went wrong, with the end of the log.
    fn complaint(mut self, what: &str) -> anyhow::Error {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(LAST_LINES)..].iter();
        let last: String = last.map(|line| format!("\n  {}", plain(line))).collect();
        anyhow!("{what}; it said:{last}\nhint: all it said is in {}", self.log.display())
    }
}

fn arguments(run: &Run) -> Vec<std::ffi::OsString> {
    let mut arguments = Vec::new();
    let mut give = |name: &str, value: &std::ffi::OsStr| arguments.extend([name.into(), value.to_owned()]);
    if let Some(path) = &run.place.config {
        give("--config", path.as_os_str());
    }
    if let Some(port) = run.place.port {
        give("--port", port.to_string().as_ref());
    }
    if let Some(profile) = &run.profile {
        give("--mode", profile.as_ref());
    }
    run.look_at.iter().for_each(|url| give("--look-at", url.as_ref()));
    arguments.extend(run.use_keys.then(|| "--use-keys".into()));
    arguments
}

/// Out of reach of what is typed on the terminal.
fn apart(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(windows)]
    {
        const NEW_PROCESS_GROUP: u32 = 0x200;
        std::os::windows::process::CommandExt::creation_flags(command, NEW_PROCESS_GROUP);
    }
    #[cfg(not(any(unix, windows)))]
    let _ = command;
}

/// A new log below the folder of what is kept. Of older ones the oldest go.
fn log_path(config: Option<&Config>) -> anyhow::Result<PathBuf> {
    let configured = config.and_then(|config| config.state.dir.clone());
    let usual = || std::env::home_dir().map(|home| config::default_state_dir(&home));
    let folder = configured.or_else(usual).context("there is no home folder to keep a log in")?.join("logs");
    prune(&folder);
    let now = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S");
    Ok(folder.join(format!("run-{now}-{}.log", std::process::id())))
}

fn prune(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("run-") && name.ends_with(".log")
    };
    let mut logs: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_ours).collect();
    // Their names begin with the time.
    logs.sort();
    let too_many = (logs.len() + 1).saturating_sub(LOGS);
    // One that stays has to be deleted the next time.
    logs.iter().take(too_many).for_each(|path| drop(std::fs::remove_file(path)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_oldest_logs_go() {
        let folder = std::env::temp_dir().join(format!("coderouter-logs-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let names = (0..LOGS + 2).map(|at| format!("run-20260101-0000{at:02}-1.log"));
        names.chain(["mine.log".to_owned()]).for_each(|name| std::fs::write(folder.join(name), "").unwrap());
        prune(&folder);
        let left = std::fs::read_dir(&folder).unwrap().count();
        assert!(!folder.join("run-20260101-000000-1.log").exists() && folder.join("mine.log").exists());
        assert_eq!(left, LOGS);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
