//! Event stream framing: frames become bytes, regularly or with quirks. What a frame says is the dialect's
//! business, how HTTP carries the bytes `transport`'s.

use crate::quirk::{Quirks, quirks};

quirks! {
    "Ways to frame a stream that clients must bear.":
    /// Lines end in CR LF.
    Crlf = "crlf",
    /// Lines end in a lone CR.
    Cr = "cr",
    /// A byte order mark comes first.
    Bom = "bom",
    /// A comment line stands before every event.
    Comments = "comments",
    /// There is no blank after a field's colon.
    NoSpace = "no-space",
    /// There are no `event:` lines.
    NoEventLines = "no-event-lines",
    /// The last event lacks its blank line.
    NoFinalBlankLine = "no-final-blank-line",
    /// Events carry `id:` and `retry:` lines too.
    IdLines = "id-lines",
    /// Each event's JSON is spread over two `data:` lines.
    SplitData = "split-data",
    /// One data line in the middle is no JSON.
    BadJsonFrame = "bad-json-frame",
    /// One frame in the middle is `data: null`.
    NullFrame = "null-frame",
    /// One frame in the middle is `data: []`.
    ArrayFrame = "array-frame",
    /// Every U+FFFD of the reply goes out as the byte 0xFF, in plain answers too.
    BadUtf8 = "bad-utf8",
}

/// What part of the answer a frame carries; mishaps count by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Says that an answer begins.
    Opening,
    /// Carries text, thinking or arguments.
    Content,
    /// Carries neither: pings, block borders.
    Structure,
    /// Says that the answer is over, and why.
    Closing,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) event: Option<&'static str>,
    pub(crate) data: String,
    pub(crate) role: Role,
}

/// The frames of several blocks, dealt round robin, as models write parallel calls.
pub(crate) fn interleave(blocks: Vec<Vec<Frame>>) -> Vec<Frame> {
    let mut queues: Vec<_> = blocks.into_iter().map(Vec::into_iter).collect();
    let mut frames = Vec::new();
    loop {
        let before = frames.len();
        frames.extend(queues.iter_mut().filter_map(Iterator::next));
        if frames.len() == before {
            return frames;
        }
    }
}

/// The stream's bytes, one item an event; whatever a quirk adds belongs to the event beside it.
pub(crate) fn encode(frames: &[Frame], quirks: &Quirks) -> Vec<Vec<u8>> {
    let middle = frames.iter().position(|frame| frame.role == Role::Content).unwrap_or(frames.len() / 2);
    let mut events: Vec<Vec<u8>> = Vec::with_capacity(frames.len());
    for (at, frame) in frames.iter().enumerate() {
        let mut text =
            if at == 0 && quirks.has(Quirk::Bom) { String::from('\u{feff}') } else { String::new() };
        text.push_str(&event(frame, at, quirks));
        if at == middle {
            text.push_str(&strays(quirks));
        }
        if at + 1 == frames.len() && quirks.has(Quirk::NoFinalBlankLine) {
            text.pop();
        }
        events.push(bytes(&text, quirks));
    }
    events
}

/// A keep-alive comment.
pub(crate) fn comment(quirks: &Quirks) -> Vec<u8> {
    bytes(": keep-alive\n\n", quirks)
}

/// The text with the quirks of bytes and line ends put in.
pub(crate) fn bytes(text: &str, quirks: &Quirks) -> Vec<u8> {
    let text = if quirks.has(Quirk::Crlf) {
        text.replace('\n', "\r\n")
    } else if quirks.has(Quirk::Cr) {
        text.replace('\n', "\r")
    } else {
        String::from(text)
    };
    spoil(text, quirks)
}

/// The text with U+FFFD turned into a byte that is not UTF-8, where the quirk asks for it.
pub(crate) fn spoil(text: String, quirks: &Quirks) -> Vec<u8> {
    if !quirks.has(Quirk::BadUtf8) {
        return text.into_bytes();
    }
    let pieces: Vec<&[u8]> = text.split('\u{fffd}').map(str::as_bytes).collect();
    pieces.join(&0xff)
}

fn event(frame: &Frame, at: usize, quirks: &Quirks) -> String {
    let colon = if quirks.has(Quirk::NoSpace) { ":" } else { ": " };
    let mut text = String::with_capacity(frame.data.len() + 32);
    if quirks.has(Quirk::Comments) {
        text.push_str(": still here\n");
    }
    if quirks.has(Quirk::IdLines) {
        text.push_str(&format!("id{colon}{at}\nretry{colon}3000\n"));
    }
    if let Some(name) = frame.event.filter(|_| !quirks.has(Quirk::NoEventLines)) {
        text.push_str(&format!("event{colon}{name}\n"));
    }
    match frame.data.find(',').filter(|_| quirks.has(Quirk::SplitData)) {
        Some(comma) => {
            let (first, second) = frame.data.split_at(comma + 1);
            text.push_str(&format!("data{colon}{first}\ndata{colon}{second}\n\n"));
        }
        None => text.push_str(&format!("data{colon}{}\n\n", frame.data)),
    }
    text
}

fn strays(quirks: &Quirks) -> String {
    let strays = [
        (Quirk::BadJsonFrame, "data: {\"broken\": tru\n\n"),
        (Quirk::NullFrame, "data: null\n\n"),
        (Quirk::ArrayFrame, "data: []\n\n"),
    ];
    strays.iter().filter(|(quirk, _)| quirks.has(*quirk)).map(|(_, text)| *text).collect()
}
