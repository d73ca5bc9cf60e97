//! The example files load and say what they promise; the schema beside them is fresh.

use canon::config::Matcher;

use super::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

fn example(name: &str) -> Loaded {
    load_right(&std::fs::read_to_string(folder().join(name)).unwrap())
}

#[test]
fn every_example_loads_without_a_warning() {
    let mut count = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let loaded = load_right(&std::fs::read_to_string(&path).unwrap());
            assert_eq!(loaded.notices, [], "{}", path.display());
            assert!(!loaded.config.allow_paid);
            count += 1;
        }
    }
    assert!(count >= 6);
}

#[test]
fn the_full_set() {
    let loaded = example("providers.yaml");
    let config = &loaded.config;
    assert_eq!(config.default_profile.as_str(), "multi");
    for name in ["multi", "coding", "general", "reasoning"] {
        let profile = config.profile(name).unwrap();
        let prompt = &profile.append_system_prompt;
        assert!(matches!(prompt, canon::config::SystemPrompt::Replace(_)), "{name}");
        assert!(config.mode_aliases.values().any(|alias| alias.as_str() == name), "{name}");
    }
    let head = config.chain(config.profile("coding").unwrap()).next().unwrap();
    assert_eq!(head.facts.claude_code_suitability, Some(canon::config::Suitability::Fine));
    assert!(head.model.as_str().starts_with("qwen"));
    assert_eq!(loaded.unbuilt, []);
}

#[test]
fn the_classifiers() {
    let loaded = example("providers.auto-custom.yaml");
    let router = loaded.config.auto_router.as_ref().unwrap();
    assert_eq!(router.otherwise.as_str(), "writing");
    assert_eq!(loaded.config.default_profile.as_str(), "writing");
    assert_eq!(router.rules.len(), 4);
    assert_eq!(router.rules[3].matcher, Matcher::CodeFenceRatioMin(0.15));
    assert_eq!(loaded.unbuilt, []);
    let bundled = example("providers.auto.yaml").config.auto_router.unwrap();
    assert!(bundled.rules.is_empty() && bundled.enabled);
    let small = example("providers.raspberrypi.yaml").config.auto_router.unwrap();
    assert_eq!(small.rules[0].id, "user:0");
}

#[test]
fn the_env_file_is_one() {
    let mut env = Env::default();
    let applied =
        apply_env_files(&[folder().join(".env.example")], Precedence::Environment, &mut env).unwrap();
    assert_eq!(
        applied[0].names,
        ["ALLOW_PAID", "ANTHROPIC_API_KEY", "NVIDIA_NIM_API_KEY", "OPENROUTER_API_KEY", "ZAI_API_KEY"]
    );
}

/// `CODEROUTER_BLESS=1 cargo test` writes it anew.
#[test]
fn the_schema_is_fresh() {
    let path = folder().join("providers.schema.json");
    let fresh = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("CODEROUTER_BLESS").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    assert!(fresh == std::fs::read_to_string(&path).unwrap_or_default(), "{} is stale", path.display());
}

#[test]
fn the_schema_explains_every_key() {
    explains(&schema());
}

fn explains(block: &serde_json::Value) {
    assert_eq!(block["additionalProperties"], false);
    for (key, property) in block["properties"].as_object().unwrap() {
        assert!(property["description"].as_str().is_some_and(|doc| doc.ends_with('.')), "{key}");
        let is_type = |value: &serde_json::Value| value.is_string() || value.is_array();
        let has_form =
            is_type(&property["type"]) || property["enum"].is_array() || property["anyOf"].is_array();
        assert!(has_form, "{key}");
        for nested in [property, &property["items"], &property["additionalProperties"]] {
            if nested["properties"].is_object() {
                explains(nested);
            }
        }
    }
}
