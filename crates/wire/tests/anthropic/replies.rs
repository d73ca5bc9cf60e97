//! Golden answers: what a backend answered, the deltas it is read as, and the answer an Anthropic client gets of them.
//!
//! Sections: `about`; `anthropic` or `openai`, the backend's answer; `deltas`, with `relay` where the bytes may go on as
//! they came; `client`.

use crate::golden::{all, pretty};
use crate::streams::{show, voice};
use bytes::Bytes;
use canon::delta::Order;
use canon::dialect::Dialect;
use canon::reply::Collector;
use wire::codec::{Wire, decode_reply, encode_reply};

#[test]
fn answers_are_read_and_written_as_the_golden_tables_say() {
    for mut golden in all("anthropic-replies") {
        let (wire, text) = match golden.find("anthropic") {
            Some(text) => (Wire::Anthropic, text),
            None => (Wire::OpenAi, golden.section("openai")),
        };
        let body = Bytes::copy_from_slice(text.trim_end().as_bytes());
        let mut deltas = Vec::new();
        let seen = match decode_reply(wire, &body, &mut deltas) {
            Ok(seen) => seen,
            Err(fault) => {
                golden.check("deltas", &format!("fault {:?}: {}", fault.kind, fault.message));
                continue;
            }
        };
        let (mut order, mut collector) = (Order::default(), Collector::default());
        for delta in &deltas {
            order.check(delta).unwrap();
            collector.push(delta);
        }
        assert!(order.is_ended());
        let mark = if seen.relayable { "relay" } else { "write" };
        let shown: Vec<String> = deltas.iter().map(show).collect();
        golden.check("deltas", &format!("{mark}\n{}", shown.join("\n")));
        let written = encode_reply(Wire::Anthropic, &collector.finish(), &voice(), Dialect::from(wire));
        golden.check("client", &pretty(std::str::from_utf8(&written).unwrap()));
    }
}
