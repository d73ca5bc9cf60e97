//! Golden streams: what a backend sent, the deltas it is read as, and the stream an Anthropic client gets of them.
//!
//! Sections: `about`; `anthropic` or `openai`, the backend's bytes; `deltas`, one frame a line, with `relay` where the
//! client may be handed the frame as it came; `client`, the stream written anew.

use crate::golden::all;
use crate::grammar;
use bytes::Bytes;
use canon::delta::{Block, Delta, Order};
use canon::dialect::Dialect;
use canon::text::Text;
use wire::codec::{Decoder, Encoder, Ending, Voice, Wire};
use wire::sse::{Frame, Splitter};

#[test]
fn streams_are_read_and_written_as_the_golden_tables_say() {
    for mut golden in all("anthropic-streams") {
        let (wire, stream) = match golden.find("anthropic") {
            Some(stream) => (Wire::Anthropic, stream),
            None => (Wire::OpenAi, golden.section("openai")),
        };
        let mut encoder = Encoder::new(Wire::Anthropic, voice());
        encoder.answering(Dialect::from(wire));
        let (mut order, mut client, mut lines) = (Order::default(), Vec::new(), String::new());
        let mut tell = |mark: &str, deltas: &mut Vec<Delta>| {
            deltas.iter().for_each(|delta| order.check(delta).unwrap());
            deltas.iter().for_each(|delta| encoder.push(delta, &mut client));
            let shown: Vec<String> = deltas.drain(..).map(|delta| show(&delta)).collect();
            lines.push_str(format!("{mark} {}", shown.join(" ")).trim_end());
            lines.push('\n');
        };
        let (mut decoder, mut deltas) = (Decoder::new(wire), Vec::new());
        for frame in frames(stream) {
            match decoder.frame(&frame, &mut deltas) {
                Ok(seen) => {
                    let model =
                        seen.model.map(|place| String::from_utf8_lossy(&frame.bytes[place]).into_owned());
                    assert!(model.is_none_or(|model| model.starts_with('"') && model.ends_with('"')));
                    tell(if seen.relayable { "relay" } else { "write" }, &mut deltas);
                }
                Err(fault) => tell(&format!("fault {:?}: {}", fault.kind, fault.message), &mut deltas),
            }
        }
        let ending = decoder.finish(&mut deltas);
        assert_eq!((decoder.finish(&mut Vec::new()), deltas.len()), (ending, deltas.len()));
        tell(&format!("{ending:?}"), &mut deltas);
        golden.check("deltas", &lines);
        let client = String::from_utf8(client).unwrap();
        let told = grammar::check(client.as_bytes());
        assert!(told.is_ok() || ending != Ending::Complete, "{told:?}: {client}");
        golden.check("client", &client);
    }
}

pub(crate) fn frames(stream: &str) -> Vec<Frame> {
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
        include_usage: false,
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
        Delta::Signature(text) => format!("sign({text:?})"),
        Delta::Arguments(text) => format!("args({text})"),
        Delta::Opaque(value) => format!("opaque({value:?})"),
        Delta::Close => "close".into(),
        Delta::Finish(finish) => format!("finish({:?} {:?})", finish.reason, finish.stop_sequence),
        Delta::Usage(usage) => format!(
            "usage(in={:?} read={:?} write={:?} out={:?})",
            usage.input, usage.cache_read, usage.cache_write, usage.output
        ),
        Delta::End => "end".into(),
    }
}
