//! An answer in a few words, and what came of it in as few.

use canon::config::{OutputFilter, ToolRepair};
use canon::delta::{Block, Delta, Finish, Order, StopReason};
use canon::reply::Collector;
use canon::text::{Json, Text};
use repair::pipeline::{Finding, Pipeline, Terms};
use repair::toolbox::Toolbox;
use std::sync::Arc;

/// The tools of all answers here.
pub fn tools() -> Arc<Toolbox> {
    let tool = |name, schema| (Text::fixed(name), Some(Json::fixed(schema)));
    Arc::new(Toolbox::new([
        tool(
            "Read",
            r#"{"type":"object","properties":{"file_path":{"type":"string"},"limit":{"type":"integer"}},"required":["file_path"]}"#,
        ),
        tool(
            "Bash",
            r#"{"type":"object","properties":{"command":{"type":"string"},"timeout":{"type":"integer"}},"required":["command"]}"#,
        ),
        tool("TodoList", r#"{"type":"object","properties":{}}"#),
    ]))
}

/// What most answers go by.
pub fn terms() -> Terms {
    Terms { tools: tools(), repair: ToolRepair::Repair, filters: Vec::new(), shows_thinking: false, seed: 7 }
}

pub fn filtered(filters: &[OutputFilter]) -> Terms {
    Terms { tools: Arc::default(), filters: filters.to_vec(), ..terms() }
}

pub fn text(text: &str) -> Vec<Delta> {
    let mut deltas = vec![Delta::Open(Block::Text)];
    if !text.is_empty() {
        deltas.push(Delta::Text(text.into()));
    }
    deltas.push(Delta::Close);
    deltas
}

pub fn thinking(text: &str) -> Vec<Delta> {
    vec![Delta::Open(Block::Thinking), Delta::Thinking(text.into()), Delta::Close]
}

pub fn call(id: &str, name: &str, arguments: &str) -> Vec<Delta> {
    let block = Block::Call { id: id.into(), name: name.into(), signature: None };
    vec![Delta::Open(block), Delta::Arguments(arguments.into()), Delta::Close]
}

/// A whole answer of these blocks.
pub fn answer(blocks: &[Vec<Delta>], reason: StopReason) -> Vec<Delta> {
    let mut deltas = vec![Delta::Start(Box::default())];
    deltas.extend(blocks.iter().flatten().cloned());
    deltas.push(Delta::Finish(Box::new(Finish::new(reason))));
    deltas.push(Delta::End);
    deltas
}

/// What comes of an answer.
pub struct Outcome {
    pub blocks: Vec<String>,
    pub reason: Option<StopReason>,
    pub findings: Vec<Finding>,
    pub changed: bool,
    pub ids: Vec<String>,
}

/// Runs an answer through a pipeline, in pieces of so many characters, and checks the order of what comes out.
pub fn run(terms: Terms, deltas: &[Delta], size: usize) -> Outcome {
    let mut pipeline = Pipeline::new(terms);
    let mut out = Vec::new();
    for delta in deltas.iter().flat_map(|delta| cut(delta, size)) {
        pipeline.push(&delta, &mut out);
    }
    let mut order = Order::default();
    let mut collector = Collector::default();
    for delta in &out {
        assert_eq!(order.check(delta), Ok(()), "{out:#?}");
        collector.push(delta);
    }
    assert!(order.is_ended() && pipeline.is_settled(), "{out:#?}");
    let reply = collector.finish();
    let mut ids = Vec::new();
    let blocks = reply.blocks.iter().map(|block| {
        let body = block.body.read();
        match &block.block {
            Block::Text => format!("text {body}"),
            Block::Thinking => format!("thinking {body}"),
            Block::Call { id, name, .. } => {
                ids.push(id.read().into_owned());
                format!("{name} {body}")
            }
            other => format!("{other:?}"),
        }
    });
    let blocks: Vec<String> = blocks.collect();
    Outcome {
        blocks,
        reason: reply.finish.map(|it| it.reason),
        findings: pipeline.findings(),
        changed: pipeline.is_changed(),
        ids,
    }
}

fn cut(delta: &Delta, size: usize) -> Vec<Delta> {
    let pieces = |text: &Text| -> Vec<Text> {
        let chars: Vec<char> = text.read().chars().collect();
        chars.chunks(size).map(|piece| Text::plain(piece.iter().collect::<String>())).collect()
    };
    match delta {
        Delta::Text(text) => pieces(text).into_iter().map(Delta::Text).collect(),
        Delta::Thinking(text) => pieces(text).into_iter().map(Delta::Thinking).collect(),
        Delta::Arguments(text) => pieces(text).into_iter().map(Delta::Arguments).collect(),
        other => vec![other.clone()],
    }
}

/// An answer must come to these blocks and this reason, however it is cut.
pub fn check(terms: &Terms, deltas: &[Delta], blocks: &[&str], reason: StopReason) {
    let reason = Some(reason);
    for size in [1, 2, 3, 5, 8, 1000] {
        let outcome = run(terms.clone(), deltas, size);
        assert_eq!(outcome.blocks, blocks, "in pieces of {size}");
        assert_eq!(outcome.reason, reason, "in pieces of {size}");
    }
}
