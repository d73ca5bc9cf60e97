//! Whether the backend answers: reachable, let in, with a model.

use super::super::asking::{Heard, Question};
use super::super::finding::{Finding, Verdict};
use super::super::fix::Fix;
use super::super::known;
use super::super::patient::{KeyState, Patient};
use crate::servers::Kind;
use canon::config::ProviderKind;
use canon::fault::{Fault, FaultKind};
use serde_json::json;
use std::time::{Duration, SystemTime};

/// Clocks may differ by so much before TLS and signed requests suffer.
const SKEW: Duration = Duration::from_secs(300);

/// Ports of llama-server: the one it had for years, and the one since build b11521.
const LLAMA_PORTS: &[u16] = &[8080, 9931];

pub(super) async fn run(patient: &Patient) -> Finding {
    if patient.key() == KeyState::Elsewhere {
        return Finding::skip(
            "its credential comes from a login or from the client, which is not looked at here",
        );
    }
    let question = Question {
        body: json!({
            "max_tokens": patient.budget(16, 64),
            "messages": [{"role": "user", "content": "Reply with exactly one word: PONG"}],
        }),
        stream: false,
        patience: patient.patience,
    };
    match patient.ask(&question).await {
        Ok(heard) => answered(patient, &heard),
        Err(fault) => refused(patient, &fault).await,
    }
}

fn answered(patient: &Patient, heard: &Heard) -> Finding {
    let usage = heard.usage();
    let count = |tokens: Option<u64>| tokens.map_or("?".to_owned(), |tokens| tokens.to_string());
    let server = &patient.server;
    let mut detail = format!(
        "answered in {:.1} s, {} tokens in, {} out",
        heard.took.as_secs_f32(),
        count(Some(usage.prompt()).filter(|_| usage.is_present())),
        count(usage.output)
    );
    if let Some(program) = server.kind.program() {
        let version = server.version.as_deref().unwrap_or_default();
        detail.push_str(&format!("; {program} {}", patient.shown(version)));
    }
    let mut finding = Finding::ok(detail);
    let date = heard.headers.get(http::header::DATE).and_then(|date| date.to_str().ok());
    if let Some(off) = date.and_then(skew) {
        finding = finding.advise(format!(
            "the clock of this machine and that of the server are {} s apart: certificates and limits will go wrong",
            off.as_secs()
        ));
    }
    finding
}

/// How far a header's moment is from now, where that is too far.
fn skew(date: &str) -> Option<Duration> {
    let theirs = SystemTime::from(jiff::fmt::rfc2822::parse(date).ok()?.timestamp());
    let ours = SystemTime::now();
    let off = ours.duration_since(theirs).or_else(|_| theirs.duration_since(ours)).ok()?;
    (off > SKEW).then_some(off)
}

async fn refused(patient: &Patient, fault: &Fault) -> Finding {
    let said = patient.shown(&fault.to_string());
    let finding = match fault.kind {
        FaultKind::Auth => locked_out(patient, &said),
        FaultKind::NotFound => not_found(patient, &said),
        FaultKind::RateLimit => {
            let wait = fault
                .retry_after
                .map_or(String::new(), |wait| format!("; free again in {} s", wait.as_secs()));
            Finding::tuning(format!("it is at its limit: {said}{wait}"))
                .feels("the agent is answered by the next provider of the chain, or waits")
                .advise("put a second provider of another vendor behind it, or set `limits: {rpm: …}` to what it allows")
        }
        FaultKind::Connect | FaultKind::Timeout(_) => away(patient, &said).await,
        FaultKind::Malformed => {
            Finding::new(Verdict::TransportError, format!("what came back is no answer: {said}"))
                .advise("check base_url: a page, a proxy or another program answers there")
        }
        _ => Finding::new(Verdict::TransportError, said),
    };
    match known::cure(&fault.message) {
        Some(cure) => finding.advise(cure),
        None => finding,
    }
}

fn locked_out(patient: &Patient, said: &str) -> Finding {
    let finding = Finding::new(Verdict::AuthFail, format!("it does not let us in: {said}"))
        .feels("every request to it fails, and the chain goes on without it");
    match patient.key() {
        KeyState::Missing(var) => finding.advise(format!(
            "{var} is empty or not set in this process: `export {var}=…`, or start with `--env-file`; a line in .env without that is not enough"
        )),
        KeyState::Set(var) => finding.advise(format!("{var} is set, and its key is refused: is it complete, of this vendor, and not expired?")),
        KeyState::None => finding.advise("it wants a key and the configuration names none: add `api_key_env: NAME` and export NAME"),
        KeyState::Elsewhere => finding,
    }
}

fn not_found(patient: &Patient, said: &str) -> Finding {
    let (provider, models) = (patient.provider(), &patient.server.models);
    let model = provider.model.as_str();
    let mut finding = Finding::new(Verdict::Unsupported, said.to_owned())
        .feels("its first request fails every time, then the next provider answers");
    let is_listed = models.iter().any(|known| known == model);
    if !model.is_empty() && !models.is_empty() && !is_listed {
        finding.detail = format!("the model `{model}` is not there: {said}");
        for near in nearest(model, models) {
            finding = finding.fix(Fix::provider(
                patient.name(),
                &["model"],
                near.as_str(),
                "the name that the backend lists",
            ));
        }
    } else if provider.kind == ProviderKind::Anthropic && provider.local {
        finding = finding
            .advise("this server has no /v1/messages: use `kind: openai_compat` and a base_url that ends in /v1, or update the server")
            .fix(
                Fix::provider(patient.name(), &["kind"], "openai_compat", "the server speaks OpenAI's wire")
                    .and(&["base_url"], format!("{}/v1", provider.endpoint)),
            );
    } else {
        finding = finding.advise("check base_url (OpenAI-compatible ones end in /v1) and the model's name");
    }
    if patient.server.kind == Kind::Ollama && !model.is_empty() {
        finding = finding.advise(format!("`ollama pull {model}`"));
    }
    finding
}

/// The names most like one, the best first.
fn nearest<'a>(model: &str, models: &'a [String]) -> Vec<&'a String> {
    const LIKE: f64 = 0.75;
    let mut ranked: Vec<(f64, &String)> = models
        .iter()
        .map(|known| {
            // A tag left out is the commonest slip.
            let is_tagged = known.split_once(':').is_some_and(|(name, _)| name == model);
            (if is_tagged { 1.0 } else { strsim::normalized_damerau_levenshtein(model, known) }, known)
        })
        .filter(|(likeness, _)| *likeness >= LIKE)
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked.into_iter().take(2).map(|(_, known)| known).collect()
}

async fn away(patient: &Patient, said: &str) -> Finding {
    let endpoint = &patient.provider().endpoint;
    let mut finding = Finding::new(Verdict::TransportError, said.to_owned())
        .feels("requests to it wait in vain, then the next provider answers");
    if !patient.provider().local {
        return finding.advise(
            "is this machine online, is a proxy needed (HTTPS_PROXY), and is the host spelled right?",
        );
    }
    if let Some(other) =
        LLAMA_PORTS.iter().find(|port| LLAMA_PORTS.contains(&endpoint.port) && **port != endpoint.port)
        && is_healthy(&endpoint.host, *other).await
    {
        finding = finding.advise(format!(
            "a llama-server answers at port {other}: newer builds listen on 9931, older ones on 8080; change base_url"
        ));
    }
    finding.advise(match endpoint.port {
        11_434 => "start Ollama: `ollama serve`",
        1234 => "start LM Studio's server (Developer, Start Server) or `lms server start`",
        8080 | 9931 => "start llama-server: `llama-server -m MODEL.gguf -c 32768 --jinja`",
        8000 => "start vLLM: `vllm serve MODEL`",
        _ => "start the server, or correct base_url",
    })
}

async fn is_healthy(host: &str, port: u16) -> bool {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let asked = async {
        let mut socket = tokio::net::TcpStream::connect((host, port)).await.ok()?;
        let request = format!("GET /health HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).await.ok()?;
        let mut answer = [0; 16];
        let read = socket.read(&mut answer).await.ok()?;
        let status: u16 = std::str::from_utf8(&answer[..read]).ok()?.split(' ').nth(1)?.parse().ok()?;
        Some(status < 500)
    };
    tokio::time::timeout(Duration::from_millis(1500), asked).await.ok().flatten() == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_pen_are_found() {
        let models: Vec<String> =
            ["qwen2.5-coder:7b", "qwen2.5-coder:14b", "gemma4:26b"].map(str::to_owned).to_vec();
        let check = |model, expect: &[&str]| assert_eq!(nearest(model, &models), expect, "{model}");
        check("qwen2.5-coder", &["qwen2.5-coder:7b", "qwen2.5-coder:14b"]);
        check("qwen2.5-codr:7b", &["qwen2.5-coder:7b", "qwen2.5-coder:14b"]);
        check("gemma4:26", &["gemma4:26b"]);
        check("llama-3", &[]);
    }
}
