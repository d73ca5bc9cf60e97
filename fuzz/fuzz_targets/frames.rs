//! Event streams: any bytes are split without a panic, and how they were cut makes no difference.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use wire::sse::{Frame, Splitter};

fuzz_target!(|input: (Vec<u8>, u8)| {
    let (stream, piece) = input;
    let whole = split(&[&stream]);
    let pieces: Vec<&[u8]> = stream.chunks(usize::from(piece) + 1).collect();
    assert_eq!(split(&pieces), whole);
});

/// All frames of a stream that came in these pieces; `None` once the splitter has refused it.
fn split(pieces: &[&[u8]]) -> Option<Vec<Frame>> {
    let (mut splitter, mut frames) = (Splitter::default(), Vec::new());
    for piece in pieces {
        splitter.push(Bytes::copy_from_slice(piece), &mut frames).ok()?;
    }
    splitter.finish(&mut frames);
    let count = frames.len();
    splitter.finish(&mut frames);
    assert_eq!(frames.len(), count, "a second end brought more frames");
    Some(frames)
}
