//! Codex on made-up machines.

use super::check;
use crate::hygiene::Finding;
use crate::hygiene::Verdict::{Error, Info, Ok, Warn};
use crate::hygiene::stage::{Stage, finds};

const WELL: &str = "model_provider = \"coderouter\"\n[model_providers.coderouter]\nname = \"CodeRouter\"\n\
                    base_url = \"http://localhost:4000/v1\"\nwire_api = \"responses\"\n";

fn stage(config: &str, variables: &[(&str, &str)]) -> Stage {
    Stage::new(Some("codex-cli 0.169.0"), variables).with(".codex/config.toml", config)
}

#[test]
fn all_may_be_well() {
    let found = stage(WELL, &[]).find(check);
    let is_well = |finding: &Finding| finding.verdict == Ok || finding.check == "router";
    assert!(found.0.iter().all(is_well), "{:#?}", found.0);
}

#[test]
fn the_chosen_provider_is_judged() {
    finds(check, &Stage::new(None, &[]), "provider", Info, "asks OpenAI");
    finds(check, &stage("model = \"x\"\n", &[]), "provider", Info, "asks OpenAI");
    finds(check, &stage("model_provider = \"coderouter\"\n", &[]), "provider", Warn, "has no base_url");
    finds(check, &stage(&WELL.replace("4000", "8088"), &[]), "base-url", Warn, "port 8088");
    finds(check, &stage(&WELL.replace("/v1", ""), &[]), "base-url", Warn, "without a path");
    finds(check, &stage(WELL, &[]).without_router(), "base-url", Warn, "nobody listens");
    finds(check, &stage(&WELL.replace("responses", "chat"), &[]), "wire", Error, "refuses to start");
    let with_key = format!("{WELL}env_key = \"ROUTER_KEY\"\n");
    finds(check, &stage(&with_key, &[]), "credential", Warn, "ROUTER_KEY");
    finds(check, &stage(&with_key, &[("ROUTER_KEY", "dummy")]), "credential", Ok, "");
    finds(check, &stage(&format!("{WELL}requires_openai_auth = true\n"), &[]), "credential", Warn, "login");
    let by_profile = format!("profile = \"p\"\n{WELL}\n[profiles.p]\nmodel_provider = \"openai\"\n");
    finds(check, &stage(&by_profile, &[]), "provider", Info, "asks OpenAI");
}

#[test]
fn variables_matter_to_the_provider_that_is_built_in() {
    let url = ("OPENAI_BASE_URL", "http://localhost:4000/v1");
    finds(check, &Stage::new(None, &[url, ("OPENAI_API_KEY", "dummy")]), "environment", Ok, "");
    finds(
        check,
        &Stage::new(None, &[("OPENAI_BASE_URL", "http://localhost:4000")]),
        "environment",
        Warn,
        "without a path",
    );
    finds(check, &Stage::new(None, &[url]), "openai-key", Warn, "a login is asked for");
    finds(check, &Stage::new(None, &[url, ("OPENAI_API_KEY", "sk-real")]), "openai-key", Warn, "a real key");
    finds(check, &Stage::new(None, &[("OPENAI_API_KEY", "sk-real")]), "environment", Info, "asks OpenAI");
    finds(check, &stage(WELL, &[url]), "environment", Info, "wins over it");
}
