//! The bytes of one chunk. Which chunk may come when is the encoder's business.

use crate::codec::Voice;
use crate::json::Writer;
use crate::openai::reply;
use crate::openai::usage::{self, Estimate};
use canon::extra::Extra;
use canon::text::Text;
use canon::usage::Usage;

/// What every chunk of one answer begins with.
#[derive(Debug, Default)]
pub(super) struct Line {
    head: Vec<u8>,
}

const ONE_CHOICE: &[u8] = b"\"choices\":[{\"index\":0,\"delta\":{";
const GOES_ON: &[u8] = b"},\"finish_reason\":null}]}\n\n";

impl Line {
    /// The beginning of the chunks of an answer.
    pub(super) fn new(id: Option<&Text>, created: u64, voice: &Voice) -> Self {
        let mut head = b"data: ".to_vec();
        Writer::new(&mut head).object(|w| {
            reply::id(id, voice, w.key("id"));
            w.key("object").str("chat.completion.chunk");
            w.key("created").number(created);
            w.key("model").text(&voice.model);
        });
        head.pop();
        head.push(b',');
        Self { head }
    }

    pub(super) fn role(&self, extra: Option<&Extra>, out: &mut Vec<u8>) {
        self.one(out);
        out.extend_from_slice(br#""role":"assistant","content":""},"finish_reason":null}]"#);
        self.rest(extra, out);
        out.extend_from_slice(b"}\n\n");
    }

    pub(super) fn say(&self, field: &str, text: &Text, out: &mut Vec<u8>) {
        self.one(out);
        for piece in ["\"", field, "\":\""] {
            out.extend_from_slice(piece.as_bytes());
        }
        text.write_escaped(out);
        out.push(b'"');
        out.extend_from_slice(GOES_ON);
    }

    pub(super) fn call(&self, number: u64, id: &Text, name: &Text, out: &mut Vec<u8>) {
        self.one(out);
        out.extend_from_slice(b"\"tool_calls\":[");
        Writer::new(out).object(|w| {
            w.key("index").number(number);
            w.key("id").text(id);
            w.key("type").str("function");
            w.key("function").object(|w| {
                w.key("name").text(name);
                w.key("arguments").str("");
            });
        });
        out.push(b']');
        out.extend_from_slice(GOES_ON);
    }

    pub(super) fn arguments(&self, number: u64, text: &Text, out: &mut Vec<u8>) {
        self.one(out);
        out.extend_from_slice(b"\"tool_calls\":[");
        Writer::new(out).object(|w| {
            w.key("index").number(number);
            w.key("function").object(|w| w.key("arguments").text(text));
        });
        out.push(b']');
        out.extend_from_slice(GOES_ON);
    }

    pub(super) fn finish(&self, word: &str, extra: Option<&Extra>, out: &mut Vec<u8>) {
        self.one(out);
        for piece in ["},\"finish_reason\":\"", word, "\""] {
            out.extend_from_slice(piece.as_bytes());
        }
        self.rest(extra, out);
        out.extend_from_slice(b"}]}\n\n");
    }

    pub(super) fn counts(
        &self,
        counts: &Usage,
        extra: Option<&Extra>,
        estimate: Estimate,
        out: &mut Vec<u8>,
    ) {
        out.extend_from_slice(&self.head);
        out.extend_from_slice(b"\"choices\":[],\"usage\":");
        usage::write(counts, extra, estimate, &mut Writer::line(out));
        out.extend_from_slice(b"}\n\n");
    }

    fn one(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.head);
        out.extend_from_slice(ONE_CHOICE);
    }

    fn rest(&self, extra: Option<&Extra>, out: &mut Vec<u8>) {
        if let Some(extra) = extra.filter(|extra| !extra.is_empty()) {
            out.push(b',');
            Writer::line(out).extra(extra);
        }
    }
}
