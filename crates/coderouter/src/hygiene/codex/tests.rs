//! Codex on made-up machines.

use super::check;
use crate::hygiene::Verdict::{Error, Info, Ok, Warn};
use crate::hygiene::stage::Stage;
use crate::hygiene::{Finding, Verdict};

const WELL: &str = "model_provider = \"coderouter\"\n[model_providers.coderouter]\nname = \"CodeRouter\"\n\
                    base_url = \"http://localhost:4000/v1\"\nwire_api = \"responses\"\n";

fn stage(config: &str, variables: &[(&str, &str)]) -> Stage {
    Stage::new(Some("codex-cli 0.169.0"), variables).with(".codex/config.toml", config)
}

#[track_caller]
fn check_one(stage: &Stage, name: &str, verdict: Verdict, words: &str) {
    let found = stage.find(check);
    assert_eq!(found.verdict(name), Some(verdict), "{:#?}", found.0);
    assert!(found.detail(name).contains(words), "{:#?}", found.0);
}

#[test]
fn all_may_be_well() {
    let found = stage(WELL, &[]).find(check);
    let is_well = |finding: &Finding| finding.verdict == Ok || finding.check == "router";
    assert!(found.0.iter().all(is_well), "{:#?}", found.0);
}

#[test]
fn the_chosen_provider_is_judged() {
    check_one(&Stage::new(None, &[]), "provider", Info, "asks OpenAI");
    check_one(&stage("model = \"x\"\n", &[]), "provider", Info, "asks OpenAI");
    check_one(&stage("model_provider = \"coderouter\"\n", &[]), "provider", Warn, "has no base_url");
    check_one(&stage(&WELL.replace("4000", "8088"), &[]), "base-url", Warn, "port 8088");
    check_one(&stage(&WELL.replace("/v1", ""), &[]), "base-url", Warn, "without a path");
    check_one(&stage(WELL, &[]).without_router(), "base-url", Warn, "nobody listens");
    check_one(&stage(&WELL.replace("responses", "chat"), &[]), "wire", Error, "refuses to start");
    let with_key = format!("{WELL}env_key = \"ROUTER_KEY\"\n");
    check_one(&stage(&with_key, &[]), "credential", Warn, "ROUTER_KEY");
    check_one(&stage(&with_key, &[("ROUTER_KEY", "dummy")]), "credential", Ok, "");
    check_one(&stage(&format!("{WELL}requires_openai_auth = true\n"), &[]), "credential", Warn, "login");
    let by_profile = format!("profile = \"p\"\n{WELL}\n[profiles.p]\nmodel_provider = \"openai\"\n");
    check_one(&stage(&by_profile, &[]), "provider", Info, "asks OpenAI");
}

#[test]
fn variables_matter_to_the_provider_that_is_built_in() {
    let url = ("OPENAI_BASE_URL", "http://localhost:4000/v1");
    check_one(&Stage::new(None, &[url, ("OPENAI_API_KEY", "dummy")]), "environment", Ok, "");
    check_one(
        &Stage::new(None, &[("OPENAI_BASE_URL", "http://localhost:4000")]),
        "environment",
        Warn,
        "without a path",
    );
    check_one(&Stage::new(None, &[url]), "openai-key", Warn, "a login is asked for");
    check_one(&Stage::new(None, &[url, ("OPENAI_API_KEY", "sk-real")]), "openai-key", Warn, "a real key");
    check_one(&Stage::new(None, &[("OPENAI_API_KEY", "sk-real")]), "environment", Info, "asks OpenAI");
    check_one(&stage(WELL, &[url]), "environment", Info, "wins over it");
}
