//! Made-up files with all that becomes of them: `tests/NAME.yaml` or `.json` beside `tests/NAME.txt`.
//!
//! `CODEROUTER_BLESS=1 cargo test` writes the results anew; read the difference before you keep it.

use super::*;
use proptest::prelude::*;
use std::fmt::Write;
use std::path::PathBuf;

fn circumstances(program: Option<Program>) -> Circumstances {
    Circumstances { program, llama_swap: "http://127.0.0.1:8080".parse().unwrap() }
}

/// The file and the account, or what is wrong.
fn told(text: &str, name: &str) -> String {
    let (mut out, account) = match import(text, Path::new(name), &circumstances(None)) {
        Ok(imported) => (format!("{}\n---\n", imported.text), imported.account),
        Err(ImportError::Nothing(account)) => ("nothing\n---\n".to_owned(), *account),
        Err(error) => return format!("{error}\n"),
    };
    for row in &account.rows {
        let _ = writeln!(out, "{:<7} {:>3} {}: {}", row.carried.word(), row.line, row.setting, row.note);
    }
    for advice in &account.advice {
        let _ = writeln!(out, "note: {advice}");
    }
    for key in &account.keys {
        let _ = writeln!(out, "key: {} {:?}", key.variable, key.written_in);
    }
    out
}

#[test]
fn imports_are_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/importing/tests");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension != "txt"));
    files.sort();
    assert!(files.len() >= 8);
    let bless = std::env::var_os("CODEROUTER_BLESS").is_some();
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy();
        let found = told(&std::fs::read_to_string(&path).unwrap(), &name);
        let golden = folder.join(format!("{name}.txt"));
        if bless {
            std::fs::write(&golden, &found).unwrap();
        }
        assert_eq!(found, std::fs::read_to_string(&golden).unwrap_or_default(), "{name}");
        assert!(!found.contains("SECRET"), "{name}");
    }
}

#[test]
fn every_setting_is_accounted_for() {
    for name in ["ccr.json", "litellm.yaml", "llama-swap.yaml"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/importing/tests").join(name);
        let text = std::fs::read_to_string(path).unwrap();
        let imported = import(&text, Path::new(name), &circumstances(None)).unwrap();
        let source = Source::parse(&text, Path::new(name)).unwrap();
        for leaf in source.root().leaves().iter().filter(|leaf| leaf.word() != Some("~")) {
            let covers = |row: &&Row| {
                let rest = leaf.path().strip_prefix(&*row.setting);
                let is_whole = !row.note.starts_with("provider and profile");
                rest.is_some_and(|rest| rest.is_empty() || (is_whole && rest.starts_with(['.', '['])))
            };
            assert!(imported.account.rows.iter().any(|row| covers(&row)), "{name}: {}", leaf.path());
        }
    }
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,6}", "[ -~]{1,9}", "\\PC{1,6}", Just("auto".to_owned()), Just("${X}".to_owned())]
}

proptest! {
    // Each case loads whole configurations.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_is_written_loads(
        names in prop::collection::vec((word(), word(), word()), 1..5),
        host in "(127.0.0.1|api.example.com|openrouter.ai)",
        number in any::<u32>(),
        seconds in any::<f64>(),
    ) {
        let model = |(group, model, key): &(String, String, String)| serde_json::json!({
            "model_name": group,
            "litellm_params": {
                "model": format!("openai/{model}"), "api_base": format!("http://{host}/v1"), "api_key": key,
                "rpm": number, "timeout": seconds, "temperature": seconds, "stop": [key],
            },
            "model_info": {"max_input_tokens": number},
        });
        let litellm = serde_json::json!({
            "model_list": names.iter().map(model).collect::<Vec<_>>(),
            "router_settings": {"fallbacks": [{names[0].0.clone(): [names[0].0.clone()]}], "cooldown_time": number},
        });
        let ccr = serde_json::json!({
            "PORT": number,
            "Providers": [{
                "name": names[0].0, "api_base_url": format!("https://{host}/v1/chat/completions"),
                "api_key": names[0].2, "models": names.iter().map(|(_, model, _)| model).collect::<Vec<_>>(),
            }],
            "Router": {"default": format!("{},{}", names[0].0, names[0].1), "longContextThreshold": number},
        });
        let swap = serde_json::json!({
            "models": {
                names[0].0.clone(): {"cmd": format!("llama-server -c {number} {}", names[0].1), "aliases": [names[0].2]}
            },
        });
        for source in [litellm, ccr, swap] {
            let outcome = import(&source.to_string(), Path::new("a.json"), &circumstances(None));
            prop_assert!(!matches!(outcome, Err(ImportError::Bug(_))), "{}", outcome.unwrap_err());
        }
    }
}
