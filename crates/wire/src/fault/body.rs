//! The message inside an error body, whatever shape the backend gave it.

use bytes::Bytes;
use canon::fault::{Fault, FaultKind};
use canon::text::{Json, Text};

use super::{CREDENTIALS_REFUSED, classify};
use crate::json::{Kind, Problem, Reader};

/// The most characters of a body that are looked at where it is not JSON.
const LOOKED_AT: usize = 4_096;

/// The fault of an answer that was an error by its status.
pub fn of_answer(status: u16, body: &Bytes) -> Fault {
    let told = Told::read(body).unwrap_or_else(|_| Told::plain(body));
    told.fault(status)
}

/// The fault of an error object inside a stream or a 200: the object itself, or what stands under its `error`.
pub fn of_error(error: &Json) -> Fault {
    match Told::read(error.bytes()) {
        Ok(told) => told.fault(0),
        Err(_) => Told::plain(error.bytes()).fault(0),
    }
}

/// What an error body says.
#[derive(Default)]
struct Told {
    message: Option<Text>,
    /// Names and numbers beside the message that tell more than it does.
    words: String,
}

impl Told {
    fn read(body: &Bytes) -> Result<Self, Problem> {
        let mut told = Self::default();
        let mut reader = Reader::new(body)?;
        told.value(&mut reader, 0)?;
        reader.end()?;
        Ok(told)
    }

    /// A body that is no JSON.
    fn plain(body: &[u8]) -> Self {
        let start: String =
            String::from_utf8_lossy(&body[..body.len().min(4 * LOOKED_AT)]).chars().take(LOOKED_AT).collect();
        let start = start.trim();
        let message = match () {
            () if start.is_empty() => None,
            () if start.starts_with('<') => Some("the provider answered with an HTML page".into()),
            () => Some(start.into()),
        };
        Self { message, words: String::new() }
    }

    /// The message under `error`, itself a string or an object, or under `message` or `detail`; the outermost wins.
    fn value(&mut self, reader: &mut Reader<'_>, depth: u8) -> Result<(), Problem> {
        match reader.kind() {
            Kind::Text => {
                let text = reader.text()?;
                self.message.get_or_insert(text);
                Ok(())
            }
            Kind::Object if depth < 3 => reader.object(|reader, key| self.field(key.name(), reader, depth)),
            _ => reader.skip(),
        }
    }

    fn field(&mut self, name: &str, reader: &mut Reader<'_>, depth: u8) -> Result<(), Problem> {
        match name {
            "error" => {
                // What stands under `error` tells more than what stands beside it.
                let beside = self.message.take();
                self.value(reader, depth + 1)?;
                self.message = self.message.take().or(beside);
                Ok(())
            }
            "message" | "detail" => self.value(reader, depth + 1),
            "type" | "code" | "n_prompt_tokens" | "n_ctx" => self.note(name, &reader.raw()?),
            _ => reader.skip(),
        }
    }

    fn note(&mut self, name: &str, value: &Json) -> Result<(), Problem> {
        if value.bytes().len() < 100 {
            self.words.push(' ');
            if name.starts_with("n_") {
                self.words.push_str(name);
                self.words.push(' ');
            }
            self.words.push_str(String::from_utf8_lossy(value.bytes()).trim_matches('"'));
        }
        Ok(())
    }

    fn fault(self, status: u16) -> Fault {
        let message = self.message.as_ref().map(Text::read).filter(|message| !message.trim().is_empty());
        let message = message.as_deref().unwrap_or(match status {
            0 => "the provider reported an error without a message",
            300..400 => "the provider answered with a redirect",
            _ => "the provider answered with an error without a message",
        });
        let looked_at: String = message.chars().take(LOOKED_AT).collect();
        let kind = classify(status, &format!("{looked_at}{}", self.words));
        let message = if kind == FaultKind::Auth { CREDENTIALS_REFUSED } else { message };
        let fault = Fault::new(kind, message);
        if status == 0 { fault } else { fault.with_status(status) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_found_in_every_shape() {
        let cases: &[(u16, &str, &str)] = &[
            (
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"no \u00e9"}}"#,
                "no é",
            ),
            (400, r#"{"error":{"message":"one","code":null}}"#, "one"),
            (400, r#"{"message":"beside","error":"under"}"#, "under"),
            (400, r#"{"error":"under","message":"beside"}"#, "under"),
            (400, r#"{"detail":"told"}"#, "told"),
            (400, r#"{"object":"error","message":"flat","type":"BadRequestError","code":400}"#, "flat"),
            (400, "  plain words\n", "plain words"),
            (500, "<html><body>502</body></html>", "the provider answered with an HTML page"),
            (500, "", "the provider answered with an error without a message"),
            (500, "[1]", "the provider answered with an error without a message"),
            (302, "", "the provider answered with a redirect"),
            (401, r#"{"error":{"message":"key sk-1 is wrong"}}"#, CREDENTIALS_REFUSED),
        ];
        for (status, body, message) in cases {
            let fault = of_answer(*status, &Bytes::from_static(body.as_bytes()));
            assert_eq!((fault.message.as_str(), fault.status), (*message, Some(*status)), "{body}");
        }
    }

    #[test]
    fn words_beside_the_message_count() {
        let body = br#"{"error":{"code":400,"message":"try increasing it","type":"exceed_context_size_error","n_prompt_tokens":5000,"n_ctx":4096}}"#;
        let fault = of_answer(400, &Bytes::from_static(body));
        assert_eq!(fault.kind, FaultKind::Overflow { prompt: Some(5_000), limit: Some(4_096) });
        let error = Json::fixed(r#"{"type":"overloaded_error","message":"Overloaded"}"#);
        assert_eq!(of_error(&error).kind, FaultKind::Overloaded);
    }
}
