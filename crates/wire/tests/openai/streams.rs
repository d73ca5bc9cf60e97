//! Golden streams: what a chat backend sent, the deltas it is read as, and the stream a chat client gets of them.
//!
//! Sections: `about`; `backend`, the bytes; `deltas`, one frame a line, with `relay` where a client may be handed the
//! frame as it came; `client`, the stream written anew for a client that asked for token counts.

use crate::golden::all;
use bytes::Bytes;
use canon::delta::{Block, Delta, Order};
use canon::dialect::Dialect;
use canon::text::Text;
use wire::codec::Voice;
use wire::openai::{Decoder, Encoder};
use wire::sse::Splitter;

#[test]
fn streams_are_read_and_written_as_the_golden_tables_say() {
    for mut golden in all("openai-streams") {
        let mut encoder = Encoder::new(voice());
        encoder.answering(Dialect::OpenAi);
        let (mut order, mut client, mut lines) = (Order::default(), Vec::new(), String::new());
        let mut tell = |mark: &str, deltas: &mut Vec<Delta>| {
            deltas.iter().for_each(|delta| order.check(delta).unwrap());
            let shown: Vec<String> = deltas
                .drain(..)
                .inspect(|delta| encoder.push(delta, &mut client))
                .map(|delta| show(&delta))
                .collect();
            lines.push_str(format!("{mark} {}", shown.join(" ")).trim_end());
            lines.push('\n');
        };
        let (mut decoder, mut deltas) = (Decoder::new(), Vec::new());
        for frame in frames(golden.section("backend")) {
            match decoder.frame(&frame, &mut deltas) {
                Ok(seen) => {
                    let model =
                        seen.model.map(|place| String::from_utf8_lossy(&frame.bytes[place]).into_owned());
                    assert!(model.is_none_or(|model| model.starts_with('"') && model.ends_with('"')));
                    let mark = if seen.relayable { "relay" } else { "write" };
                    tell(if seen.usage_only { "usage" } else { mark }, &mut deltas);
                }
                Err(fault) => tell(&format!("fault {:?}: {}", fault.kind, fault.message), &mut deltas),
            }
        }
        let ending = decoder.finish(&mut deltas);
        assert_eq!((decoder.finish(&mut Vec::new()), deltas.len()), (ending, deltas.len()));
        tell(&format!("{ending:?}"), &mut deltas);
        golden.check("deltas", &lines);
        golden.check("client", std::str::from_utf8(&client).unwrap());
    }
}

pub(crate) fn frames(stream: &str) -> Vec<wire::sse::Frame> {
    let (mut splitter, mut frames) = (Splitter::default(), Vec::new());
    splitter.push(Bytes::copy_from_slice(stream.as_bytes()), &mut frames).unwrap();
    splitter.finish(&mut frames);
    frames
}

pub(crate) fn voice() -> Voice {
    Voice {
        id: Text::fixed("01"),
        model: Text::fixed("asked-model"),
        created: 1_700_000_000,
        include_usage: true,
        input_estimate: 7,
    }
}

/// A delta in a few characters.
pub(crate) fn show(delta: &Delta) -> String {
    match delta {
        Delta::Start(head) => format!("start({:?} {:?} {:?})", head.id, head.model, head.extra.fields),
        Delta::Open(Block::Call { id, name, .. }) => format!("open(call {id} {name})"),
        Delta::Open(block) => format!("open({block:?})").to_lowercase(),
        Delta::Text(text) => format!("text({text:?})"),
        Delta::Thinking(text) => format!("think({text:?})"),
        Delta::Arguments(text) => format!("args({text})"),
        Delta::Close => "close".into(),
        Delta::Finish(finish) => format!("finish({:?} {:?})", finish.reason, finish.stop_sequence),
        Delta::Usage(usage) => format!(
            "usage(in={:?} read={:?} out={:?} reasoning={:?})",
            usage.input, usage.cache_read, usage.output, usage.reasoning
        ),
        Delta::End => "end".into(),
        Delta::Signature(_) | Delta::Opaque(_) => format!("{delta:?}"),
    }
}
