//! Runs the binary in a home of its own, with an environment of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// How long anything is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// A configuration with two words that are wrong.
pub const BAD: &str = "\
providers:
  - name: local
    base_url: http://127.0.0.1:9/v1
    modle: m
profiles:
  - name: default
    providers: [locl]
";

/// A folder that is home and current folder of the processes started in it, removed in the end.
pub struct Home {
    path: PathBuf,
}

impl Home {
    /// A new, empty one.
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("coderouter-cli-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self { path }
    }

    /// Writes a file and returns its path.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The binary with these arguments, and nothing of the environment but the search path.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_coderouter"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", &self.path)
            .current_dir(&self.path)
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end: exit code, standard output and standard error, the home's path masked.
    pub fn run(&self, arguments: &[&str]) -> String {
        self.told(&self.command(arguments).output().unwrap())
    }

    /// The same with this on standard input.
    pub fn run_with(&self, arguments: &[&str], input: &[u8]) -> String {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that needs no input may have ended before it is written.
        let _ = child.stdin.take().unwrap().write_all(input);
        self.told(&child.wait_with_output().unwrap())
    }

    /// How a command ended, and what it said.
    pub fn told(&self, output: &Output) -> String {
        let text =
            |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&self.path.display().to_string(), "HOME");
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        format!("exit: {}\n--- stdout\n{out}--- stderr\n{err}", output.status.code().unwrap_or(-1))
    }
}

/// A port where nobody listens, and that the system gives to nobody who asks for any.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let number =
            std::process::id().wrapping_mul(97).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed) * 29);
        let port = 20_000 + u16::try_from(number % 10_000).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Asks for a short answer at an address, of a server that may be gone before it comes; `more` ends the body.
pub fn chat_at(address: &str, more: &str) {
    let Ok(mut socket) = TcpStream::connect(address) else { return };
    let body =
        format!(r#"{{"model":"m","max_tokens":20,"messages":[{{"role":"user","content":"hello"}}]{more}}}"#);
    let head = format!(
        "POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let _ = socket.write_all((head + &body).as_bytes());
    let _ = socket.read_to_end(&mut Vec::new());
}

/// Waits until something is so.
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "never: {what}");
        thread::yield_now();
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

impl AsRef<Path> for Home {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

/// A running server. Dropping it ends it.
pub struct Server {
    child: Child,
    lines: mpsc::Receiver<String>,
    /// Where it listens, as it says.
    pub address: String,
}

impl Server {
    /// Starts `serve` on a free port and waits until it says that it serves.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let (said, lines) = mpsc::channel();
        let stderr = child.stderr.take().unwrap();
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let _ = said.send(line);
            }
        });
        let mut server = Self { child, lines, address: String::new() };
        let line = server.wait_for("serves on http://");
        server.address = line.split("http://").nth(1).unwrap().trim().to_owned();
        server
    }

    /// Waits for a line that holds these words.
    pub fn wait_for(&self, words: &str) -> String {
        let started = Instant::now();
        let mut before = Vec::new();
        while let Some(left) = PATIENCE.checked_sub(started.elapsed()) {
            match self.lines.recv_timeout(left) {
                Ok(line) if line.contains(words) => return line,
                Ok(line) => before.push(line),
                Err(_) => break,
            }
        }
        panic!("`{words}` was not said; before: {before:#?}");
    }

    /// Sends a request and returns the whole answer, head and body.
    pub fn ask(&self, method: &str, path: &str, body: &str) -> String {
        let mut socket = TcpStream::connect(&self.address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        socket.write_all((head + body).as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Asks for a short answer in the Anthropic dialect.
    pub fn chat(&self) -> String {
        let body = r#"{"model":"m","max_tokens":20,"messages":[{"role":"user","content":"hello"}]}"#;
        self.ask("POST", "/v1/messages", body)
    }

    /// Ends the process as `kill -9` does: it gets no say in it.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks the process to stop and returns its exit code.
    #[cfg(unix)]
    pub fn terminate(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            thread::yield_now();
        }
        None
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
