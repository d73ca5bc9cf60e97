//! Writes a whole answer. Reading one is the decoder's business, as it is a stream in one piece.

use super::encoder::characters;
use super::finish::{self, Holds};
use super::rest;
use super::usage::{self, Estimate};
use crate::codec::Voice;
use crate::json::Writer;
use bytes::Bytes;
use canon::delta::{Block, StopReason};
use canon::dialect::Dialect;
use canon::extra::Extra;
use canon::reply::{Reply, ReplyBlock};
use canon::text::Text;

/// Writes an answer as one object. The backend's id, its time and unknown fields are told where `origin`, the dialect
/// it answered in, is this one.
pub fn encode_reply(reply: &Reply, voice: &Voice, origin: Dialect) -> Bytes {
    let empty = Extra::default();
    let own = Some(reply).filter(|_| origin == Dialect::OpenAi);
    let head = own.map(|reply| &reply.head);
    let beside = own.and_then(|reply| reply.finish.as_ref()).map_or(&empty, |finish| &finish.extra);
    let mut out =
        Vec::with_capacity(512 + reply.blocks.iter().map(|block| block.body.stored_len()).sum::<usize>());
    Writer::new(&mut out).object(|w| {
        id(head.and_then(|head| head.id.as_ref()), voice, w.key("id"));
        w.key("object").str("chat.completion");
        w.key("created").number(head.and_then(|head| head.created).unwrap_or(voice.created));
        w.key("model").text(&voice.model);
        w.key("choices").array(|w| {
            w.object(|w| {
                w.key("index").number(0);
                w.key("message").object(|w| message(&reply.blocks, beside, w));
                w.key("finish_reason").str(reason(reply));
                for (key, value) in beside.fields.iter().filter(|(key, _)| !key.is("message")) {
                    w.key_text(key).json(value);
                }
            });
        });
        w.key("usage");
        let completion = usage::tokens_of(reply.blocks.iter().map(|block| characters(&block.body)).sum());
        let estimate = Estimate { prompt: voice.input_estimate, completion };
        usage::write(&reply.usage, own.map(|reply| &reply.usage.extra), estimate, w);
        w.extra(head.map_or(&empty, |head| &head.extra));
    });
    out.into()
}

/// Writes the id that a backend of this dialect gave, or ours with this dialect's prefix.
pub(super) fn id(theirs: Option<&Text>, voice: &Voice, w: &mut Writer<'_>) {
    const PREFIX: &[u8] = b"chatcmpl-";
    let id = theirs.unwrap_or(&voice.id);
    w.string(|out| {
        if theirs.is_none() && !id.stored().starts_with(PREFIX) {
            out.extend_from_slice(PREFIX);
        }
        id.write_escaped(out);
    });
}

fn reason(reply: &Reply) -> &'static str {
    let holds = Holds {
        calls: reply.blocks.iter().any(|block| matches!(block.block, Block::Call { .. })),
        refusal: reply.blocks.iter().any(|block| block.block == Block::Refusal),
    };
    match &reply.finish {
        Some(finish) => finish::word(&finish.reason, holds),
        None => finish::word(&StopReason::Other(None), holds),
    }
}

fn message(blocks: &[ReplyBlock], beside: &Extra, w: &mut Writer<'_>) {
    w.key("role").str("assistant");
    w.key("content");
    whole(blocks, &Block::Text, w);
    for (kind, field) in [(Block::Refusal, "refusal"), (Block::Thinking, "reasoning_content")] {
        if blocks.iter().any(|block| block.block == kind) {
            whole(blocks, &kind, w.key(field));
        }
    }
    let calls = || blocks.iter().filter(|block| matches!(block.block, Block::Call { .. }));
    if calls().next().is_some() {
        w.key("tool_calls").array(|w| calls().for_each(|block| call(block, w)));
    }
    rest::write(beside.find("message"), w);
}

/// All texts of one kind as one string, or `null` where there is none.
fn whole(blocks: &[ReplyBlock], kind: &Block, w: &mut Writer<'_>) {
    let texts = || blocks.iter().filter(|block| block.block == *kind);
    if texts().next().is_none() {
        return w.null();
    }
    w.string(|out| texts().for_each(|block| block.body.write_escaped(out)));
}

fn call(block: &ReplyBlock, w: &mut Writer<'_>) {
    let Block::Call { id, name, .. } = &block.block else { return };
    w.object(|w| {
        w.key("id").text(id);
        w.key("type").str("function");
        w.key("function").object(|w| {
            w.key("name").text(name);
            w.key("arguments");
            if block.body.is_empty() { w.str("{}") } else { w.text(&block.body) }
        });
    });
}
