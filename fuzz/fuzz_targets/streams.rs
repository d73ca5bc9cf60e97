//! Streamed answers: whatever a backend of either dialect sends, what comes out is a stream that its client can read.
#![no_main]

use bytes::Bytes;
use canon::delta::Delta;
use canon::dialect::Dialect;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use wire::codec::Voice;
use wire::sse::{Frame, Splitter};

/// The same steps for each dialect; their decoders and encoders share names, not a trait.
macro_rules! dialect {
    ($read:ident, $write:ident, $module:ident) => {
        fn $read(frames: &[Frame]) -> Vec<Delta> {
            let (mut decoder, mut deltas) = (wire::$module::Decoder::new(), Vec::new());
            for frame in frames {
                if decoder.frame(frame, &mut deltas).is_err() {
                    return deltas;
                }
            }
            decoder.finish(&mut deltas);
            deltas
        }

        fn $write(deltas: &[Delta], backend: Dialect) -> Vec<u8> {
            let (mut encoder, mut out) = (wire::$module::Encoder::new(Voice::default()), Vec::new());
            encoder.answering(backend);
            deltas.iter().for_each(|delta| encoder.push(delta, &mut out));
            encoder.surface(&mut out);
            out
        }
    };
}

dialect!(read_anthropic, write_anthropic, anthropic);
dialect!(read_openai, write_openai, openai);

fuzz_target!(|input: (bool, &[u8])| {
    let (is_anthropic, stream) = input;
    let (read, backend): (fn(&[Frame]) -> Vec<Delta>, _) =
        if is_anthropic { (read_anthropic, Dialect::Anthropic) } else { (read_openai, Dialect::OpenAi) };
    let deltas = read(&frames(stream));
    for written in [write_anthropic(&deltas, backend), write_openai(&deltas, backend)] {
        for frame in frames(&written) {
            let readable = frame.data == "[DONE]" || serde_json::from_slice::<Value>(&frame.data).is_ok();
            assert!(readable, "not JSON: {:?}", frame.data);
        }
    }
});

fn frames(stream: &[u8]) -> Vec<Frame> {
    let (mut splitter, mut frames) = (Splitter::default(), Vec::new());
    if splitter.push(Bytes::copy_from_slice(stream), &mut frames).is_ok() {
        splitter.finish(&mut frames);
    }
    frames
}
