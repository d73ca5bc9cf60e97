//! What commands say, whole, each run in a file of its own under `snapshots/`. `INSTA_UPDATE=always` in the environment
//! writes them anew; read the difference before you keep it.

mod files;

use crate::process::{BAD, Home, Server, free_port, wait_until};
use clap::Command;
use coderouter::command::Cli;
use insta::assert_snapshot;
use rehearsal::{Backend, Script};

const GOOD: &str = "\
providers:
  - name: local
    base_url: http://127.0.0.1:9/v1
    model: m
  - name: cloud
    base_url: https://cloud.example/v1
    model: big
    paid: true
profiles:
  - name: default
    providers: [local, cloud]
  - name: free
    providers: [local]
";

const REQUEST: &str = r#"{"model":"m","max_tokens":20,"messages":[{"role":"user","content":"hello"}]}"#;

/// Runs that end by themselves. `PORT` is one where nobody listens.
const RUNS: &[(&str, &[&str])] = &[
    ("nothing", &[]),
    ("unknown_command", &["srve"]),
    ("unknown_option", &["serve", "--prot", "4001"]),
    ("audit_bad_time", &["audit", "--since", "yesterday"]),
    ("audit_nothing_kept", &["audit"]),
    ("check_bad", &["check", "--config", "bad.yaml"]),
    ("check_bad_json", &["check", "--config", "bad.yaml", "--json"]),
    ("check_good", &["check", "--config", "good.yaml"]),
    ("check_good_json", &["check", "--config", "good.yaml", "--json"]),
    ("check_no_file", &["check", "--config", "nowhere.yaml"]),
    ("check_no_file_json", &["check", "--config", "nowhere.yaml", "--json"]),
    ("check_nothing_found", &["check"]),
    ("check_warnings", &["check", "--config", "warnings.yaml"]),
    ("check_warnings_json", &["check", "--config", "warnings.yaml", "--json"]),
    ("completions_unknown_shell", &["completions", "tcsh"]),
    ("demo_traffic_nobody", &["demo", "--traffic", "http://127.0.0.1:PORT", "--seconds", "1"]),
    ("explain_broken_configuration", &["explain", "last", "--config", "bad.yaml"]),
    ("explain_no_file", &["explain", "nowhere.json", "--port", "PORT"]),
    ("explain_nobody", &["explain", "last", "--port", "PORT"]),
    ("man_check", &["man", "check"]),
    ("man_unknown_command", &["man", "srve"]),
    ("rehearse_list", &["rehearse", "--list"]),
    ("rehearse_list_json", &["rehearse", "--list", "--json"]),
    ("rehearse_unknown_scenario", &["rehearse", "tol"]),
    ("repair_no_tools", &["repair", "answer.txt"]),
    ("replay_no_journal", &["replay", "--log", "nowhere.jsonl"]),
    ("replay_nothing_kept", &["replay", "--json"]),
    ("serve_bad_env_file", &["serve", "--env-file", "bad.env"]),
    ("serve_broken_configuration", &["serve", "--config", "bad.yaml"]),
    ("serve_no_file", &["serve", "--config", "nowhere.yaml"]),
    ("serve_open_to_others", &["serve", "--config", "good.yaml", "--host", "0.0.0.0"]),
    ("serve_unknown_mode", &["serve", "--config", "good.yaml", "--mode", "fre"]),
    ("stats_bad_interval", &["stats", "--interval", "0"]),
    ("stats_bad_url", &["stats", "--url", "ftp://127.0.0.1"]),
    ("stats_nobody", &["stats", "--port", "PORT"]),
    ("tail_nobody", &["tail", "--port", "PORT"]),
    ("tail_unknown_level", &["tail", "--level", "loud"]),
];

fn home() -> Home {
    let home = Home::new();
    home.write("good.yaml", GOOD);
    home.write("bad.yaml", BAD);
    home.write("warnings.yaml", &GOOD.replace("model: m", "model: m\n    capabilities: {chat: true}"));
    home.write("bad.env", "A=1\nexport B\n");
    home.write("request.json", REQUEST);
    home
}

#[test]
fn runs_that_end_by_themselves() {
    let home = home();
    let port = free_port().to_string();
    for (name, arguments) in RUNS {
        let given: Vec<String> = arguments.iter().map(|argument| argument.replace("PORT", &port)).collect();
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        let said = home.run(&given).replace(&port, "PORT");
        let said = said.replace(env!("CARGO_PKG_VERSION"), "VERSION");
        assert_snapshot!(*name, format!("coderouter {}\n{said}", arguments.join(" ")));
    }
}

#[test]
fn the_demo() {
    let said = Home::new().run(&["demo"]);
    let masked = |line: &str| match (line.split_once("http://127.0.0.1:"), line.split_once(" (first byte")) {
        (Some((before, after)), _) => {
            format!("{before}http://127.0.0.1:PORT{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
        }
        (None, Some((before, _))) => format!("{before} (TIMES)"),
        (None, None) => line.to_owned(),
    };
    assert_snapshot!("demo", said.lines().map(masked).collect::<Vec<_>>().join("\n"));
}

#[test]
fn the_help_of_every_command() {
    let home = Home::new();
    let cli = Cli::definition();
    let shown = cli.get_subcommands().filter(|command| !command.is_hide_set());
    for name in shown.map(Command::get_name) {
        let said = home.run(&[name, "--help"]);
        assert!(said.starts_with("exit: 0\n") && said.ends_with("--- stderr\n"), "{said}");
        assert_eq!(said, home.run(&["help", name]), "{name}");
        assert_eq!(said, home.run(&[name, "-h"]), "{name}: the short help is the long one");
        assert_snapshot!(format!("help_{name}"), said);
    }
    assert_snapshot!("help", home.run(&["--help"]));
}

/// Numbers that time makes, such as `0s`, `12:34:56` and `1.2 ms`, become `#`.
fn without_times(text: &str) -> String {
    let word = |word: &str| {
        let (digits, rest): (String, String) = word.chars().partition(|c| c.is_ascii_digit());
        let is_time = ["::", ":.", "s", ".s", "ms", "T::.Z"].contains(&rest.as_str());
        if is_time && !digits.is_empty() { "#".to_owned() } else { word.to_owned() }
    };
    let line = |line: &str| line.split(' ').map(word).collect::<Vec<_>>().join(" ");
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_running_router_is_asked() {
    let home = home();
    let (ill, well) = (Script::from_name("500").unwrap(), Script::from_name("ok").unwrap());
    let (ill, well) = (Backend::start(ill).await.unwrap(), Backend::start(well).await.unwrap());
    let provider = |name: &str, url: &str| {
        format!("  - {{name: {name}, base_url: '{url}', model: m, slot_affinity_slots: off}}\n")
    };
    let providers = provider("ill", &ill.base_url("")) + &provider("well", &well.base_url(""));
    let text = format!("providers:\n{providers}profiles:\n  - name: default\n    providers: [ill, well]\n");
    home.write("router.yaml", &text);
    let server =
        Server::start(home.command(&["serve", "--config", "router.yaml", "--port", "0", "--no-state"]));
    let port = server.address.rsplit(':').next().unwrap().to_owned();
    let run = |arguments: &[&str]| home.run(&[arguments, &["--port", &port]].concat()).replace(&port, "PORT");
    assert_snapshot!("running_stats_before", without_times(&run(&["stats"])));
    assert_snapshot!("running_explain_file", run(&["explain", "request.json"]));
    assert_snapshot!("running_explain_unknown_id", run(&["explain", "req_0000000000000000"]));
    server.chat();
    wait_until("the request is counted", || run(&["stats"]).contains("(1/2)"));
    assert_snapshot!("running_explain_last", run(&["explain", "last"]));
    // The latest facts are of one moment, and come in any order.
    let said = without_times(&run(&["stats"]));
    let (figures, latest) = said.split_once("Recent\n").unwrap();
    assert_snapshot!("running_stats_after", figures);
    let mut latest: Vec<&str> = latest.lines().collect();
    latest.sort_unstable();
    assert_snapshot!("running_stats_latest", latest.join("\n"));
}
