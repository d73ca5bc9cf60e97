//! The configuration that follows from what was found: local models first, free clouds next, and what costs money last
//! and not used.

use super::NEED;
use super::cures::{Finding, too_small, without_model};
use super::facts::{Model, Server};
use super::models::rank;
use crate::config::draft::{Outline, Profile, Provider};
use crate::config::is_name;
use crate::discovery::{Found, Place};
use crate::hardware::{GB, Hardware};
use crate::servers::Kind;
use serde_json::{Value, json};

/// What a proposal is made of.
#[derive(Clone, Debug, Default)]
pub struct Basis {
    /// The machine.
    pub hardware: Hardware,
    /// The servers that answer.
    pub servers: Vec<Server>,
    /// The model of each server that was chosen, by the server's name; the best where none was.
    pub chosen: Vec<(String, String)>,
    /// Free models of clouds whose keys are set and may be used.
    pub clouds: Vec<Found>,
    /// The variables that keys may be taken from.
    pub keys: Vec<String>,
}

/// A configuration, and what to know about it.
#[derive(Clone, Debug, Default)]
pub struct Proposal {
    /// The file; none where nothing was found.
    pub text: Option<String>,
    /// The chain.
    pub chain: Vec<String>,
    /// What is not as it should be.
    pub findings: Vec<Finding>,
}

/// What costs money, by the key it needs: the provider's name, whether it speaks Messages, its URL and model.
const PAID: &[(&str, &str, bool, &str, &str)] = &[
    ("ANTHROPIC_API_KEY", "anthropic", true, "https://api.anthropic.com", "claude-sonnet-5"),
    ("OPENAI_API_KEY", "openai", false, "https://api.openai.com/v1", "gpt-5.1"),
    (
        "GEMINI_API_KEY",
        "gemini",
        false,
        "https://generativelanguage.googleapis.com/v1beta/openai",
        "gemini-2.5-flash",
    ),
];

/// What stands at the top of the file.
const TITLE: &[&str] = &[
    "Made by `coderouter init`; yours to change. A changed file is used at once, and `coderouter check` says what is wrong.",
    "Providers are asked in the order of their profile: whoever fails before the first word makes room for the next.",
];

/// Makes the proposal.
pub fn propose(basis: &Basis) -> Proposal {
    let mut findings = Vec::new();
    let mut locals: Vec<(u8, Provider)> = Vec::new();
    for server in &basis.servers {
        let Some(model) = choice(basis, server) else {
            findings.push(without_model(server, &basis.hardware));
            continue;
        };
        findings.extend(too_small(server, model));
        locals.push((fitness(model), local(server, model)));
    }
    locals.sort_by_key(|(fitness, _)| *fitness);
    let mut providers: Vec<Provider> = locals.into_iter().map(|(_, provider)| provider).collect();
    let has_local = !providers.is_empty();
    let clouds = basis.clouds.iter().filter(|found| is_name(&found.place.model));
    providers.extend(clouds.map(|found| cloud(&found.place)));
    let paid = PAID.iter().filter(|(key, ..)| basis.keys.iter().any(|known| known == key));
    let paid: Vec<Provider> = paid.map(paid_provider).collect();
    // What may not be used answers nobody: by itself it is no configuration.
    if providers.is_empty() {
        return Proposal { findings, ..Proposal::default() };
    }
    providers.extend(paid);
    if !has_local {
        findings.push(Finding {
            text: "no local model: everything goes to free clouds, which limit requests a day".to_owned(),
            hints: vec!["start a local server, then run `coderouter init` again".to_owned()],
        });
    }
    let chain: Vec<String> = providers.iter().map(|provider| provider.name.clone()).collect();
    let profile = Profile { name: "default".to_owned(), providers: chain.clone(), ..Profile::default() };
    let outline = Outline {
        title: TITLE.iter().map(|line| (*line).to_owned()).collect(),
        default_profile: "default".to_owned(),
        providers,
        profiles: vec![profile],
        ..Outline::default()
    };
    Proposal { text: Some(outline.write()), chain, findings }
}

/// The model of a server: the one that was chosen, else the best for agents.
pub fn choice<'s>(basis: &Basis, server: &'s Server) -> Option<&'s Model> {
    let chosen = basis.chosen.iter().find(|(name, _)| *name == server.place.name);
    let named = chosen.and_then(|(_, model)| server.models.iter().find(|known| known.name == *model));
    named.or_else(|| usable(server, &basis.hardware).into_iter().next())
}

/// The models of a server that may answer agents, the best first.
pub fn usable<'s>(server: &'s Server, hardware: &Hardware) -> Vec<&'s Model> {
    let room = hardware.vram().max(hardware.ram.unwrap_or(u64::MAX));
    let is_held = |model: &Model| {
        let is_elsewhere = !is_here(&server.place);
        is_elsewhere
            || model.is_loaded
            || model.bytes.is_none_or(|bytes| bytes.saturating_add(2 * GB) <= room)
    };
    let may_answer =
        |model: &&Model| !(model.is_remote || model.is_mute || model.name.is_empty()) && is_name(&model.name);
    let mut models: Vec<&Model> = server.models.iter().filter(may_answer).collect();
    models.sort_by_key(|model| {
        let loads_slowly = server.kind == Kind::LmStudio && !model.is_loaded;
        (
            model.tools == Some(false),
            !is_held(model),
            loads_slowly,
            // One that has the window already comes before its like that has not.
            rank(&model.name),
            model.window.is_none_or(|window| window < NEED),
            std::cmp::Reverse(model.bytes.unwrap_or(0)),
        )
    });
    models
}

/// Whether a server shares this machine's memory.
fn is_here(place: &Place) -> bool {
    let endpoint = place.base_url.parse::<canon::config::Endpoint>();
    endpoint.is_ok_and(|endpoint| matches!(endpoint.host.as_str(), "localhost" | "127.0.0.1" | "::1"))
}

/// Who is asked first: lower is sooner.
fn fitness(model: &Model) -> u8 {
    let has_window = model.window.is_some_and(|window| window >= NEED);
    let is_small = model.window.is_some_and(|window| window < NEED);
    2 * u8::from(model.tools == Some(false)) + u8::from(!has_window) + 4 * u8::from(is_small)
}

fn local(server: &Server, model: &Model) -> Provider {
    let mut about = vec![server.kind.program().unwrap_or("a server").to_owned()];
    about.extend(
        model
            .bytes
            .filter(|bytes| *bytes >= 1_000_000_000)
            .map(|bytes| format!("{} GB of weights", bytes.saturating_add(500_000_000) / 1_000_000_000)),
    );
    about.push(
        match model.tools {
            Some(true) => "takes tools",
            Some(false) => "has no tools of its own",
            None => "does not say whether it takes tools",
        }
        .to_owned(),
    );
    about.extend(server.slots.map(|slots| match slots {
        1 => "1 conversation at once".to_owned(),
        slots => format!("{slots} conversations at once"),
    }));
    let mut notes = vec![format!("{}.", about.join(", "))];
    if model.window.is_none() {
        notes.push(format!("Its window is not known; agents need {NEED} tokens. See `coderouter doctor`."));
    }
    let mut capabilities = serde_json::Map::new();
    if model.tools == Some(false) {
        capabilities.insert("tools".to_owned(), Value::from(false));
    }
    Provider {
        notes,
        name: server.place.name.clone(),
        base_url: server.place.base_url.clone(),
        model: model.name.clone(),
        window: model
            .window
            .filter(|window| (1..=u64::from(u32::MAX)).contains(window))
            .map(|window| (window, "as the server says".to_owned())),
        capabilities,
        ..Provider::default()
    }
}

fn cloud(place: &Place) -> Provider {
    Provider {
        notes: vec!["Free of charge, with a limit of requests.".to_owned()],
        name: place.name.clone(),
        base_url: place.base_url.clone(),
        model: place.model.clone(),
        key: Some(place.key.clone()),
        ..Provider::default()
    }
}

fn paid_provider(row: &(&str, &str, bool, &str, &str)) -> Provider {
    let &(key, name, is_anthropic, base_url, model) = row;
    Provider {
        notes: vec!["Costs money: never asked until `allow_paid: true`.".to_owned()],
        name: name.to_owned(),
        is_anthropic,
        base_url: base_url.to_owned(),
        model: model.to_owned(),
        key: Some(key.to_owned()),
        paid: true,
        ..Provider::default()
    }
}

impl Proposal {
    /// As JSON.
    pub fn to_json(&self) -> Value {
        let finding = |finding: &Finding| json!({"text": finding.text, "hints": finding.hints});
        json!({
            "chain": self.chain,
            "file": self.text,
            "findings": self.findings.iter().map(finding).collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discovery::{self, local as at};
    use proptest::prelude::*;

    fn server(kind: Kind, models: &[Model]) -> Server {
        let place = at(kind.provider(), "http://127.0.0.1:11434/v1");
        Server { place, kind, slots: None, models: models.to_vec() }
    }

    fn model(name: &str, tools: Option<bool>, window: Option<u64>) -> Model {
        Model { name: name.to_owned(), tools, window, ..Model::default() }
    }

    #[test]
    fn the_chain_is_local_then_free_then_paid() {
        let clouds = vec![Found {
            place: Place {
                key: "NVIDIA_NIM_API_KEY".to_owned(),
                model: "m".to_owned(),
                ..at("nvidia-nim", "https://integrate.api.nvidia.com/v1")
            },
            models: vec!["m".to_owned()],
        }];
        let basis = Basis {
            servers: vec![
                server(Kind::LlamaCpp, &[model("tiny", Some(false), Some(65536))]),
                server(
                    Kind::Ollama,
                    &[model("nomic-embed", None, None), model("qwen3-coder:30b", Some(true), Some(65536))],
                ),
            ],
            clouds,
            keys: vec!["ANTHROPIC_API_KEY".to_owned()],
            ..Basis::default()
        };
        let proposal = propose(&basis);
        assert_eq!(proposal.chain, ["ollama", "llama-cpp", "nvidia-nim", "anthropic"]);
        let config = discovery::load(&proposal.text.unwrap()).unwrap().config;
        assert!(!config.allow_paid);
        let paid: Vec<bool> = config.providers.iter().map(|provider| provider.paid).collect();
        assert_eq!(paid, [false, false, false, true]);
        assert_eq!(proposal.findings, []);
    }

    #[test]
    fn the_best_model_for_agents_is_chosen() {
        let hardware = Hardware { ram: Some(16 * GB), ..Hardware::default() };
        let heavy = Model { bytes: Some(65 * GB), ..model("gpt-oss:120b", Some(true), None) };
        let remote = Model { is_remote: true, ..model("qwen3-coder:480b-cloud", Some(true), None) };
        let server = server(
            Kind::Ollama,
            &[
                heavy,
                remote,
                model("qwen2.5-coder:7b", Some(false), Some(65536)),
                model("llama3.1:8b", Some(true), Some(65536)),
                model("gpt-oss:20b", Some(true), None),
                model("gpt-oss:20b-32k", Some(true), Some(NEED)),
            ],
        );
        let names: Vec<&str> = usable(&server, &hardware).iter().map(|model| model.name.as_str()).collect();
        assert_eq!(
            names,
            ["gpt-oss:20b-32k", "gpt-oss:20b", "llama3.1:8b", "gpt-oss:120b", "qwen2.5-coder:7b"]
        );
        let chosen = vec![("ollama".to_owned(), "llama3.1:8b".to_owned())];
        let basis = Basis { servers: vec![server.clone()], chosen, ..Basis::default() };
        assert_eq!(choice(&basis, &server).unwrap().name, "llama3.1:8b");
    }

    #[test]
    fn small_windows_are_told_with_a_cure() {
        for (kind, window, cure) in [
            (Kind::Ollama, Some(4096), "OLLAMA_CONTEXT_LENGTH=32768"),
            (Kind::Ollama, None, "\"from\":\"m\""),
            (Kind::LlamaCpp, Some(8192), "llama-server -c 32768 -np 1"),
            (Kind::LmStudio, Some(4096), "lms load m --context-length 32768"),
            (Kind::Vllm, Some(8192), "--max-model-len 32768"),
            (Kind::Other, None, "max_context_tokens"),
        ] {
            let basis =
                Basis { servers: vec![server(kind, &[model("m", Some(true), window)])], ..Basis::default() };
            let proposal = propose(&basis);
            assert_eq!(proposal.findings.len(), 1, "{kind:?}");
            assert!(proposal.findings[0].hints.join("\n").contains(cure), "{:?}", proposal.findings);
            let config = discovery::load(&proposal.text.unwrap()).unwrap().config;
            assert_eq!(config.providers.len(), 1);
        }
    }

    proptest! {
        // Each case loads whole configurations.
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn whatever_servers_say_the_file_loads(
            names in prop::collection::vec(any::<String>(), 1..4),
            window in any::<Option<u64>>(),
            tools in any::<Option<bool>>(),
            bytes in any::<Option<u64>>(),
        ) {
            let models: Vec<Model> = names.iter().map(|name| Model { bytes, ..model(name, tools, window) }).collect();
            for kind in [Kind::Ollama, Kind::LlamaCpp, Kind::Other] {
                let server = Server { slots: window, ..server(kind, &models) };
                let proposal = propose(&Basis { servers: vec![server], ..Basis::default() });
                if let Some(text) = proposal.text {
                    prop_assert!(discovery::load(&text).is_ok(), "{}", text);
                }
            }
        }
    }

    #[test]
    fn money_alone_is_no_configuration() {
        let keys = vec!["OPENAI_API_KEY".to_owned()];
        let basis = Basis { servers: vec![server(Kind::Ollama, &[])], keys, ..Basis::default() };
        let proposal = propose(&basis);
        assert_eq!((proposal.text, proposal.findings.len()), (None, 1));
    }
}
