//! What outlives a server: money, who is out, and records, however it ended.

use crate::process::{Home, Server, wait_until};
use rehearsal::{Act, Backend, Reply, Script, Usage};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};
use store::{AuditFilter, Month, Reader, RequestFilter, Store};

/// A provider that costs a dollar for each token of its answers, and one that costs nothing. Neither is asked of its
/// slots: that would be a request more than the tests count.
fn yaml(paid: &Backend, free: &Backend, more: &str) -> String {
    format!(
        "{more}allow_paid: true\ndefault_profile: default\nproviders:\n  - name: paid\n    base_url: {}\n    model: m\n    slot_affinity_slots: off\n    paid: true\n    cost: {{input_tokens_per_million: 0, output_tokens_per_million: 1000000, monthly_budget_usd: 100}}\n  - name: free\n    base_url: {}\n    model: m\n    slot_affinity_slots: off\nprofiles:\n  - name: default\n    providers: [paid, free]\n  - name: gratis\n    providers: [free]\n",
        paid.base_url(""),
        free.base_url("")
    )
}

/// An answer of five tokens.
fn five() -> Reply {
    Reply::text("five").usage(Usage { output: 5, input: 7, ..Usage::default() })
}

async fn backend(script: Script) -> Backend {
    Backend::start(script).await.unwrap()
}

fn serve(home: &Home, path: &Path, more: &[&str]) -> Server {
    let arguments = ["serve", "--config", path.to_str().unwrap(), "--port", "0"];
    Server::start(home.command(&[&arguments, more].concat()))
}

fn state(home: &Home) -> PathBuf {
    home.as_ref().join(".coderouter/state")
}

fn dollars_spent(home: &Home) -> (f64, f64) {
    let spend = Reader::open(&state(home)).unwrap().spend(Month::of(SystemTime::now())).unwrap();
    // Promises are rounded up.
    (spend.total.dollars().floor(), spend.open.dollars().floor())
}

fn rows(home: &Home) -> usize {
    Reader::open(&state(home)).unwrap().requests(&RequestFilter::default()).unwrap().len()
}

/// Begins a conversation of its own: one goes on where it was answered last.
fn about(server: &Server, topic: usize) -> String {
    let body = format!(
        r#"{{"model":"m","max_tokens":20,"messages":[{{"role":"user","content":"about {topic}"}}]}}"#
    );
    server.ask("POST", "/v1/messages", &body)
}

/// How many requests the paid provider answers before the free one has to.
fn paid_answers(server: &Server) -> usize {
    (0..100).take_while(|_| server.chat().contains("x-coderouter-provider: paid")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cap_holds_over_a_kill_in_the_middle_of_paid_requests() {
    let home = Home::new();
    let paid = backend(Script::first(five()).then(five()).then(Act::hang())).await;
    let free = backend(Script::always(Reply::text("for nothing"))).await;
    let path = home.write("providers.yaml", &yaml(&paid, &free, ""));
    let server = serve(&home, &path, &[]);
    assert!(server.chat().contains("five") && server.chat().contains("five"));
    wait_until("both requests are on disk", || rows(&home) == 2);
    let waiting = ["", r#","stream":true"#].map(|more| {
        let address = server.address.clone();
        thread::spawn(move || crate::process::chat_at(&address, more))
    });
    wait_until("two more have left", || paid.requests().len() == 4);
    // What has left was in the store before: two answers of 5 dollars, two promises of 20.
    assert_eq!(dollars_spent(&home), (50.0, 40.0));
    server.kill();
    waiting.into_iter().for_each(|thread| drop(thread.join()));
    paid.switch_to(Script::always(five()));
    let server = serve(&home, &path, &[]);
    // From 50 on a promise of a little over 20 fits six times, up to 75. Had the promises been lost, it were fourteen.
    assert_eq!(paid_answers(&server), 6);
    assert_eq!(server.terminate(), Some(0));
    assert_eq!(dollars_spent(&home).0, 80.0);
    let server = serve(&home, &path, &[]);
    assert_eq!(paid_answers(&server), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_outlives_a_server_that_keeps_no_state() {
    let home = Home::new();
    let paid = backend(Script::always(five())).await;
    let free = backend(Script::always(Reply::text("for nothing"))).await;
    let path = home.write("providers.yaml", &yaml(&paid, &free, ""));
    let off = home.write("off.yaml", &yaml(&paid, &free, "state_dir: ''\n"));
    for (path, more) in [(&path, &["--no-state"][..]), (&off, &[])] {
        let server = serve(&home, path, more);
        assert_eq!(paid_answers(&server), 16);
        server.kill();
    }
    assert!(!state(&home).exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_taken_out_stays_out_until_a_probe_succeeds() {
    let home = Home::new();
    let (ill, well) = (
        backend(Script::from_name("500").unwrap()).await,
        backend(Script::always(Reply::text("well"))).await,
    );
    let text = format!(
        "default_profile: default\nhealth_cache: {{action: off}}\nproviders:\n  - name: ill\n    base_url: {}\n    model: m\n    slot_affinity_slots: off\n  - name: well\n    base_url: {}\n    model: m\nprofiles:\n  - name: default\n    providers: [ill, well]\n    backend_health_action: exclude\n    backend_health_threshold: 2\n    recovery_probe_initial_s: 5\n",
        ill.base_url(""),
        well.base_url("")
    );
    let path = home.write("providers.yaml", &text);
    let server = serve(&home, &path, &[]);
    (0..4).for_each(|topic| drop(about(&server, topic)));
    server.wait_for("self-healing-exclude");
    wait_until("it is on disk", || {
        let store = Store::open(&state(&home)).unwrap();
        store.state("health", "ill").is_some_and(|state| state["excluded"]["profile"] == "default")
    });
    server.kill();
    let asked = ill.requests().len();
    let server = serve(&home, &path, &[]);
    let answer = about(&server, 5);
    assert!(answer.contains("x-coderouter-fallback-reason: self-healing-excluded"), "{answer}");
    assert_eq!(ill.requests().len(), asked);
    ill.switch_to(Script::always(Reply::text("ill no more")));
    server.wait_for("self-healing-restore");
    assert!(about(&server, 6).contains("ill no more"));
    // Another model of the same name is another provider: what was against the old one is not against it.
    ill.switch_to(Script::from_name("500").unwrap());
    (0..4).for_each(|topic| drop(about(&server, topic)));
    server.wait_for("self-healing-exclude");
    assert_eq!(server.terminate(), Some(0));
    ill.switch_to(Script::always(Reply::text("another")));
    let path = home.write("providers.yaml", &text.replacen("model: m", "model: n", 1));
    assert!(about(&serve(&home, &path, &[]), 7).contains("another"));
}

/// Writes the Python program's database: its states, by namespace.
fn python(home: &Home, states: &[(&str, serde_json::Value)]) {
    std::fs::create_dir_all(state(home)).unwrap();
    let database = rusqlite::Connection::open(state(home).join("coderouter.db")).unwrap();
    database
        .execute_batch(
            "CREATE TABLE kv (namespace TEXT, key TEXT, value TEXT, updated_at TEXT, PRIMARY KEY (namespace, key))",
        )
        .unwrap();
    for (namespace, state) in states {
        let row = [*namespace, "state", &state.to_string(), "2026-01-01T00:00:00+00:00"];
        database.execute("INSERT INTO kv VALUES (?1, ?2, ?3, ?4)", row).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_python_program_left_counts_once() {
    let home = Home::new();
    let paid = backend(Script::always(five())).await;
    let free = backend(Script::always(Reply::text("for nothing"))).await;
    let month = Month::of(SystemTime::now()).to_string();
    python(
        &home,
        &[
            ("budget", json!({"month": month, "totals": {"paid": 70.0}})),
            ("health", json!({"free": {"state": "UNHEALTHY", "consecutive_failures": 6}})),
            ("self_healing", json!({"free": {"profile": "default", "consecutive_failures": 6}})),
        ],
    );
    let path = home.write("providers.yaml", &yaml(&paid, &free, ""));
    let server = serve(&home, &path, &[]);
    server.wait_for("state-imported");
    wait_until("who was out is out here too", || {
        let store = Store::open(&state(&home)).unwrap();
        store.state("health", "free").is_some_and(|state| state["excluded"]["profile"] == "default")
    });
    // 70 and a little over 20 fit, 75 and as much do too.
    assert_eq!(paid_answers(&server), 2);
    assert_eq!(server.terminate(), Some(0));
    let server = serve(&home, &path, &[]);
    assert_eq!(paid_answers(&server), 0);
    assert_eq!(dollars_spent(&home).0, 80.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_be_opened_stops_nobody() {
    let home = Home::new();
    let paid = backend(Script::always(five())).await;
    let free = backend(Script::always(Reply::text("for nothing"))).await;
    home.write("no-folder", "");
    let path = home.write("providers.yaml", &yaml(&paid, &free, "state_dir: ~/no-folder\n"));
    let server = serve(&home, &path, &[]);
    let line = server.wait_for("state-store-init-failed");
    assert!(line.contains("no-folder") && line.contains("--no-state"), "{line}");
    assert_eq!(paid_answers(&server), 16);
    assert_eq!(server.terminate(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_hangs_holds_up_nobody_for_long_and_is_caught_up_with() {
    let home = Home::new();
    let paid = backend(Script::always(five())).await;
    let free = backend(Script::always(Reply::text("for nothing"))).await;
    let path = home.write("providers.yaml", &yaml(&paid, &free, ""));
    let server = serve(&home, &path, &[]);
    server.wait_for("state-store-attached");
    let other = rusqlite::Connection::open(state(&home).join("state.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let started = Instant::now();
    assert!(server.chat().contains("x-coderouter-provider: paid"));
    // It has waited for its receipt, and then no longer.
    let waited = started.elapsed();
    assert!(waited > Duration::from_secs(1) && waited < Duration::from_secs(10), "{waited:?}");
    // What costs nothing has nothing to wait for.
    let started = Instant::now();
    let body =
        r#"{"model":"m","profile":"gratis","max_tokens":20,"messages":[{"role":"user","content":"x"}]}"#;
    assert!(server.ask("POST", "/v1/messages", body).contains("for nothing"));
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    server.wait_for("state-store-failing");
    other.execute_batch("COMMIT").unwrap();
    server.wait_for("state-store-recovered");
    wait_until("all is on disk", || dollars_spent(&home) == (5.0, 0.0) && rows(&home) == 2);
    assert_eq!(server.terminate(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_is_in_any_file() {
    const KEY: &str = "sk-test-0123456789abcdefghij";
    let home = Home::new();
    let script = || rehearsal::Response::status(400).message(format!("the key {KEY} is wrong"));
    let (one, two) = (backend(Script::always(script())).await, backend(Script::always(script())).await);
    let text = yaml(&one, &two, "audit_log: active\nrequest_log: active\n")
        .replace("model: m\n", "model: m\n    api_key_env: THE_KEY\n");
    let path = home.write("providers.yaml", &text);
    let mut command = home.command(&["serve", "--config", path.to_str().unwrap(), "--port", "0"]);
    command.env("THE_KEY", KEY);
    let server = Server::start(command);
    assert!(server.chat().contains("[redacted:THE_KEY]"));
    assert_eq!(server.terminate(), Some(0));
    let reader = Reader::open(&state(&home)).unwrap();
    let row = reader.requests(&RequestFilter::default()).unwrap().remove(0);
    assert!(row.error.is_some_and(|error| error.contains("[redacted:THE_KEY]")));
    assert!(!reader.audit(&AuditFilter::default()).unwrap().is_empty());
    for file in std::fs::read_dir(state(&home)).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes()));
    }
}
