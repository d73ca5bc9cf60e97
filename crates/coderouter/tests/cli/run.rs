//! `run`: an agent and its router, from the start of both to their end.

mod printed;

use crate::process::{Home, Server, free_port, wait_until};
use insta::assert_snapshot;
use rehearsal::{Backend, Reply, Script};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

/// A shell in place of an agent: it notes its variables and the processes beside it, asks once, and ends as it says.
const AGENT: &str = r#"#!/bin/bash
env | sort > "$HOME/env"
printf '%s\n' "$@" > "$HOME/arguments"
ps -A -o pid=,ppid= | awk -v parent=$PPID -v own=$$ '$2 == parent && $1 != own { print $1 }' > "$HOME/beside"
place=${ANTHROPIC_BASE_URL#http://}
body='{"model":"m","max_tokens":20,"messages":[{"role":"user","content":"hello"}]}'
exec 3<> "/dev/tcp/${place%:*}/${place##*:}"
printf 'POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %s\r\n\r\n%s' "$ANTHROPIC_AUTH_TOKEN" ${#body} "$body" >&3
cat <&3 > "$HOME/answer"
exit 7
"#;

/// The same, but it stays until it is told to end.
const PATIENT: &str = r#"#!/bin/bash
trap 'exit 42' TERM
trap 'exit 43' INT
ps -A -o pid=,ppid= | awk -v parent=$PPID -v own=$$ '$2 == parent && $1 != own { print $1 }' > "$HOME/beside"
echo $$ > "$HOME/agent"
while true; do read -t 0.05 <> <(:); done
"#;

/// A configuration whose first provider is never there.
fn configure(home: &Home, port: u16, url: &str) {
    let text = format!(
        "server: {{port: {port}}}\nproviders:\n  - name: gone\n    base_url: http://127.0.0.1:9/v1\n    model: m\n  - name: local\n    base_url: {url}\n    model: m\n    max_context_tokens: 65536\n    slot_affinity_slots: off\nprofiles:\n  - name: default\n    providers: [gone, local]\n  - name: coding\n    providers: [local]\n"
    );
    fs::create_dir_all(home.as_ref().join(".coderouter")).unwrap();
    home.write(".coderouter/providers.yaml", &text);
}

/// The binary with an agent in its path.
fn command(home: &Home, agent: (&str, &str), arguments: &[&str]) -> Command {
    let folder = home.as_ref().join("bin");
    fs::create_dir_all(&folder).unwrap();
    let path = home.write(&format!("bin/{}", agent.0), agent.1);
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = home.command(arguments);
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", folder.display()));
    command
}

/// Exit code, standard output and standard error; with ports, times, and the names of logs, masked.
fn told(home: &Home, command: &mut Command, ports: &[u16]) -> String {
    let mut said = home.told(&command.output().unwrap());
    for (at, port) in ports.iter().enumerate() {
        said = said.replace(&port.to_string(), &format!("PORT{at}"));
    }
    let masked = said.split_inclusive("/run-").map(|part| {
        let rest = part.find(".log").filter(|_| part.starts_with("20"));
        rest.map_or(part.to_owned(), |at| format!("TIME{}", &part[at..]))
    });
    let masked: String = masked.collect();
    let lines = masked.split_inclusive('\n').map(|line| match (line.find(" in "), line.find("; answered")) {
        (Some(from), Some(to)) => format!("{} in TIME{}", &line[..from], &line[to..]),
        _ => line.to_owned(),
    });
    lines.collect()
}

fn file(home: &Home, name: &str) -> String {
    fs::read_to_string(home.as_ref().join(name)).unwrap_or_default()
}

fn is_there(process: &str) -> bool {
    let output = Command::new("kill").args(["-0", process]).output().unwrap();
    output.status.success()
}

async fn backend() -> Backend {
    Backend::start(Script::always(Reply::text("hello"))).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_gets_its_router_which_goes_with_it() {
    let (home, backend, port) = (Home::new(), backend().await, free_port());
    configure(&home, port, &backend.base_url(""));
    let mut run =
        command(&home, ("claude", AGENT), &["run", "--profile", "coding", "--", "claude", "-p", "hi"]);
    run.env("ANTHROPIC_API_KEY", "sk-ant-0123456789").env("CLAUDE_CODE_USE_BEDROCK", "1");
    run.env("ANTHROPIC_BASE_URL", "https://elsewhere.example").env("ENABLE_TOOL_SEARCH", "true");
    assert_snapshot!(told(&home, &mut run, &[port]), @r"
    exit: 7
    --- stdout
    --- stderr
    coderouter: the router is http://127.0.0.1:PORT0; its log is HOME/.coderouter/state/logs/run-TIME.log
    coderouter: not set for the agent: ANTHROPIC_API_KEY, CLAUDE_CODE_USE_BEDROCK
    coderouter: set to other values than yours: ANTHROPIC_BASE_URL
    coderouter: 1 request in TIME; answered by local (1)
      25 tokens read, 15 written; cost nothing
    ");
    let ours = ["ANTHROPIC", "CLAUDE", "ENABLE", "NO_PROXY"];
    let set = file(&home, "env").replace(&port.to_string(), "PORT");
    let set: Vec<&str> = set.lines().filter(|line| ours.iter().any(|name| line.starts_with(name))).collect();
    assert_snapshot!(set.join("\n"), @r"
    ANTHROPIC_AUTH_TOKEN=local
    ANTHROPIC_BASE_URL=http://127.0.0.1:PORT
    ANTHROPIC_CUSTOM_HEADERS=X-CodeRouter-Profile: coding
    ANTHROPIC_MODEL=claude-coderouter-coding
    CLAUDE_CODE_AUTO_MODE_SERVER=0
    CLAUDE_CODE_GATEWAY_HINT_HEADERS=1
    CLAUDE_CODE_MAX_CONTEXT_TOKENS=65536
    CLAUDE_CODE_MAX_OUTPUT_TOKENS=16384
    ENABLE_TOOL_SEARCH=true
    NO_PROXY=127.0.0.1,localhost
    ");
    assert!(file(&home, "answer").contains("x-coderouter-provider: local"), "{}", file(&home, "answer"));
    let beside = file(&home, "beside");
    assert_eq!(beside.lines().count(), 1, "{beside}");
    assert!(!is_there(beside.trim()), "the router is still there");
}

/// Claude Code's own settings win over its environment.
#[tokio::test(flavor = "multi_thread")]
async fn settings_of_the_agent_do_not_lead_it_elsewhere() {
    let (home, backend, port) = (Home::new(), backend().await, free_port());
    configure(&home, port, &backend.base_url(""));
    fs::create_dir_all(home.as_ref().join(".claude")).unwrap();
    let settings = r#"{"env": {"ANTHROPIC_BASE_URL": "https://elsewhere.example", "EDITOR": "vi"}}"#;
    home.write(".claude/settings.json", settings);
    let said =
        told(&home, &mut command(&home, ("claude", AGENT), &["run", "--", "claude", "-p", "hi"]), &[port]);
    let words = "for this run, ANTHROPIC_BASE_URL of HOME/.claude/settings.json does not count";
    assert!(said.contains(words), "{said}");
    let settings = format!(r#"{{"env":{{"ANTHROPIC_BASE_URL":"http://127.0.0.1:{port}"}}}}"#);
    assert_eq!(file(&home, "arguments"), format!("--settings\n{settings}\n-p\nhi\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_summary_is_of_this_run_alone() {
    let (home, backend, port) = (Home::new(), backend().await, free_port());
    configure(&home, port, &backend.base_url(""));
    // The counts outlive the first one.
    command(&home, ("claude", AGENT), &["run", "-q", "--", "claude"]).output().unwrap();
    let said = told(&home, &mut command(&home, ("claude", AGENT), &["run", "--", "claude"]), &[port]);
    assert!(said.contains("coderouter: 1 request in "), "{said}");
    assert!(said.contains("; answered by local (1)") && said.contains("; 1 fell back\n"), "{said}");
    let quiet = told(&home, &mut command(&home, ("claude", AGENT), &["run", "-q", "--", "claude"]), &[port]);
    assert_eq!(quiet, "exit: 7\n--- stdout\n--- stderr\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_runs_is_used_and_stays() {
    let (home, backend) = (Home::new(), backend().await);
    configure(&home, free_port(), &backend.base_url(""));
    let mut serve = home.command(&["serve", "--port", "0"]);
    serve.env("CODEROUTER_TOKEN", "s3cret-token-0001");
    let server = Server::start(serve);
    let port = server.address.rsplit(':').next().unwrap().to_owned();
    let arguments = ["run", "--port", &port, "--", "claude"];
    let refused = told(&home, &mut command(&home, ("claude", AGENT), &arguments), &[port.parse().unwrap()]);
    assert_snapshot!(refused, @r"
    exit: 1
    --- stdout
    --- stderr
    error: http://127.0.0.1:PORT0 wants a token, and there is none here; set CODEROUTER_TOKEN to the one it was started with (401)
    ");
    let mut run = command(&home, ("claude", AGENT), &arguments);
    let said = told(&home, run.env("CODEROUTER_TOKEN", "s3cret-token-0001"), &[]);
    assert!(said.starts_with("exit: 7\n") && !said.contains("its log is"), "{said}");
    assert!(said.contains("(with those of others who asked it meanwhile)"), "{said}");
    assert!(file(&home, "env").contains("ANTHROPIC_AUTH_TOKEN=s3cret-token-0001"));
    assert!(server.ask("GET", "/healthz", "").contains("\"status\":\"ok\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_somebody_else_has_is_left_to_them() {
    let (home, backend) = (Home::new(), backend().await);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    // It answers nothing that a router would.
    std::thread::spawn(move || taken.incoming().flatten().for_each(drop));
    configure(&home, port, &backend.base_url(""));
    let said = told(&home, &mut command(&home, ("claude", AGENT), &["run", "--", "claude"]), &[port]);
    assert!(said.starts_with("exit: 7\n") && said.contains("answered by local (1)"), "{said}");
    assert!(!said.contains("PORT0;"), "{said}");
}

/// `run` with an agent that stays. Dropping it ends both.
struct Running(Child, Home);

impl Running {
    async fn start() -> Self {
        let home = Home::new();
        configure(&home, free_port(), "http://127.0.0.1:9/v1");
        let mut run = command(&home, ("claude", PATIENT), &["run", "--", "claude"]);
        let child = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_until("the agent runs", || !file(&home, "agent").is_empty());
        Self(child, home)
    }

    fn process(&self, name: &str) -> String {
        file(&self.1, name).trim().to_owned()
    }

    fn send(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.0.id().to_string()]).status().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-KILL", &self.process("agent")]).output();
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signals_reach_the_agent_and_its_exit_code_comes_back() {
    for (signal, code) in [("-TERM", 42), ("-INT", 43)] {
        let mut running = Running::start().await;
        running.send(signal);
        assert_eq!(running.0.wait().unwrap().code(), Some(code), "{signal}");
        assert!(!is_there(&running.process("beside")), "the router is still there");
    }
    // One that a signal ended is told as shells tell it.
    let mut running = Running::start().await;
    assert!(Command::new("kill").args(["-KILL", &running.process("agent")]).status().unwrap().success());
    assert_eq!(running.0.wait().unwrap().code(), Some(128 + 9));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_does_not_outlive_a_run_that_is_killed() {
    let mut running = Running::start().await;
    let router = running.process("beside");
    assert!(is_there(&router));
    running.0.kill().unwrap();
    running.0.wait().unwrap();
    wait_until("the router is gone", || !is_there(&router));
}

#[test]
fn what_can_not_be_run_is_said_with_what_to_do() {
    let home = Home::new();
    let port = free_port();
    configure(&home, port, "http://127.0.0.1:9/v1");
    let said = |arguments: &[&str]| {
        told(&home, home.command(arguments).env("PATH", home.as_ref()), &[port]).replace("exit: 1\n", "")
    };
    let all = [
        said(&["run", "--", "claude"]),
        said(&["run", "--", "./nothing"]),
        said(&["run", "--", "codex"]),
        said(&["run", "--", "npx", "@google/gemini-cli"]),
        said(&["run", "--url", &format!("http://127.0.0.1:{port}"), "--", "/bin/sh"]),
        said(&["run", "--profile", "nope", "--", "/bin/sh"]),
        said(&["run", "--config", "nowhere.yaml", "--", "/bin/sh"]),
    ];
    assert_snapshot!(all.join("\n"), @r"
    --- stdout
    --- stderr
    error: Claude Code is not installed, or not in PATH
    hint: npm install -g @anthropic-ai/claude-code

    --- stdout
    --- stderr
    error: there is no program ./nothing
    hint: name a coding agent, as in `coderouter run -- claude`

    --- stdout
    --- stderr
    error: Codex speaks only OpenAI's Responses API, which this version of coderouter does not serve
    hint: what can be run: claude, opencode, aider

    --- stdout
    --- stderr
    error: Gemini CLI speaks only Gemini's API, which this version of coderouter does not serve
    hint: what can be run: claude, opencode, aider

    --- stdout
    --- stderr
    error: no coderouter answers at http://127.0.0.1:PORT0
    hint: start one there, or leave out --url

    --- stdout
    --- stderr
    error: there is no profile nope
    hint: there is default, coding

    --- stdout
    --- stderr
    error: the configuration is not there
    --> HOME/nowhere.yaml

    1 mistake found
    error: the configuration can't be used; `coderouter check` shows it again
    ");
    assert!(said(&["run"]).starts_with("exit: 2\n"));
    let wrong = said(&["run", "--look-at", "localhost", "--", "/bin/sh"]);
    assert!(wrong.starts_with("exit: 2\n") && wrong.contains("must start with http://"), "{wrong}");
    assert!(said(&["run", "--json", "--", "claude"]).starts_with("exit: 2\n"));
}

#[test]
fn without_a_model_the_agent_starts_and_it_is_said() {
    let home = Home::new();
    let port = free_port();
    let port_word = port.to_string();
    let mut run = home.command(&["run", "--port", &port_word, "--", "/bin/sh", "-c", "exit 3"]);
    run.env("OPENROUTER_API_KEY", "sk-or-0123456789abcdef").env("OLLAMA_HOST", "127.0.0.1:9");
    let said = told(&home, &mut run, &[port]);
    assert!(
        said.starts_with("exit: 3\n") && said.contains("the agent asked nothing of the router"),
        "{said}"
    );
    let words = ["no local model server was found", "not used: OPENROUTER_API_KEY; --use-keys"];
    assert!(words.iter().all(|words| said.contains(words)) && !said.contains("sk-or-"), "{said}");
}

#[test]
fn a_router_that_does_not_start_says_why() {
    let home = Home::new();
    let port = free_port();
    configure(&home, port, "http://127.0.0.1:9/v1");
    let file = file(&home, ".coderouter/providers.yaml").replace("{port:", "{host: 0.0.0.0, port:");
    home.write(".coderouter/providers.yaml", &file);
    assert_snapshot!(told(&home, &mut home.command(&["run", "--", "/bin/sh"]), &[port]), @r"
    exit: 1
    --- stdout
    --- stderr
    error: the router did not start; it said:
      error: 0.0.0.0 can be reached by others, so clients need a token
      hint: CODEROUTER_TOKEN=$(openssl rand -hex 16) coderouter serve --host 0.0.0.0
    hint: all it said is in HOME/.coderouter/state/logs/run-TIME.log
    ");
}
