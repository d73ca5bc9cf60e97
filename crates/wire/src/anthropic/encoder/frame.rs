//! The text of one event.

use canon::delta::Block;
use canon::text::Text;

use super::NO_INPUT;
use crate::json::Writer;

/// Writes an event whose data has `type` and what `fields` writes.
pub(super) fn event(kind: &'static str, out: &mut Vec<u8>, fields: impl FnOnce(&mut Writer<'_>)) {
    begin(kind, out);
    Writer::line(out).object(|w| {
        w.key("type").str(kind);
        fields(w);
    });
    out.extend_from_slice(b"\n\n");
}

/// Writes an event whose data is there already.
pub(super) fn write(kind: &'static str, data: &[u8], out: &mut Vec<u8>) {
    begin(kind, out);
    Writer::line(out).raw(data);
    out.extend_from_slice(b"\n\n");
}

fn begin(kind: &str, out: &mut Vec<u8>) {
    for piece in ["event: ", kind, "\ndata: "] {
        out.extend_from_slice(piece.as_bytes());
    }
}

/// Writes the fields of a block that begins. Input never stands here: Claude Code 2.1 would lose it.
pub(super) fn write_bare(block: &Block, id: Option<&Text>, w: &mut Writer<'_>) {
    match block {
        Block::Text | Block::Refusal => {
            w.key("type").str("text");
            w.key("text").str("");
        }
        Block::Thinking => {
            w.key("type").str("thinking");
            w.key("thinking").str("");
            w.key("signature").str("");
        }
        Block::Redacted(data) => {
            w.key("type").str("redacted_thinking");
            w.key("data").text(data);
        }
        Block::Call { id: given, name, .. } => {
            w.key("type").str("tool_use");
            w.key("id").text(id.unwrap_or(given));
            w.key("name").text(name);
            w.key("input").json(&NO_INPUT);
        }
        Block::Opaque(_) => {}
    }
}
