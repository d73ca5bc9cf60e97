//! Answers: a reply in the dialect and form that was asked, or pointedly not. Where it breaks off is
//! `mishap`'s, how HTTP carries it `transport`'s.

use crate::ask::{Ask, Dialect};
use crate::message::{End, Message, Piece};
use crate::mishap::{Mishap, Point, endless, line};
use crate::quirk::{Quirk, Quirks};
use crate::reply::Reply;
use crate::slicing::Slicing;
use crate::sse::{Frame, Role};
use crate::{anthropic, gzip, openai, sse};

/// A reply and the way it is delivered.
#[derive(Clone, Debug)]
pub struct Answer {
    reply: Reply,
    form: Form,
    quirks: Quirks,
    slicing: Slicing,
    mishap: Option<(Point, Mishap)>,
    content_type: Option<String>,
    headers: Vec<(String, String)>,
    gzip: bool,
}

/// Whether an answer streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As the request's `stream` says.
    AsAsked,
    /// Never: JSON even for a stream request.
    Json,
    /// Always: a stream even for a plain request.
    Stream,
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self {
            reply,
            form: Form::AsAsked,
            quirks: Quirks::default(),
            slicing: Slicing::PerEvent,
            mishap: None,
            content_type: None,
            headers: Vec::new(),
            gzip: false,
        }
    }
}

impl Answer {
    /// The same in this form.
    #[must_use]
    pub fn form(mut self, form: Form) -> Self {
        self.form = form;
        self
    }

    /// The same with one more quirk.
    #[must_use]
    pub fn quirk(mut self, quirk: impl Into<Quirk>) -> Self {
        self.quirks.add(quirk.into());
        self
    }

    /// The same with its body cut differently.
    #[must_use]
    pub fn slicing(mut self, slicing: Slicing) -> Self {
        self.slicing = slicing;
        self
    }

    /// The same up to a point, where something goes wrong.
    #[must_use]
    pub fn fails(mut self, at: Point, mishap: Mishap) -> Self {
        self.mishap = Some((at, mishap));
        self
    }

    /// The same, declared as this content type.
    #[must_use]
    pub fn content_type(mut self, kind: impl Into<String>) -> Self {
        self.content_type = Some(kind.into());
        self
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same with its body gzip-encoded, asked for or not.
    #[must_use]
    pub fn gzip(mut self) -> Self {
        self.gzip = true;
        self
    }

    pub(crate) fn to_message(&self, ask: &Ask) -> Message {
        let streamed = match self.form {
            Form::AsAsked => ask.stream,
            Form::Json => false,
            Form::Stream => true,
        };
        let (events, tail, end) = if streamed { self.events(ask) } else { self.document(ask) };
        let natural = if streamed { "text/event-stream; charset=utf-8" } else { "application/json" };
        let mut headers = self.headers.clone();
        headers
            .push((String::from("content-type"), self.content_type.clone().unwrap_or(String::from(natural))));
        let mut pieces = self.slicing.cut(events);
        if self.gzip {
            headers.push((String::from("content-encoding"), String::from("gzip")));
            pieces = vec![gzip::stored(&pieces.concat()).into()];
        }
        let mut pieces: Vec<Piece> = pieces.into_iter().map(Piece::Bytes).collect();
        pieces.extend(tail);
        Message { status: 200, headers, pieces, streamed, end }
    }

    /// The events of a stream, what floods in behind them, and the end.
    fn events(&self, ask: &Ask) -> (Vec<Vec<u8>>, Vec<Piece>, End) {
        let (mut frames, error): (Vec<Frame>, fn(&str) -> Frame) = match ask.dialect() {
            Dialect::Anthropic => (anthropic::stream(&self.reply, ask, &self.quirks), anthropic::error_frame),
            Dialect::OpenAi => (openai::stream(&self.reply, ask, &self.quirks), openai::error_frame),
        };
        let Some((point, mishap)) = &self.mishap else {
            return (sse::encode(&frames, &self.quirks), Vec::new(), End::Whole);
        };
        let content = frames.iter().find(|frame| frame.role == Role::Content).cloned();
        frames.truncate(point.place(&frames));
        if let Mishap::Error(message) = mishap {
            frames.push(error(message));
        }
        let comment = || sse::comment(&self.quirks);
        let flood = match mishap {
            Mishap::Comments(every) => Some((comment(), *every)),
            Mishap::Deltas(every) => Some((content.map_or_else(comment, |frame| self.one(frame)), *every)),
            _ => None,
        };
        let tail = match (flood, mishap) {
            (Some((bytes, every)), _) => vec![endless(&bytes, every)],
            (None, Mishap::Line(length)) => line("data: {\"text\":\"", *length, "\"}\n\n"),
            _ => Vec::new(),
        };
        (sse::encode(&frames, &self.quirks), tail, mishap.end())
    }

    fn one(&self, frame: Frame) -> Vec<u8> {
        sse::encode(&[frame], &self.quirks).concat()
    }

    /// A plain answer; what goes wrong with it goes wrong in its middle, unless it is told to at the end.
    fn document(&self, ask: &Ask) -> (Vec<Vec<u8>>, Vec<Piece>, End) {
        let text = match ask.dialect() {
            Dialect::Anthropic => anthropic::plain(&self.reply, ask, &self.quirks),
            Dialect::OpenAi => openai::plain(&self.reply, ask, &self.quirks),
        };
        let mut body = sse::spoil(text, &self.quirks);
        let Some((point, mishap)) = &self.mishap else {
            return (vec![body], Vec::new(), End::Whole);
        };
        if *point != Point::End {
            body.truncate(body.len() / 2);
        }
        let tail = match mishap {
            Mishap::Error(message) => {
                body = match ask.dialect() {
                    Dialect::Anthropic => anthropic::error_frame(message).data.into_bytes(),
                    Dialect::OpenAi => openai::error_frame(message).data.into_bytes(),
                };
                Vec::new()
            }
            Mishap::Comments(every) | Mishap::Deltas(every) => vec![endless(b" ", *every)],
            Mishap::Line(length) => line("", *length, ""),
            _ => Vec::new(),
        };
        (vec![body], tail, mishap.end())
    }
}
