//! claude-code-router: `~/.claude-code-router/config.json`.
//!
//! Its providers have many models each, and its `Router` gives kinds of requests a model. Here every model is a provider,
//! and every kind a profile; where a kind can be told from the request, a rule chooses it.

mod routes;
mod transformers;

use super::account::Account;
use super::chat::{self, Address};
use super::makers;
use super::names::Names;
use super::settle_money;
use super::source::At;
use crate::config::draft::{Item, Outline, Provider};

/// A model of theirs, as `provider,model` names it.
struct Model {
    provider: String,
    model: String,
    /// Its provider's name here.
    name: String,
}

/// Turns it into ours.
pub fn import(root: &At<'_>, account: &mut Account) -> Outline {
    let mut outline = Outline { default_profile: "default".to_owned(), ..Outline::default() };
    let mut models = Vec::new();
    let mut names = Names::default();
    for (key, at) in root.settings(account) {
        match key {
            "Providers" | "providers" => {
                for provider in at.items(account) {
                    read_provider(&provider, &mut names, &mut models, &mut outline, account);
                }
            }
            "Router" | "fallback" => {}
            _ => top(key, &at, &mut outline, account),
        }
    }
    routes::import(root, &models, &mut outline, account);
    if let Some(at) = root.get("API_TIMEOUT_MS") {
        patience(&at, &mut outline, account);
    }
    if root.get("Router").and_then(|router| router.get("default")).is_none() {
        account.mistake(
            root.mistake("there is no Router.default").hint("name the model that answers by default"),
        );
    }
    settle_money(&mut outline, account);
    outline
}

fn read_provider(
    at: &At<'_>,
    names: &mut Names,
    models: &mut Vec<Model>,
    outline: &mut Outline,
    account: &mut Account,
) {
    let settings = at.settings(account);
    let find = |name: &str| settings.iter().find(|(key, _)| *key == name).map(|(_, at)| at);
    let (Some(own_name), Some(url), Some(listed)) = (find("name"), find("api_base_url"), find("models"))
    else {
        let missing = ["name", "api_base_url", "models"].into_iter().filter(|key| find(key).is_none());
        let missing: Vec<&str> = missing.collect();
        account.mistake(at.mistake(format!("the provider has no {}", missing.join(", "))));
        return;
    };
    let Some(own) = own_name.text(account) else { return };
    let Some(mut address) = Address::read(url, account) else { return };
    let mut draft = Provider::default();
    account.exactly(own_name, "the beginning of its providers' names");
    if let Some(transformer) = find("transformer") {
        transformers::import(transformer, &mut address, &mut draft, account);
    }
    if address.endpoint.path.ends_with("/v1beta/models") {
        address.endpoint.path = address.endpoint.path.replace("/models", "/openai");
        account.roughly(url, format!("base_url: {}, which speaks chat completions", address.endpoint));
    } else {
        account.exactly(url, format!("base_url: {}", address.endpoint));
    }
    let key = find("api_key").and_then(|at| chat::key(at, &address.endpoint, own, account));
    for (key, at) in &settings {
        if !["name", "api_base_url", "models", "transformer", "api_key"].contains(key) {
            account.unknown(at);
        }
    }
    let items = listed.items(account);
    for item in &items {
        let Some(model) = item.model(account) else { continue };
        let name = names.give(&if items.len() == 1 { own.to_owned() } else { format!("{own}-{model}") });
        account.exactly(item, format!("provider {name}"));
        models.push(Model { provider: own.to_owned(), model: model.to_owned(), name: name.clone() });
        outline.providers.push(Provider {
            name,
            is_anthropic: address.is_anthropic,
            base_url: address.endpoint.to_string(),
            model: model.to_owned(),
            key: key.clone(),
            paid: makers::is_paid(&address.endpoint, model),
            ..draft.clone()
        });
    }
}

/// A setting of the program itself.
fn top(key: &str, at: &At<'_>, outline: &mut Outline, account: &mut Account) {
    match key {
        "PORT" => {
            let port =
                at.number(account).filter(|port| (1.0..=65535.0).contains(port) && port.fract() == 0.0);
            if let Some(port) = port {
                outline.server.put("port", Item::Number(port as u64));
                account.exactly(at, format!("server.port: {port}"));
            }
        }
        "HOST" => {
            if let Some(host) = at.text(account) {
                outline.server.put("host", Item::name(host));
                account.roughly(
                    at,
                    format!("server.host: {host}; other addresses than loopback want CODEROUTER_TOKEN set"),
                );
            }
        }
        "APIKEY" => {
            if let Some(value) = at.word().map(str::trim).filter(|value| !value.is_empty()) {
                chat::client_key(value, at, outline, account);
            }
        }
        "PROXY_URL" => account.not(at, "set HTTPS_PROXY in the environment of `coderouter serve`"),
        "LOG" | "LOG_LEVEL" => {
            account.not(at, "log lines go to standard error; `--log-format off` stops them");
        }
        "CUSTOM_ROUTER_PATH" => {
            account.not(at, "no code is loaded; write rules under auto_router, or send X-CodeRouter-Profile");
        }
        "transformers" | "Transformers" => {
            account.not(at, "no code is loaded; requests are translated by dialect");
        }
        "API_TIMEOUT_MS" => {}
        "CLAUDE_PATH" | "NON_INTERACTIVE_MODE" | "StatusLine" | "forceUseImageAgent" => {
            account.not(at, "nothing is needed for it here");
        }
        _ => account.unknown(at),
    }
}

fn patience(at: &At<'_>, outline: &mut Outline, account: &mut Account) {
    let Some(milliseconds) = at.number(account) else { return };
    let seconds = (milliseconds / 1000.0).clamp(1.0, 86400.0);
    for profile in &mut outline.profiles {
        profile.timeout_s = Some(seconds);
    }
    account.roughly(
        at,
        format!(
            "timeout_s: {seconds} of every profile; it limits each wait for a backend, not the whole answer"
        ),
    );
}
