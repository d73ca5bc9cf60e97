//! Keys in configurations and state folders.

use super::{Place, check};
use crate::config::{Env, Sources, load_text};
use crate::hygiene::Verdict::{Error, Ok, Skip, Warn};
use crate::hygiene::{Finding, Verdict};
use std::path::{Path, PathBuf};

const TEXT: &str = "\
state_dir: DIR
providers:
  - name: cloud
    base_url: https://cloud.example/v1
    model: m
    api_key_env: CLOUD_KEY
  - name: other
    base_url: https://other.example/v1
    model: m
    api_key_env: OTHER_KEY
profiles:
  - name: default
    providers: [cloud, other]
";

/// A state folder, removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("coderouter-secrets-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn checked(folder: &Folder, text: &str, variables: &[(&str, &str)]) -> Vec<Finding> {
    let env: Env = variables.iter().copied().collect();
    let text = text.replace("DIR", &folder.0.display().to_string());
    let sources = Sources { path: None, env: &env, home: None, cwd: Path::new("/") };
    let config = load_text(&text, Path::new("providers.yaml"), sources).unwrap().config;
    check(Place { config: &config, text: &text, env: &env })
}

fn verdicts(findings: &[Finding]) -> [Verdict; 4] {
    let verdicts: Vec<_> = findings.iter().map(|finding| finding.verdict).collect();
    verdicts.try_into().unwrap()
}

const KEYS: [(&str, &str); 2] =
    [("CLOUD_KEY", "a-live-key-of-the-cloud"), ("OTHER_KEY", "another-\"live\"-key")];

#[test]
fn all_may_be_well() {
    let folder = Folder::new("well");
    assert_eq!(verdicts(&checked(&folder, TEXT, &KEYS)), [Ok, Ok, Ok, Skip]);
    std::fs::write(folder.0.join("audit.jsonl"), "{\"a\":1}\n").unwrap();
    let findings = checked(&folder, TEXT, &KEYS);
    assert_eq!(verdicts(&findings), [Ok, Ok, Ok, Ok]);
    assert_eq!(findings[3].detail, "no live key is in audit.jsonl");
}

#[test]
fn keys_that_were_written_are_told_with_their_lines_and_never_shown() {
    let folder = Folder::new("written");
    std::fs::write(folder.0.join("requests.jsonl.1"), "{}\n{\"e\":\"a-live-key-of-the-cloud\"}\n").unwrap();
    std::fs::write(folder.0.join("audit.jsonl"), "{\"e\":\"another-\\\"live\\\"-key\"}\n").unwrap();
    std::fs::write(folder.0.join("state.db"), b"SQLite\0a-live-key-of-the-cloud\0").unwrap();
    let finding = checked(&folder, TEXT, &KEYS).remove(3);
    assert_eq!(finding.verdict, Error);
    let expected = "live keys were written: requests.jsonl.1:2 (CLOUD_KEY), audit.jsonl:1 (OTHER_KEY), state.db (CLOUD_KEY)";
    assert_eq!(finding.detail, expected);
}

#[test]
fn keys_that_are_unset_or_short_are_named() {
    let folder = Folder::new("unset");
    let findings = checked(&folder, TEXT, &[("CLOUD_KEY", "short")]);
    assert_eq!(verdicts(&findings), [Warn, Warn, Ok, Skip]);
    assert!(findings[0].detail.ends_with(": CLOUD_KEY") && findings[1].detail == "not set: OTHER_KEY");
    let none = TEXT.replace("    api_key_env: CLOUD_KEY\n", "").replace("    api_key_env: OTHER_KEY\n", "");
    assert_eq!(verdicts(&checked(&folder, &none, &[]))[1], Skip);
}

#[test]
fn keys_in_the_configuration_are_told_by_line() {
    let folder = Folder::new("embedded");
    let sure = TEXT.replace(
        "model: m\n    api_key_env: OTHER_KEY",
        "model: m\n    extra_body: {api_key: sk-ant-api03-0123456789abcdefghij}",
    );
    let finding = checked(&folder, &sure, &KEYS).remove(2);
    assert_eq!(
        (finding.verdict, finding.detail.as_str()),
        (Error, "the configuration holds a key in line 10")
    );
    let likely = TEXT.replace(
        "model: m\n    api_key_env: OTHER_KEY",
        "model: m\n    extra_body: {password: hunter2hunter2}",
    );
    assert_eq!(checked(&folder, &likely, &KEYS)[2].verdict, Warn);
}
