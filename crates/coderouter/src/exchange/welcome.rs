//! The answer to agents of a router that has found no backend yet: what to start or set, in words their user reads.

use super::Ask;
use super::client::{Client, PlainClient};
use super::sink::Sink;
use super::trail::Trail;
use canon::delta::{Block, Delta, Finish, StopReason};
use canon::reply::Collector;
use canon::text::Text;
use canon::usage::Usage;
use std::sync::Arc;
use wire::codec;

const WORDS: &str = "CodeRouter is running, but it has found no model to ask.\n\n\
    Start one on this machine, for example:\n\
    - Ollama: `OLLAMA_CONTEXT_LENGTH=32768 ollama serve`, then `ollama pull qwen2.5-coder:7b`\n\
    - llama.cpp: `llama-server -m MODEL.gguf -c 32768 --jinja`\n\
    - LM Studio: load a model with 32,768 tokens of context and start its server\n\n\
    It is found within seconds. To use clouds, name them in ~/.coderouter/providers.yaml; \
    `coderouter check` says whether the file is right.";

/// Answers with the welcome, in the client's dialect, streamed or not.
pub async fn run(ask: Arc<Ask>, sink: Sink) {
    let mut trail = Trail::new(&ask);
    let deltas = [
        Delta::Start(Box::default()),
        Delta::Open(Block::Text),
        Delta::Text(Text::fixed(WORDS)),
        Delta::Close,
        Delta::Usage(Box::new(Usage { output: Some(WORDS.len() as u64 / 4), ..Usage::default() })),
        Delta::Finish(Box::new(Finish::new(StopReason::EndTurn))),
        Delta::End,
    ];
    if ask.stream {
        let mut client =
            Client::new(ask.wire, ask.voice(), sink, ask.started, ask.plan.profile.keepalive_after);
        trail.committed();
        client.commit(&trail).await;
        deltas.iter().for_each(|delta| client.push(delta));
        client.flush().await;
    } else {
        let mut collector = Collector::default();
        deltas.iter().for_each(|delta| collector.push(delta));
        let body = codec::encode_reply(ask.wire, &collector.finish(), &ask.voice(), ask.wire.into());
        PlainClient::new(ask.wire, sink, ask.started).answer(body, trail.headers());
    }
    trail.welcomed();
}
