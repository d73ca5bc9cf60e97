//! Other programs, asked a question: for at most 15 seconds, and no more of their answer is read than anybody needs.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How long a program may take.
const LIMIT: Duration = Duration::from_secs(15);

/// How much of its answer is read.
const MAX_ANSWER: u64 = 64 * 1024;

/// Between two looks at a program that has closed its output and not ended.
const LOOK: Duration = Duration::from_millis(20);

/// What is run.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The program, found by the search path.
    pub program: &'a str,
    /// Its arguments.
    pub arguments: &'a [&'a str],
    /// The folder it runs in; else that of this process.
    pub folder: Option<&'a Path>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ran {
    /// There is no such program.
    Absent,
    /// It did not end in time, or could not be run.
    Failed,
    /// It ended.
    Ended {
        /// Its exit code, where no signal ended it.
        code: Option<i32>,
        /// What it printed on standard output.
        out: String,
    },
}

/// How programs are run: [`run`], or what a test says instead.
pub type Run<'a> = &'a dyn Fn(Call<'_>) -> Ran;

/// Runs a program without input, and hears only its standard output.
pub fn run(call: Call<'_>) -> Ran {
    let started = Instant::now();
    let mut command = Command::new(call.program);
    command.args(call.arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    // A hook of git's would have us look at another repository.
    command.env_remove("GIT_DIR").env_remove("GIT_WORK_TREE").env_remove("GIT_INDEX_FILE");
    if let Some(folder) = call.folder {
        command.current_dir(folder);
    }
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ran::Absent,
        Err(_) => return Ran::Failed,
    };
    let heard = hear(&mut child);
    let ended = heard.recv_timeout(LIMIT).ok().and_then(|out| {
        let (_alive, never) = mpsc::channel::<()>();
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Some(Ran::Ended { code: status.code(), out }),
                Ok(None) if started.elapsed() < LIMIT => {
                    let _ = never.recv_timeout(LOOK);
                }
                _ => return None,
            }
        }
    });
    ended.unwrap_or_else(|| {
        let _ = child.kill();
        let _ = child.wait();
        Ran::Failed
    })
}

/// What the program prints, once it has ended its output or printed enough.
fn hear(child: &mut Child) -> mpsc::Receiver<String> {
    let (said, heard) = mpsc::channel();
    let stdout = child.stdout.take();
    std::thread::spawn(move || {
        let mut out = Vec::new();
        if let Some(stdout) = stdout {
            let _ = stdout.take(MAX_ANSWER).read_to_end(&mut out);
        }
        let _ = said.send(String::from_utf8_lossy(&out).into_owned());
    });
    heard
}

#[cfg(all(test, unix))]
mod tests {
    use super::{Call, Ran, run};

    fn shell(script: &str) -> Ran {
        run(Call { program: "sh", arguments: &["-c", script], folder: None })
    }

    #[test]
    fn what_a_program_prints_is_heard_up_to_a_limit() {
        assert_eq!(shell("echo hello; exit 3"), Ran::Ended { code: Some(3), out: "hello\n".to_owned() });
        let Ran::Ended { out, .. } = shell("yes | head -c 200000") else { panic!("it ends") };
        assert_eq!(out.len(), 64 * 1024);
    }

    #[test]
    fn a_program_that_is_missing_is_absent() {
        assert_eq!(run(Call { program: "no-such-program-here", arguments: &[], folder: None }), Ran::Absent);
    }
}
