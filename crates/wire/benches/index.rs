//! What the wire costs: reading and writing an agent's request, and passing one piece of a stream on.

use std::hint::black_box;

use bytes::Bytes;
use canon::dialect::Dialect;
use canon::text::Text;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wire::codec::{Decoder, Encoder, Voice, Wire, decode_reply, decode_request, encode_request};
use wire::sse::{Frame, Splitter};

use canon::target::Target;

/// A body in the shape of a coding agent's: long texts with line ends, many tools with small schemas, some turns.
fn agent_body(size: usize) -> Bytes {
    let prose = "Prefer the smallest change that works \\u2014 and say what you did.\\nNever guess a path; look it up with \\\"Glob\\\" first.\\n";
    let property = |name: &str| {
        format!(
            r#""{name}":{{"type":"string","description":"The {name} to use, absolute, as the user gave it","minLength":1}}"#
        )
    };
    let tool = |number: usize| {
        let properties: Vec<String> = ["path", "pattern"].map(property).to_vec();
        format!(
            r#"{{"name":"Tool{number}","description":"{}","input_schema":{{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{{{}}},"required":["path"],"additionalProperties":false}}}}"#,
            prose.repeat(14),
            properties.join(",")
        )
    };
    let turn = |number: usize| {
        format!(
            r#"{{"role":"assistant","content":[{{"type":"text","text":"Looking."}},{{"type":"tool_use","id":"toolu_{number}","name":"Tool1","input":{{"path":"src/lib.rs","pattern":"fn main"}}}}]}},{{"role":"user","content":[{{"tool_use_id":"toolu_{number}","type":"tool_result","content":"{}"}}]}}"#,
            "    let value = other.method(1, \\\"two\\\");\\n".repeat(12)
        )
    };
    let tools: Vec<String> = (0..24).map(tool).collect();
    let mut turns = Vec::new();
    let body = |turns: &[String]| {
        format!(
            r#"{{"model":"claude-x","messages":[{{"role":"user","content":[{{"type":"text","text":"Create the file."}}]}},{{"role":"system","content":"{}"}}{}],"system":[{{"type":"text","text":"{}","cache_control":{{"type":"ephemeral"}}}}],"tools":[{}],"metadata":{{"user_id":"u"}},"max_tokens":64000,"thinking":{{"type":"adaptive"}},"output_config":{{"effort":"high"}},"stream":true}}"#,
            prose.repeat(20),
            turns.concat(),
            prose.repeat(60),
            tools.join(",")
        )
    };
    while body(&turns).len() < size {
        turns.push(format!(",{}", turn(turns.len())));
    }
    body(&turns).into()
}

fn requests(c: &mut Criterion) {
    let body = agent_body(62_000);
    let request = decode_request(Wire::Anthropic, &body).expect("the body is a request");
    let target = Target { model: Some("backend-model"), ..Target::default() };
    let mut group = c.benchmark_group("request of 62 KB");
    group.throughput(Throughput::Bytes(body.len() as u64));
    group.bench_function("index", |b| b.iter(|| decode_request(Wire::Anthropic, black_box(&body))));
    group.bench_function("splice", |b| {
        b.iter(|| encode_request(Wire::Anthropic, black_box(&request), &target));
    });
    group.bench_function("translate", |b| {
        b.iter(|| encode_request(Wire::OpenAi, black_box(&request), &target));
    });
    let chat = encode_request(Wire::OpenAi, &request, &target).body;
    let chat = decode_request(Wire::OpenAi, &chat).expect("what was written is a request");
    group.bench_function("translate back", |b| {
        b.iter(|| encode_request(Wire::Anthropic, black_box(&chat), &target));
    });
    group.finish();
}

const ANTHROPIC_PIECE: &str = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\" some words\"}}\n\n";
const OPENAI_PIECE: &str = "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" some words\"},\"finish_reason\":null}]}\n\n";
const ANTHROPIC_BEGINNING: &str = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}\n\nevent: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n";

/// Both sides of a stream that is under way.
struct Way {
    splitter: Splitter,
    decoder: Decoder,
    encoder: Encoder,
    frames: Vec<Frame>,
    deltas: Vec<canon::delta::Delta>,
    out: Vec<u8>,
}

impl Way {
    fn new(from: Wire, to: Wire) -> Self {
        let voice = Voice { id: Text::fixed("1"), model: Text::fixed("m"), ..Voice::default() };
        let mut way = Self {
            splitter: Splitter::default(),
            decoder: Decoder::new(from),
            encoder: Encoder::new(to, voice),
            frames: Vec::new(),
            deltas: Vec::new(),
            out: Vec::new(),
        };
        way.encoder.answering(Dialect::from(from));
        let beginning = if from == Wire::Anthropic { ANTHROPIC_BEGINNING } else { OPENAI_PIECE };
        way.pass(&Bytes::from_static(beginning.as_bytes()));
        way
    }

    fn pass(&mut self, chunk: &Bytes) -> usize {
        self.out.clear();
        self.splitter.push(chunk.clone(), &mut self.frames).expect("the frame is small");
        for frame in self.frames.drain(..) {
            self.deltas.clear();
            let seen = self.decoder.frame(&frame, &mut self.deltas).expect("the frame is no error");
            if self.encoder.follows(&seen, &self.deltas) {
                self.deltas.iter().for_each(|delta| self.encoder.observe(delta));
                self.out.extend_from_slice(&frame.bytes);
            } else {
                self.deltas.iter().for_each(|delta| self.encoder.push(delta, &mut self.out));
            }
        }
        self.out.len()
    }
}

fn streams(c: &mut Criterion) {
    let mut group = c.benchmark_group("one piece of a stream");
    for (name, from, to, piece) in [
        ("anthropic relayed", Wire::Anthropic, Wire::Anthropic, ANTHROPIC_PIECE),
        ("anthropic to openai", Wire::Anthropic, Wire::OpenAi, ANTHROPIC_PIECE),
        ("openai relayed", Wire::OpenAi, Wire::OpenAi, OPENAI_PIECE),
        ("openai to anthropic", Wire::OpenAi, Wire::Anthropic, OPENAI_PIECE),
    ] {
        let mut way = Way::new(from, to);
        // Pieces arrive in a buffer of their own that they share.
        let chunk = Bytes::from(piece.as_bytes().to_vec());
        group.bench_function(name, |b| b.iter(|| way.pass(black_box(&chunk))));
    }
    group.finish();
}

fn replies(c: &mut Criterion) {
    let body = Bytes::from_static(br#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"so"},{"type":"tool_use","id":"toolu_1","name":"f","input":{"x":1}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":2}}"#);
    c.bench_function("a small plain answer", |b| {
        b.iter(|| {
            let mut deltas = Vec::new();
            decode_reply(Wire::Anthropic, black_box(&body), &mut deltas).map(|_| deltas)
        });
    });
}

criterion_group!(benches, requests, streams, replies);
criterion_main!(benches);
