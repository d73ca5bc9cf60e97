//! What people see of the doctor.

use super::{Case, examined, yaml};
use crate::model::Model;
use crate::process::Home;
use rehearsal::{Backend, Refused};

/// What people see, whole, with times and ports taken out.
#[tokio::test(flavor = "multi_thread")]
async fn what_people_see() {
    let model = Model { leaks: "<think>hm</think>", ..Model::default() };
    let case = Case::new(model.script(), "max_context_tokens: 40960").await;
    let shown = |more: &[&str]| {
        let mut arguments = vec!["doctor", "--config", "providers.yaml"];
        arguments.extend(more);
        masked(&case.home.run(&arguments))
    };
    insta::assert_snapshot!("doctor", shown(&[]));
    insta::assert_snapshot!("doctor_fix", shown(&["--fix", "--only", "reasoning-leak"]));
    insta::assert_snapshot!("doctor_list", shown(&["--list"]));
    insta::assert_snapshot!("models", masked(&case.home.run(&["models", "--config", "providers.yaml"])));
    let keys = case.home.write(".env", "CLOUD_KEY=sk-0123456789abcdef\n");
    #[cfg(unix)]
    std::fs::set_permissions(keys, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    insta::assert_snapshot!("doctor_checks", shown(&["--check-env", "--check-secrets", "--check-codex"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_providers_have_a_table() {
    let well = Backend::start(Model::default().script()).await.unwrap();
    let refused = Refused::bind().unwrap();
    let home = Home::new();
    let gone = format!("{}/v1", refused.url());
    home.write("providers.yaml", &yaml(&[("well", &well.base_url(""), ""), ("gone", &gone, "")]));
    let said = masked(&home.run(&["doctor", "--config", "providers.yaml", "--quick"]));
    let (_, table) = said.split_once("Verdicts").unwrap();
    insta::assert_snapshot!("doctor_table", format!("Verdicts{table}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_the_file_is_told_of_and_never_shown() {
    let model = Model { leaks: "<think>hm</think>", ..Model::default() };
    let case = Case::new(model.script(), "extra_body: {user: sk-0123456789abcdef}").await;
    let (code, document) = examined(&case.home, &["--quick"], &[]);
    let title = document["checks"][0]["title"].as_str().unwrap();
    assert!(code == 1 && title.starts_with("secrets: "), "{document:#}");
    let (_, document) = examined(&case.home, &["--apply", "--dry-run"], &[]);
    let diff = document["mended"]["diffs"][0].as_str().unwrap();
    assert!(diff.contains("extra_body: {user: *") && !document.to_string().contains("0123456789"), "{diff}");
}

#[test]
fn wrong_words_are_explained() {
    let home = Home::new();
    home.write("providers.yaml", &yaml(&[("local", "http://127.0.0.1:9/v1", "")]));
    for (arguments, words) in [
        (&["--check-model", "lokal"][..], "there is no provider lokal\nhint: there are local"),
        (&["--profile", "x"], "there is no profile x\nhint: there are default"),
        (&["--only", "nothing"], "no probe is called nothing\nhint: there are auth+basic-chat"),
    ] {
        let mut all = vec!["doctor", "--config", "providers.yaml"];
        all.extend(arguments);
        let said = home.run(&all);
        assert!(said.starts_with("exit: 1\n") && said.contains(words), "{said}");
    }
}

/// The text without what differs from run to run: ports, and numbers that are times or speeds.
fn masked(said: &str) -> String {
    let mut masked = String::new();
    for line in said.lines() {
        let mut line = line.to_owned();
        if let Some(at) = line.find("127.0.0.1:") {
            let end =
                line[at + 10..].find(|c: char| !c.is_ascii_digit()).map_or(line.len(), |end| at + 10 + end);
            line.replace_range(at + 10..end, "PORT");
        }
        let words = line.split(' ').map(|word| {
            let bare = word.trim_start_matches('(');
            let is_time =
                bare.len() > 1 && bare.contains('.') && bare.chars().all(|c| c.is_ascii_digit() || c == '.');
            if is_time { word.replace(bare, "TIME") } else { word.to_owned() }
        });
        let line = words.collect::<Vec<_>>().join(" ");
        // A probe that took long enough to be told is no other than one that did not.
        let line = line.replace(" (TIME s)", "");
        let speed = line.find(" tokens/s)").and_then(|end| Some((line[..end].rfind('(')?, end)));
        masked.push_str(&match speed {
            Some((at, end)) => format!("{}(SPEED{}", &line[..at], &line[end..]),
            None => line,
        });
        masked.push('\n');
    }
    masked
}
