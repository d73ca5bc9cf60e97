//! Golden crossings: what a Messages backend sent, and the stream and the plain answer a chat client gets of it.
//!
//! Sections: `about`; `backend`; `client`; `answer`.

use crate::golden::{all, pretty};
use crate::grammar;
use crate::streams::{frames, voice};
use canon::dialect::Dialect;
use canon::reply::Collector;
use wire::anthropic;
use wire::openai::{Encoder, encode_reply};

#[test]
fn answers_of_messages_backends_are_written_as_the_golden_tables_say() {
    for mut golden in all("openai-crossings") {
        let (mut decoder, mut deltas) = (anthropic::Decoder::new(), Vec::new());
        for frame in frames(golden.section("backend")) {
            decoder.frame(&frame, &mut deltas).unwrap();
        }
        decoder.finish(&mut deltas);
        let (mut encoder, mut collector, mut client) =
            (Encoder::new(voice()), Collector::default(), Vec::new());
        encoder.answering(Dialect::Anthropic);
        for delta in &deltas {
            encoder.push(delta, &mut client);
            collector.push(delta);
        }
        assert_eq!(grammar::check(&client), Ok(()));
        golden.check("client", std::str::from_utf8(&client).unwrap());
        let answer = encode_reply(&collector.finish(), &voice(), Dialect::Anthropic);
        golden.check("answer", &pretty(std::str::from_utf8(&answer).unwrap()));
    }
}
