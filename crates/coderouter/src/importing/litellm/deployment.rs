//! One entry of `model_list`.

use crate::config::draft::Provider;
use crate::importing::account::Account;
use crate::importing::chat::{self, Address};
use crate::importing::makers::{self, Maker};
use crate::importing::names::{Names, is_model};
use crate::importing::source::At;
use serde_json::{Value, json};

/// Fields of requests that a deployment may set.
const FIELDS: &[&str] = &[
    "temperature",
    "top_p",
    "top_k",
    "max_tokens",
    "max_completion_tokens",
    "seed",
    "stop",
    "presence_penalty",
    "frequency_penalty",
    "reasoning_effort",
    "verbosity",
    "thinking",
];

/// Reads it; none where it can't be asked from here, and the account says why.
pub fn read(item: &At<'_>, group: &str, names: &mut Names, account: &mut Account) -> Option<Provider> {
    let Some(params) = item.get("litellm_params") else {
        account.mistake(item.mistake("the deployment has no litellm_params"));
        return None;
    };
    if let Some(mode) = item.get("model_info").and_then(|info| info.get("mode"))
        && mode.word().is_some_and(|mode| !matches!(mode, "chat" | "completion" | "responses"))
    {
        account.not(&mode, "only chat models are routed; the deployment is left out");
        return None;
    }
    let Some(model_at) = params.get("model") else {
        account.mistake(params.mistake("litellm_params has no model"));
        return None;
    };
    let written = model_at.text(account)?;
    let (maker, model) = service(&params, &model_at, written, account)?;
    if !is_model(model) {
        account.mistake(model_at.mistake("this can't be the name of a model"));
        return None;
    }
    let address = place(&params, &model_at, maker, account)?;
    let mut provider = Provider {
        name: names.give(group),
        is_anthropic: maker.prefix == "anthropic" || address.is_anthropic,
        base_url: address.endpoint.to_string(),
        // A star stands for whatever the request names, which is what an empty name means.
        model: if model.contains('*') { String::new() } else { model.to_owned() },
        paid: makers::is_paid(&address.endpoint, model),
        ..Provider::default()
    };
    if model.contains('*') {
        account.roughly(&model_at, "model: \"\", which is the request's own where the provider lists it");
    } else {
        account.exactly(&model_at, format!("model: {model}"));
    }
    provider.key = match params.get("api_key") {
        Some(at) => chat::key(&at, &address.endpoint, &address.endpoint.host, account),
        None if maker.key.is_empty() || address.endpoint.is_local() => None,
        None => {
            account.need(maker.key, None);
            Some(maker.key.to_owned())
        }
    };
    for (key, at) in params.settings(account) {
        param(key, &at, &mut provider, account);
    }
    for (key, at) in item.settings(account) {
        match key {
            "model_name" | "litellm_params" => {}
            "model_info" => {
                at.settings(account).iter().for_each(|(key, at)| info(key, at, &mut provider, account));
            }
            _ => param(key, &at, &mut provider, account),
        }
    }
    Some(provider)
}

/// The service, and its own name for the model.
fn service<'m>(
    params: &At<'_>,
    at: &At<'_>,
    written: &'m str,
    account: &mut Account,
) -> Option<(&'static Maker, &'m str)> {
    let told = params.get("custom_llm_provider").and_then(|at| at.word());
    if let Some(maker) = told.and_then(makers::by_prefix) {
        let own = written.strip_prefix(maker.prefix).and_then(|rest| rest.strip_prefix('/'));
        return Some((maker, own.unwrap_or(written)));
    }
    if let Some((prefix, model)) = written.split_once('/')
        && let Some(maker) = makers::by_prefix(prefix)
    {
        return Some((maker, model));
    }
    let guess = match written {
        _ if params.get("api_base").is_some() && told.is_none() && !is_foreign(written) => {
            Some("openai_like")
        }
        model if model.starts_with("claude-") => Some("anthropic"),
        model if ["gpt-", "o1", "o3", "o4", "chatgpt-"].iter().any(|start| model.starts_with(start)) => {
            Some("openai")
        }
        _ => None,
    };
    let maker = guess.and_then(makers::by_prefix);
    if maker.is_none() {
        account.not(
            at,
            "this service does not speak chat completions or Messages; reach it by a gateway that does, or keep LiteLLM \
             before it as a provider (base_url: http://localhost:4000/v1)",
        );
    }
    maker.map(|maker| (maker, written))
}

/// Services of their own dialect, whatever URL stands beside them.
fn is_foreign(model: &str) -> bool {
    let prefix = model.split('/').next().unwrap_or_default();
    [
        "azure",
        "azure_ai",
        "bedrock",
        "vertex_ai",
        "sagemaker",
        "cohere",
        "watsonx",
        "replicate",
        "huggingface",
    ]
    .contains(&prefix)
}

/// Where it is: where the file says, else where the service is by itself.
fn place(params: &At<'_>, model: &At<'_>, maker: &Maker, account: &mut Account) -> Option<Address> {
    let is_ollama = maker.prefix.starts_with("ollama");
    let set = params.get("api_base").or_else(|| params.get("base_url"));
    let Some(at) = set else {
        if maker.base_url.is_empty() {
            account.mistake(model.mistake("the deployment needs an api_base"));
            return None;
        }
        let mut endpoint = maker.base_url.parse().ok()?;
        with_version(&mut endpoint, is_ollama);
        return Some(Address { endpoint, is_anthropic: maker.prefix == "anthropic" });
    };
    if at.word().is_some_and(|word| chat::referred(word).is_some()) {
        account.mistake(
            at.mistake("the URL stands in a variable").hint("write the URL itself here while it is imported"),
        );
        return None;
    }
    let mut address = Address::read(&at, account)?;
    with_version(&mut address.endpoint, is_ollama);
    account.exactly(&at, format!("base_url: {}", address.endpoint));
    Some(address)
}

/// Ollama's own API has no version; its chat completions are below `/v1`.
fn with_version(endpoint: &mut canon::config::Endpoint, is_ollama: bool) {
    if is_ollama && endpoint.path.is_empty() {
        endpoint.path = "/v1".to_owned();
    }
}

fn param(key: &str, at: &At<'_>, provider: &mut Provider, account: &mut Account) {
    match key {
        "model" | "api_key" | "api_base" | "base_url" => {}
        "custom_llm_provider" => account.exactly(at, "the service"),
        "rpm" | "tpm" | "max_parallel_requests" => {
            let ours = if key == "max_parallel_requests" { "concurrency" } else { key };
            match at.number(account).filter(|number| (1.0..=f64::from(u32::MAX)).contains(number)) {
                Some(number) => {
                    provider.limits.insert(ours.to_owned(), json!(number as u64));
                    account.exactly(at, format!("limits.{ours}"));
                }
                None => account.not(at, "no limit of ours: it must be 1 or more"),
            }
        }
        "timeout" | "request_timeout" => {
            provider.timeout_s = at.number(account).map(|seconds| seconds.clamp(1.0, 86400.0));
            account.roughly(at, "timeout_s, which limits each wait, not the whole answer");
        }
        "stream_timeout" => {
            provider.first_token_s = at.number(account).filter(|s| *s > 0.0).map(|s| s.min(3600.0));
            account.roughly(at, "ttft_timeout_s, which limits the wait for a stream's first output");
        }
        "input_cost_per_token" | "output_cost_per_token" => price(key, at, provider, account),
        "drop_params" => account.roughly(at, "what a provider is known not to take is always left out"),
        "max_retries" | "num_retries" => {
            account.roughly(at, "not asked again: the next provider is asked instead");
        }
        "weight" | "order" => {
            account.not(at, "providers are asked in the order of their profile; sort it there");
        }
        _ if FIELDS.contains(&key) => match at.json() {
            Some(value) => {
                provider.extra_body.insert(key.to_owned(), value);
                account.exactly(at, format!("extra_body.{key}, where a request does not say it"));
            }
            None => account.not(at, "it holds what looks like a secret"),
        },
        _ => account.unknown(at),
    }
}

fn price(key: &str, at: &At<'_>, provider: &mut Provider, account: &mut Account) {
    let Some(number) = at.number(account) else { return };
    let ours = key.replace("_cost_per_token", "_tokens_per_million");
    // Twelve digits are more than any price has, and hide what multiplying has added.
    let million = (number * 1e6 * 1e6).round() / 1e6;
    provider.cost.insert(ours.clone(), json!(million));
    account.exactly(at, format!("cost.{ours}: {million}"));
}

fn info(key: &str, at: &At<'_>, provider: &mut Provider, account: &mut Account) {
    match key {
        "max_input_tokens" => {
            let tokens = at.number(account).filter(|tokens| (1.0..=f64::from(u32::MAX)).contains(tokens));
            provider.window = tokens.map(|tokens| (tokens as u64, String::new()));
            account.exactly(at, "max_context_tokens");
        }
        "supports_function_calling" | "supports_vision" => {
            let ours = if key == "supports_vision" { "vision" } else { "tools" };
            let Some(flag) = at.flag() else { return account.unknown(at) };
            provider.capabilities.insert(ours.to_owned(), Value::from(flag));
            account.exactly(at, format!("capabilities.{ours}"));
        }
        "input_cost_per_token" | "output_cost_per_token" => price(key, at, provider, account),
        "mode" => account.exactly(at, "only chat models are routed"),
        "id" | "base_model" | "metadata" | "description" => account.not(at, "nothing is needed for it here"),
        _ => account.unknown(at),
    }
}
