//! Plain answers, both ways: the same deltas as a stream's, all at once.

use bytes::Bytes;
use canon::delta::{Block, Delta, StopReason};
use canon::dialect::Dialect;
use canon::fault::{Fault, FaultKind};
use canon::reply::{Reply, ReplyBlock};
use canon::text::{Json, Text};

use super::block::{self, Begun};
use super::encoder::message_id;
use super::head::MessageObject;
use super::stop::{self, Told};
use super::usage;
use crate::codec::{Seen, Voice};
use crate::fault::of_error;
use crate::json::{Kind, Problem, Reader, Writer, mend_surrogates, object_in, without};

/// Reads a plain answer as the deltas of the stream it could have come as.
///
/// # Errors
/// The backend's own error, or a malformed answer.
pub fn decode_reply(body: &Bytes, out: &mut Vec<Delta>) -> Result<Seen, Fault> {
    let answer = match Answer::read(body) {
        Ok(answer) => answer,
        Err(problem) => {
            // Slices of the mended body are as good; only the bytes can't be relayed.
            let mended = mend_surrogates(body).ok_or_else(|| problem.of_backend())?;
            return decode_reply(&mended, out).map(|seen| Seen { relayable: false, ..seen });
        }
    };
    if let Some(error) = &answer.error {
        return Err(of_error(error));
    }
    let Some(blocks) = answer.blocks else {
        return Err(Fault::new(FaultKind::Malformed, "malformed answer: content: field required"));
    };
    let mut message = answer.message;
    let finish = message.finish();
    let relayable =
        message.is_complete() && message.has_stop_sequence && is_faithful(&blocks, &finish.reason);
    let seen = Seen { model: message.model_at.clone(), relayable, ..Seen::default() };
    let usage = message.usage.take().unwrap_or_default();
    out.push(Delta::Start(Box::new(message.head())));
    blocks.into_iter().for_each(|block| block.spread(out));
    out.extend([Delta::Usage(Box::new(usage)), Delta::Finish(Box::new(finish)), Delta::End]);
    Ok(seen)
}

#[derive(Default)]
struct Answer {
    message: MessageObject,
    blocks: Option<Vec<Begun>>,
    error: Option<Json>,
}

impl Answer {
    fn read(body: &Bytes) -> Result<Self, Problem> {
        let mut answer = Self::default();
        let mut reader = Reader::new(body)?;
        reader.object(|reader, key| match key.name() {
            "content" => answer.read_content(reader),
            "error" => {
                answer.error = Some(reader.raw()?).filter(|error| !error.is_null());
                Ok(())
            }
            name => {
                let message = &mut answer.message;
                if message.read_field(name, reader)? { Ok(()) } else { reader.keep(&mut message.extra, key) }
            }
        })?;
        reader.end()?;
        Ok(answer)
    }

    fn read_content(&mut self, reader: &mut Reader<'_>) -> Result<(), Problem> {
        match reader.kind() {
            Kind::Array => {
                let blocks = self.blocks.get_or_insert_default();
                reader.array(|reader, _| {
                    blocks.extend(block::read(reader)?);
                    Ok(())
                })
            }
            Kind::Text => {
                let mut text = Begun::empty(Block::Text);
                text.body = Some(reader.text()?);
                self.blocks = Some(vec![text]);
                Ok(())
            }
            _ => reader.skip(),
        }
    }
}

/// Whether clients read from the body itself what its deltas say.
fn is_faithful(blocks: &[Begun], reason: &StopReason) -> bool {
    let ids: Vec<&Text> = blocks.iter().filter_map(Begun::call_id).collect();
    let distinct = ids.iter().enumerate().all(|(at, id)| !ids[..at].contains(id));
    let told = Told { called: !ids.is_empty(), own: true };
    let plainly = Told { called: *reason == StopReason::Calls, own: true };
    let consistent =
        *reason != StopReason::Other(None) && stop::word(reason, told) == stop::word(reason, plainly);
    distinct && consistent && blocks.iter().all(|block| block.faithful)
}

/// Writes a plain answer; `origin` is the dialect its deltas were read from.
pub fn encode_reply(reply: &Reply, voice: &Voice, origin: Dialect) -> Bytes {
    let own = origin == Dialect::Anthropic;
    let blocks: Vec<&ReplyBlock> =
        reply.blocks.iter().filter(|block| own || !matches!(block.block, Block::Opaque(_))).collect();
    let called = blocks.iter().any(|block| matches!(block.block, Block::Call { .. }));
    let reason = reply.finish.as_ref().map_or(StopReason::Other(None), |finish| finish.reason.clone());
    let mut out = Vec::new();
    Writer::new(&mut out).object(|w| {
        w.key("id").text(&message_id(reply.head.id.as_ref(), &voice.id));
        w.key("type").str("message");
        w.key("role").str("assistant");
        w.key("model").text(&voice.model);
        w.key("content").array(|w| {
            let mut ids = Vec::new();
            blocks.iter().for_each(|block| write_block(block, own, voice, &mut ids, w));
        });
        w.key("stop_reason").str(&stop::word(&reason, Told { called, own }));
        match reply.finish.as_ref().and_then(|finish| finish.stop_sequence.as_ref()) {
            Some(sequence) => w.key("stop_sequence").text(sequence),
            None => w.key("stop_sequence").null(),
        }
        let counts = usage::completed(&reply.usage, voice.input_estimate, estimate(&blocks));
        usage::write(&counts, own, w.key("usage"));
        if own {
            w.extra(&reply.head.extra);
            reply.finish.iter().for_each(|finish| w.extra(&finish.extra));
        }
    });
    out.into()
}

/// The output in tokens, by its characters, where no backend has counted.
fn estimate(blocks: &[&ReplyBlock]) -> u64 {
    let characters: usize = blocks.iter().map(|block| block.body.read().chars().count()).sum();
    (characters as u64).div_ceil(4)
}

fn write_block(block: &ReplyBlock, own: bool, voice: &Voice, ids: &mut Vec<Text>, w: &mut Writer<'_>) {
    match &block.block {
        Block::Opaque(whole) if block.body.is_empty() => w.json(whole),
        Block::Opaque(whole) => w.json(&with_input(whole, &block.body)),
        Block::Text | Block::Refusal => w.object(|w| {
            w.key("type").str("text");
            w.key("text").text(&block.body);
            let citations: Vec<Json> = block.opaque.iter().filter_map(block::citation_of).collect();
            if own && !citations.is_empty() {
                w.key("citations").array(|w| citations.iter().for_each(|citation| w.json(citation)));
            }
        }),
        Block::Thinking => w.object(|w| {
            w.key("type").str("thinking");
            w.key("thinking").text(&block.body);
            w.key("signature").text(block.signature.as_ref().unwrap_or(&Text::empty()));
        }),
        Block::Redacted(data) => w.object(|w| {
            w.key("type").str("redacted_thinking");
            w.key("data").text(data);
        }),
        Block::Call { id, name, .. } => w.object(|w| {
            w.key("type").str("tool_use");
            w.key("id").text(&distinct(id, voice, ids));
            w.key("name").text(name);
            block::write_input(&block.body, w.key("input"));
        }),
    }
}

/// An id that no call before has: agents run only one of two calls with the same id.
fn distinct(id: &Text, voice: &Voice, ids: &mut Vec<Text>) -> Text {
    let id = match () {
        () if id.is_empty() => Text::plain(format!("toolu_{}_{}", voice.id.read(), ids.len())),
        () if ids.contains(id) => Text::plain(format!("{}_{}", id.read(), ids.len())),
        () => id.clone(),
    };
    ids.push(id.clone());
    id
}

/// A block of an unknown type whose input came in pieces.
fn with_input(whole: &Json, body: &Text) -> Json {
    let Some(input) = object_in(body) else {
        return whole.clone();
    };
    let mut out = Vec::new();
    let rest = without(whole, "input");
    let fields = rest.bytes().strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}")).unwrap_or_default();
    Writer::new(&mut out).object(|w| {
        if !fields.is_empty() {
            w.raw(fields);
        }
        w.key("input").json(&input);
    });
    Json::raw(out.into())
}
