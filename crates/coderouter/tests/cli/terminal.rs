//! What people see of a running router in a terminal: `stats` and `tail`.

use crate::process::{Home, Server, wait_until};
use rehearsal::{Backend, Script};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// A router whose first provider fails, and its port.
async fn open(home: &Home, token: Option<&str>) -> (Server, String, [Backend; 2]) {
    let ill = Backend::start(Script::from_name("500").unwrap()).await.unwrap();
    let well = Backend::start(Script::from_name("ok").unwrap()).await.unwrap();
    let provider = |name: &str, backend: &Backend| {
        format!(
            "  - {{name: {name}, base_url: \"{}\", model: m, slot_affinity_slots: off}}\n",
            backend.base_url("")
        )
    };
    let text = format!(
        "display_timezone: Asia/Tokyo\ndefault_profile: main\nproviders:\n{}{}profiles:\n  - {{name: main, providers: [ill, well]}}\n",
        provider("ill", &ill),
        provider("well", &well)
    );
    let path = home.write("router.yaml", &text);
    let mut command =
        home.command(&["serve", "--config", path.to_str().unwrap(), "--port", "0", "--no-state"]);
    command.envs(token.map(|token| ("CODEROUTER_TOKEN", token)));
    let server = Server::start(command);
    let port = server.address.rsplit(':').next().unwrap().to_owned();
    (server, port, [ill, well])
}

#[tokio::test(flavor = "multi_thread")]
async fn stats_are_told_once_where_nothing_can_be_drawn() {
    let home = Home::new();
    let (server, port, _backends) = open(&home, None).await;
    let said = home.run(&["stats", "--port", &port]);
    assert!(said.starts_with("exit: 0\n--- stdout\ncoderouter stats — profile: main  uptime: "), "{said}");
    assert!(said.contains("tz: Asia/Tokyo") && said.contains("(no events yet)"), "{said}");
    assert!(server.chat().contains("x-coderouter-provider: well"));
    let url = format!("http://127.0.0.1:{port}/metrics.json");
    wait_until("the request is counted", || home.run(&["stats", "--url", &url]).contains("(1/2)"));
    let said = home.run(&["stats", "--once", "--url", &url]);
    assert!(said.contains("  ill                        1    0%       1  500 "), "{said}");
    assert!(said.contains("  well                       1  100%       0\n"), "{said}");
    assert!(said.contains("fallback rate          50.0%  (1/2)") && said.contains("FAIL (500)"), "{said}");
    let output = home.command(&["stats", "--json", "--port", &port]).output().unwrap();
    let overview: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(overview["requests"]["total"], 1);
}

#[test]
fn stats_without_a_router_say_what_to_do() {
    let home = Home::new();
    // Nobody listens there: the port is that of this process's own closed socket.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    for more in [&[][..], &["--once"], &["--json"]] {
        let said = home.run(&[&["stats", "--port", &port], more].concat());
        assert!(
            said.starts_with("exit: 2\n--- stdout\n--- stderr\ncoderouter stats: no coderouter answers at "),
            "{said}"
        );
        assert!(said.contains("coderouter serve") && said.contains("--port"), "{said}");
    }
    let said = home.run(&["tail", "--port", &port]);
    assert!(said.starts_with("exit: 1\n--- stdout\n--- stderr\nerror: no coderouter answers at "), "{said}");
    let said = home.run(&["stats", "--url", "ftp://127.0.0.1"]);
    assert!(said.starts_with("exit: 2\n") && said.contains("must start with http:// or https://"), "{said}");
    assert!(home.run(&["stats", "--interval", "0"]).contains("from 0.1 to 3600 seconds"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_with_a_token_is_reached_with_it() {
    let home = Home::new();
    let (_server, port, _backends) = open(&home, Some("s3cret-token-0001")).await;
    let with = |name: &str, value: &str, arguments: &[&str]| {
        home.command(arguments).env(name, value).output().unwrap()
    };
    let once = ["stats", "--port", &port];
    let said = home.run(&once);
    assert!(said.starts_with("exit: 2\n") && said.contains("coderouter stats: "), "{said}");
    assert!(said.contains("set CODEROUTER_TOKEN") && said.contains("(401)"), "{said}");
    for name in ["CODEROUTER_TOKEN", "CODEROUTER_METRICS_TOKEN"] {
        assert_eq!(with(name, "s3cret-token-0001", &once).status.code(), Some(0), "{name}");
    }
    let wrong = with("CODEROUTER_TOKEN", "another-token-0001", &["tail", "--port", &port]);
    let said = String::from_utf8(wrong.stderr).unwrap();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(said.contains("another one than ours") && !said.contains("another-token-0001"), "{said}");
}

/// `tail`, and the lines it prints. Dropping it ends it.
struct Tail(Child, mpsc::Receiver<String>);

impl Tail {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let (out, error) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let other = sender.clone();
        thread::spawn(move || {
            BufReader::new(out).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        thread::spawn(move || {
            BufReader::new(error).lines().map_while(Result::ok).try_for_each(|line| other.send(line))
        });
        Self(child, lines)
    }

    fn line(&self) -> String {
        self.1.recv_timeout(Duration::from_secs(20)).expect("a line")
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tail_follows_what_its_filters_name() {
    let home = Home::new();
    let (server, port, _backends) = open(&home, None).await;
    let tail = |more: &[&str]| Tail::start(home.command(&[&["tail", "--port", &port], more].concat()));
    let (failed, of_one) =
        (tail(&["--event", "provider-failed,provider-ok"]), tail(&["--provider", "well", "--json"]));
    let grave = tail(&["--level", "warning"]);
    server.chat();
    let line = failed.line();
    assert!(line.contains(" warning: provider-failed provider=ill status=500 error="), "{line}");
    assert!(failed.line().contains(" provider-ok provider=well "));
    let fact: Value = serde_json::from_str(&of_one.line()).unwrap();
    assert_eq!((&fact["msg"], &fact["provider"]), (&"try-provider".into(), &"well".into()));
    assert!(grave.line().contains("provider-failed"));
    // What was before comes first, as far as it is asked for.
    assert!(tail(&["--event", "provider-ok", "--last", "1"]).line().contains("provider-ok provider=well"));
    assert!(home.run(&["tail", "--port", &port, "--level", "loud"]).starts_with("exit: 2\n"));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn tail_ends_when_it_is_told_to_or_nobody_reads() {
    let home = Home::new();
    let (server, port, _backends) = open(&home, None).await;
    server.chat();
    let mut tail = Tail::start(home.command(&["tail", "--port", &port]));
    tail.line();
    assert!(Command::new("kill").args(["-INT", &tail.0.id().to_string()]).status().unwrap().success());
    assert_eq!(tail.0.wait().unwrap().code(), Some(0));
    let mut command = home.command(&["tail", "--port", &port]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    server.chat();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()));
}

/// A run's numbers say nothing about the next one's: all of that is new.
#[tokio::test(flavor = "multi_thread")]
async fn tail_loses_nothing_over_a_restart() {
    let home = Home::new();
    let (server, port, _backends) = open(&home, None).await;
    let tail =
        Tail::start(home.command(&["tail", "--port", &port, "--event", "provider-ok,coderouter-startup"]));
    assert!(tail.line().contains("coderouter-startup"));
    server.chat();
    assert!(tail.line().contains("provider-ok"));
    server.kill();
    assert!(tail.line().contains("trying again"));
    let path = home.as_ref().join("router.yaml");
    let arguments = ["serve", "--config", path.to_str().unwrap(), "--port", &port, "--no-state"];
    let server = Server::start(home.command(&arguments));
    // More than the first run had told, so that the old number is one of the new run's too.
    (0..3).for_each(|_| drop(server.chat()));
    let (mut said, mut answers) = (Vec::new(), 0);
    while answers < 3 {
        let line = tail.line();
        answers += usize::from(line.contains("provider-ok"));
        said.push(line);
    }
    let startups = said.iter().filter(|line| line.contains("coderouter-startup")).count();
    assert_eq!(startups, 1, "{said:#?}");
    // What is said of the connection comes by another way, and may be late.
    while let Ok(line) = tail.1.recv_timeout(Duration::from_millis(500)) {
        assert!(line.contains("answers again") || line.contains("trying again"), "it comes twice: {line}");
    }
}
