//! llama-swap: `config.yaml`.
//!
//! llama-swap goes on starting and stopping models; it is asked as a provider for each of them. What its file says about
//! starting stays there.

use super::account::Account;
use super::chat::{self, Address};
use super::makers;
use super::names::{Names, exactly, is_model, slug};
use super::settle_money;
use super::source::At;
use crate::config::draft::{Outline, Profile, Provider, Rule};
use canon::config::Endpoint;
use serde_json::{Value, json};

/// What is said of a setting about starting models.
const STAYS: &str = "stays with llama-swap, which goes on starting models";

/// Turns it into ours.
pub fn import(root: &At<'_>, place: &Endpoint, account: &mut Account) -> Outline {
    let mut import = Import { names: Names::default(), outline: Outline::default(), key: None, place };
    if let Some(keys) = root.get("apiKeys") {
        import.key = keys.items(account).first().and_then(|at| own_key(at, account));
    }
    let macros = root.get("macros").map(|at| at.settings(account)).unwrap_or_default();
    for (key, at) in root.settings(account) {
        match key {
            "apiKeys" => {}
            "models" => {
                for (name, at) in at.settings(account) {
                    import.model(name, &at, &macros, account);
                }
            }
            "peers" => {
                for (name, at) in at.settings(account) {
                    import.peer(name, &at, account);
                }
            }
            "macros"
            | "groups"
            | "matrix"
            | "hooks"
            | "healthCheckTimeout"
            | "globalTTL"
            | "startPort"
            | "routing"
            | "logLevel"
            | "logTimeFormat"
            | "logToStdout"
            | "logRequests"
            | "metricsMaxInMemory"
            | "captureBuffer"
            | "sendLoadingState"
            | "includeAliasesInList" => account.not(&at, STAYS),
            _ => account.unknown(&at),
        }
    }
    let mut outline = import.outline;
    let preloaded = preloaded(root).and_then(|name| {
        outline.profiles.iter().find(|profile| profile.name == slug(name)).map(|profile| profile.name.clone())
    });
    outline.default_profile =
        preloaded.or(outline.profiles.first().map(|profile| profile.name.clone())).unwrap_or_default();
    account.advise(format!("keep llama-swap running at {place}; `--url` names another place"));
    account.advise(format!("a model that nobody has gets profile {}", outline.default_profile));
    settle_money(&mut outline, account);
    outline
}

/// The model that is loaded at the start.
fn preloaded<'s>(root: &At<'s>) -> Option<&'s str> {
    let list = root.get("hooks")?.get("on_startup")?.get("preload")?;
    list.items(&mut Account::default()).first()?.word()
}

struct Import<'a> {
    names: Names,
    outline: Outline,
    /// The variable with the key that llama-swap wants.
    key: Option<String>,
    place: &'a Endpoint,
}

/// The key that llama-swap wants from whoever asks it.
fn own_key(at: &At<'_>, account: &mut Account) -> Option<String> {
    let named = chat::referred(at.word()?);
    let name = named.unwrap_or("LLAMA_SWAP_API_KEY");
    account.need(name, named.is_none().then_some(at));
    match named {
        Some(name) => account.exactly(at, format!("api_key_env: {name}")),
        None => account.roughly(at, format!("api_key_env: {name}; the key itself is not copied")),
    }
    Some(name.to_owned())
}

impl Import<'_> {
    fn model(&mut self, name: &str, at: &At<'_>, macros: &[(&str, At<'_>)], account: &mut Account) {
        let settings = at.settings(account);
        let find = |key: &str| settings.iter().find(|(name, _)| *name == key).map(|(_, at)| at);
        let own = find("macros").map(|at| at.settings(account)).unwrap_or_default();
        let command = find("cmd").and_then(At::word).map(|command| expand(command, &[&own, macros].concat()));
        let Some(command) = command else {
            account.mistake(at.mistake("the model has no cmd"));
            return;
        };
        if is_no_chat(&command) {
            account.not(at, "only chat models are routed; ask llama-swap itself for this one");
            return;
        }
        if !is_model(name) {
            account.mistake(at.mistake("its name can't be that of a model here"));
            return;
        }
        let ours = self.names.give(name);
        let mut base = self.place.clone();
        base.path = format!("{}/v1", base.path.trim_end_matches("/v1"));
        let mut provider = Provider {
            name: ours.clone(),
            base_url: base.to_string(),
            model: name.to_owned(),
            key: self.key.clone(),
            window: window(&command).map(|tokens| (tokens, String::new())),
            ..Provider::default()
        };
        account.exactly(at, format!("provider and profile {ours}, and a rule that chooses them"));
        if let (Some(cmd), Some((tokens, _))) = (find("cmd"), &provider.window) {
            account.exactly(cmd, format!("max_context_tokens: {tokens}; the command itself {STAYS}"));
        } else if let Some(cmd) = find("cmd") {
            account
                .not(cmd, format!("it names no window: set max_context_tokens; the command itself {STAYS}"));
        }
        let mut aliases = vec![name.to_owned()];
        for (key, at) in &settings {
            match *key {
                "cmd" => {}
                "aliases" => aliases.extend(self.aliases(at, account)),
                "concurrencyLimit" => {
                    match at.number(account).filter(|n| (1.0..=f64::from(u32::MAX)).contains(n)) {
                        Some(limit) => {
                            provider.limits.insert("concurrency".to_owned(), json!(limit as u64));
                            account.exactly(at, "limits.concurrency");
                        }
                        None => account.exactly(at, "no limit"),
                    }
                }
                "proxy" | "ttl" | "env" | "cmdStop" | "checkEndpoint" | "useModelName" | "filters"
                | "macros" | "name" | "description" | "metadata" | "timeouts" | "sendLoadingState"
                | "unlisted" => {
                    account.not(at, STAYS);
                }
                _ => account.unknown(at),
            }
        }
        self.add(provider, &aliases);
    }

    /// Other names of a model.
    fn aliases(&self, at: &At<'_>, account: &mut Account) -> Vec<String> {
        let items = at.items(account);
        let names = items.iter().filter_map(|item| {
            let at = item.get("id").unwrap_or_else(|| item.clone());
            let name = at.text(account)?.to_owned();
            account.exactly(&at, "a rule that chooses it");
            Some(name)
        });
        names.collect()
    }

    /// Models of another server, asked there without llama-swap between.
    fn peer(&mut self, name: &str, at: &At<'_>, account: &mut Account) {
        let Some(proxy) = at.get("proxy") else {
            account.mistake(at.mistake("the peer has no proxy"));
            return;
        };
        let Some(mut address) = Address::read(&proxy, account) else { return };
        address.endpoint.path = format!("{}/v1", address.endpoint.path.trim_end_matches("/v1"));
        account.roughly(&proxy, format!("base_url: {}, asked without llama-swap between", address.endpoint));
        let mut draft = Provider { base_url: address.endpoint.to_string(), ..Provider::default() };
        for (key, at) in at.settings(account) {
            match key {
                "proxy" | "models" => {}
                "apiKey" => draft.key = chat::key(&at, &address.endpoint, name, account),
                "filters" => filters(&at, &mut draft, account),
                "timeouts" => account.not(&at, "see timeout_s"),
                _ => account.unknown(&at),
            }
        }
        for item in at.get("models").map(|list| list.items(account)).unwrap_or_default() {
            let Some(model) = item.model(account) else { continue };
            let ours = self.names.give(model);
            account.exactly(&item, format!("provider and profile {ours}, and a rule that chooses them"));
            let paid = makers::is_paid(&address.endpoint, model);
            let provider = Provider { name: ours, model: model.to_owned(), paid, ..draft.clone() };
            self.add(provider, &[model.to_owned()]);
        }
    }

    fn add(&mut self, provider: Provider, names: &[String]) {
        let profile = provider.name.clone();
        for name in names {
            self.outline.rules.push(Rule {
                id: format!("model-{}", slug(name)),
                matcher: ("model_pattern", json!(exactly(name))),
                profile: profile.clone(),
            });
        }
        let providers = vec![profile.clone()];
        self.outline.profiles.push(Profile { name: profile, providers, ..Profile::default() });
        self.outline.providers.push(provider);
    }
}

fn filters(at: &At<'_>, draft: &mut Provider, account: &mut Account) {
    for (key, at) in at.settings(account) {
        match (key, at.json()) {
            ("setParams", Some(Value::Object(fields))) => {
                draft.extra_body.extend(fields);
                account.roughly(&at, "extra_body, where a request does not say it itself");
            }
            _ => account.not(&at, "requests are sent as they come"),
        }
    }
}

/// The command with its macros replaced, those of the model before those of the file.
fn expand(command: &str, macros: &[(&str, At<'_>)]) -> String {
    let mut text = command.to_owned();
    // Macros may stand in macros, and one that stands in itself would never come to an end.
    for _ in 0..MAX_MACROS {
        if text.len() > MAX_COMMAND {
            break;
        }
        let Some((name, value)) = macros.iter().find(|(name, _)| text.contains(&format!("${{{name}}}")))
        else {
            break;
        };
        text = text.replace(&format!("${{{name}}}"), value.word().unwrap_or_default());
    }
    text.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join(" ")
}

/// How many macros are replaced in a command.
const MAX_MACROS: usize = 32;

/// The most bytes of a command in which macros are replaced.
const MAX_COMMAND: usize = 32 * 1024;

/// The window of one conversation that a llama-server is started with.
fn window(command: &str) -> Option<u64> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let value = |names: &[&str]| {
        let at =
            words.iter().rposition(|word| names.contains(&word.split('=').next().unwrap_or_default()))?;
        let value = words[at].split_once('=').map(|(_, value)| value).or(words.get(at + 1).copied())?;
        value.parse::<u64>().ok().filter(|number| *number > 0)
    };
    let all = value(&["-c", "--ctx-size", "--max-model-len"])?;
    let slots = value(&["-np", "--parallel"]).filter(|_| !words.contains(&"--kv-unified")).unwrap_or(1);
    Some((all / slots).max(1)).filter(|tokens| *tokens <= u64::from(u32::MAX))
}

/// Whether a server is started for something else than chat.
fn is_no_chat(command: &str) -> bool {
    let words = ["--embedding", "--embeddings", "--rerank", "--reranking"];
    let programs = ["whisper-server", "sd-server"];
    command.split_whitespace().any(|word| {
        words.contains(&word) || programs.iter().any(|program| word.rsplit('/').next() == Some(program))
    })
}
