//! Splits a server-sent event stream into frames, however its bytes were cut. What the frames mean is not known here.

use std::ops::Range;

use bytes::Bytes;
use canon::fault::{Fault, FaultKind};
use memchr::memchr2;

/// The largest frame that is taken in, in bytes.
pub const FRAME_LIMIT: usize = 8 << 20;

/// One event of a stream; only frames that carry data are made into one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The whole frame as it came, with its blank line.
    pub bytes: Bytes,
    /// The name on its `event:` line.
    pub event: Option<Bytes>,
    /// Its data; several `data:` lines are joined by line feeds.
    pub data: Bytes,
    /// Where `data` lies in `bytes`, if it is a slice of it.
    pub data_at: Option<usize>,
    /// Whether every client can read it as it came: line feeds, at most an `event: ` line and then one `data: ` line.
    pub plain: bool,
}

/// Cuts a stream into frames. Lines end in LF, CRLF or CR and in nothing else.
#[derive(Debug, Default)]
pub struct Splitter {
    /// Whether the stream's first bytes have been looked at for a byte order mark.
    begun: bool,
    /// The beginning of a frame whose end has not come.
    held: Vec<u8>,
    /// What has been seen of that frame, so that no byte is looked at twice.
    lines: Lines,
}

impl Splitter {
    /// Takes the next bytes in and appends the frames they complete.
    ///
    /// # Errors
    /// If a frame is larger than [`FRAME_LIMIT`].
    pub fn push(&mut self, chunk: Bytes, out: &mut Vec<Frame>) -> Result<(), Fault> {
        let Some((mut rest, mut end)) = self.first(chunk) else {
            return self.within_limit(self.held.len());
        };
        loop {
            self.within_limit(end)?;
            out.extend(std::mem::take(&mut self.lines).frame(rest.split_to(end)));
            match self.lines.scan(&rest) {
                Some(next) => end = next,
                None => break,
            }
        }
        self.held.extend_from_slice(&rest);
        self.within_limit(self.held.len())
    }

    /// Takes the end of the stream in: a last frame without its blank line gets one.
    pub fn finish(&mut self, out: &mut Vec<Frame>) {
        while !self.held.is_empty() {
            self.held.push(b'\n');
            if self.lines.scan(&self.held).is_some() {
                let bytes = Bytes::from(std::mem::take(&mut self.held));
                out.extend(std::mem::take(&mut self.lines).frame(bytes));
            }
        }
    }

    /// What was held with the chunk behind it, and where its first frame ends; all is held while that is not known.
    fn first(&mut self, chunk: Bytes) -> Option<(Bytes, usize)> {
        if self.begun && self.held.is_empty() {
            let end = self.lines.scan(&chunk);
            if end.is_none() {
                self.held.extend_from_slice(&chunk);
            }
            return end.map(|end| (chunk, end));
        }
        self.held.extend_from_slice(&chunk);
        if !self.begun {
            if self.held.len() < MARK.len() && MARK.starts_with(&self.held) {
                return None;
            }
            self.begun = true;
            if self.held.starts_with(MARK) {
                self.held.drain(..MARK.len());
            }
        }
        let end = self.lines.scan(&self.held)?;
        Some((Bytes::from(std::mem::take(&mut self.held)), end))
    }

    fn within_limit(&self, length: usize) -> Result<(), Fault> {
        if length > FRAME_LIMIT {
            return Err(Fault::new(FaultKind::Malformed, "an event of the stream is larger than 8 MiB"));
        }
        Ok(())
    }
}

/// The UTF-8 byte order mark.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// The lines of one frame, as far as they have been read. Places count from the frame's first byte.
#[derive(Clone, Debug, Default)]
struct Lines {
    /// Up to here everything has been looked at.
    at: usize,
    /// Where the present line begins; `line <= at`.
    line: usize,
    /// A carriage return came last, so that a line feed still belongs to it.
    after_return: bool,
    /// The blank line has come.
    blank: bool,
    event: Option<Range<usize>>,
    data: Data,
    /// Something was met that a simple reader may not understand.
    unusual: bool,
}

#[derive(Clone, Debug, Default)]
enum Data {
    #[default]
    None,
    One(Range<usize>),
    Many(Vec<u8>),
}

impl Lines {
    /// Goes on reading and returns where the frame ends, if it does.
    fn scan(&mut self, bytes: &[u8]) -> Option<usize> {
        loop {
            if self.after_return {
                if *bytes.get(self.at)? == b'\n' {
                    self.at += 1;
                    self.line = self.at;
                }
                self.after_return = false;
            }
            if self.blank {
                return Some(self.at);
            }
            let Some(found) = memchr2(b'\n', b'\r', &bytes[self.at..]) else {
                self.at = bytes.len();
                return None;
            };
            let end = self.at + found;
            self.after_return = bytes[end] == b'\r';
            self.unusual |= self.after_return;
            self.blank = self.line == end;
            self.take(bytes, end);
            self.at = end + 1;
            self.line = self.at;
        }
    }

    /// Takes the line that ends before `end` in.
    fn take(&mut self, bytes: &[u8], end: usize) {
        let line = &bytes[self.line..end];
        if let Some(value) = value_of(line, b"data") {
            self.unusual |= line.get(5) != Some(&b' ');
            self.add(bytes, end - value.len()..end);
        } else if let Some(value) = value_of(line, b"event") {
            self.unusual |=
                line.get(6) != Some(&b' ') || self.event.is_some() || !matches!(self.data, Data::None);
            self.event = Some(end - value.len()..end);
        } else {
            self.unusual |= !line.is_empty();
        }
    }

    fn add(&mut self, bytes: &[u8], value: Range<usize>) {
        self.data = match std::mem::take(&mut self.data) {
            Data::None => Data::One(value),
            Data::One(first) => {
                self.unusual = true;
                Data::Many([&bytes[first], b"\n", &bytes[value]].concat())
            }
            Data::Many(mut joined) => {
                joined.push(b'\n');
                joined.extend_from_slice(&bytes[value]);
                Data::Many(joined)
            }
        };
    }

    /// The frame that these are the lines of, if it carries data.
    fn frame(self, bytes: Bytes) -> Option<Frame> {
        let (data, data_at) = match self.data {
            Data::None => return None,
            Data::One(place) => (bytes.slice(place.clone()), Some(place.start)),
            Data::Many(joined) => (Bytes::from(joined), None),
        };
        let event = self.event.map(|place| bytes.slice(place));
        (!data.is_empty()).then_some(Frame { event, data, data_at, plain: !self.unusual, bytes })
    }
}

/// The value of a line if it is of this field; one blank in front of it is left out.
fn value_of<'a>(line: &'a [u8], field: &[u8]) -> Option<&'a [u8]> {
    let rest = line.strip_prefix(field)?;
    match rest.split_first() {
        None => Some(rest),
        Some((b':', value)) => Some(value.strip_prefix(b" ").unwrap_or(value)),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(pieces: &[&[u8]]) -> Vec<Frame> {
        let (mut splitter, mut frames) = (Splitter::default(), Vec::new());
        for piece in pieces {
            splitter.push(Bytes::copy_from_slice(piece), &mut frames).unwrap();
        }
        splitter.finish(&mut frames);
        splitter.finish(&mut frames);
        frames
    }

    /// Each frame as `event|data`, with a star where it is not plain.
    fn shown(stream: &str) -> Vec<String> {
        let show = |frame: &Frame| {
            let event = frame.event.as_ref().map_or("-", |event| std::str::from_utf8(event).unwrap());
            let data = std::str::from_utf8(&frame.data).unwrap();
            format!("{event}|{data}{}", if frame.plain { "" } else { "*" })
        };
        split(&[stream.as_bytes()]).iter().map(show).collect()
    }

    #[test]
    fn frames_are_read_in_every_form() {
        let cases: &[(&str, &[&str])] = &[
            ("event: a\ndata: 1\n\ndata: 2\n\n", &["a|1", "-|2"]),
            ("event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n", &["a|1*", "-|2*"]),
            ("data: 1\r\rdata: 2\r\r", &["-|1*", "-|2*"]),
            ("\u{feff}data: 1\n\n", &["-|1"]),
            (": hello\n\n\n\ndata: 1\n\n", &["-|1"]),
            (": hello\ndata: 1\nid: 7\n\n", &["-|1*"]),
            ("data: 1\ndata:2\ndata:  3\n\n", &["-|1\n2\n 3*"]),
            ("data: a\u{2028}b\u{85}c\n\n", &["-|a\u{2028}b\u{85}c"]),
            ("data: 1\n\ndata: 2", &["-|1", "-|2"]),
            ("data: 1\n", &["-|1"]),
            ("data: 1\r\n\r", &["-|1*"]),
            ("event: a\n\ndata\n\ndatabase: 1\n\n", &[]),
            ("data: 1\nevent: a\n\n", &["a|1*"]),
        ];
        for (stream, frames) in cases {
            assert_eq!(shown(stream), *frames, "{stream:?}");
        }
    }

    #[test]
    fn data_is_a_slice_of_the_frame_it_came_in() {
        let frame = &split(&[b"event: a\ndata: {}\n", b"\nx"])[0];
        let at = frame.data_at.unwrap();
        assert_eq!(frame.bytes[at..at + frame.data.len()], frame.data);
        assert_eq!(frame.bytes, "event: a\ndata: {}\n\n");
    }

    #[test]
    fn a_frame_without_end_is_a_fault() {
        let (mut splitter, mut frames) = (Splitter::default(), Vec::new());
        let chunk = Bytes::from(vec![b'x'; 1 << 20]);
        let refused = (0..9).any(|_| splitter.push(chunk.clone(), &mut frames).is_err());
        assert!(refused && frames.is_empty());
    }

    proptest! {
        #[test]
        fn cuts_change_nothing(stream in "(event: a|data: ?[xé]{0,3}|: c|\u{feff}|\r|\n|\r\n|\n\n){0,20}", cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12)) {
            let bytes = stream.as_bytes();
            let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            places.extend([0, bytes.len()]);
            places.sort_unstable();
            let pieces: Vec<&[u8]> = places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(split(&pieces), split(&[bytes]));
        }
    }
}
