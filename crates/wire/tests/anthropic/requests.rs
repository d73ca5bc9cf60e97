//! Golden requests: what a client of some dialect sent, and what an Anthropic backend gets.
//!
//! Sections: `about`; `target`, one `name: value` a line; `anthropic` or `openai`, the request; `body`, what is sent;
//! `losses` and `verbatim`. Where the request is refused, `fault` stands in place of the last three.

use crate::golden::{Golden, all, pretty};
use bytes::Bytes;
use canon::config::ExtraField;
use canon::target::{Droppable, Target};
use wire::codec::{Wire, decode_request};

#[test]
fn requests_are_written_as_the_golden_tables_say() {
    for mut golden in all("anthropic-requests") {
        let (wire, body) = request(&golden);
        let request = match decode_request(wire, &body) {
            Ok(request) => request,
            Err(fault) => {
                golden.check("fault", &format!("{}: {}", fault.field.unwrap_or_default(), fault.message));
                continue;
            }
        };
        let settings = Settings::read(golden.find("target").unwrap_or_default());
        let encoded = wire::codec::encode_request(Wire::Anthropic, &request, &settings.target());
        let text = std::str::from_utf8(&encoded.body).unwrap();
        serde_json::from_str::<serde_json::Value>(text).unwrap();
        let same = encoded.body.as_ptr() == body.as_ptr();
        golden.check("body", &if same { "the client's own bytes".to_owned() } else { pretty(text) });
        golden.check("losses", &encoded.losses.names().join("\n"));
        golden.check("verbatim", &encoded.verbatim.to_string());
    }
}

fn request(golden: &Golden) -> (Wire, Bytes) {
    let body = |text: &str| Bytes::copy_from_slice(text.trim_end().as_bytes());
    match golden.find("anthropic") {
        Some(text) => (Wire::Anthropic, body(text)),
        None => (Wire::OpenAi, body(golden.section("openai"))),
    }
}

/// A backend, as the `target` section describes it.
struct Settings {
    model: Option<String>,
    extra_body: Vec<ExtraField>,
    dropped: Vec<Droppable>,
    max_output: Option<u64>,
    words: Vec<String>,
}

impl Settings {
    fn read(text: &str) -> Self {
        let mut settings = Self {
            model: Some("backend-model".into()),
            extra_body: Vec::new(),
            dropped: Vec::new(),
            max_output: None,
            words: Vec::new(),
        };
        for line in text.lines() {
            let (name, value) = line.split_once(": ").unwrap_or((line, ""));
            match name {
                "model" => settings.model = Some(value.to_owned()).filter(|model| model != "none"),
                "dropped" => settings.dropped.extend(DROPPABLE.iter().find(|field| field.name() == value)),
                "max_output" => settings.max_output = Some(value.parse().unwrap()),
                "extra" => {
                    let (key, value) = value.split_once(" = ").unwrap();
                    let value = Bytes::copy_from_slice(value.as_bytes());
                    settings.extra_body.push(ExtraField { key: key.to_owned(), value });
                }
                word => settings.words.push(word.to_owned()),
            }
        }
        settings
    }

    fn target(&self) -> Target<'_> {
        let says = |word: &str| self.words.iter().any(|own| own == word);
        Target {
            model: self.model.as_deref(),
            extra_body: &self.extra_body,
            dropped: &self.dropped,
            max_output: self.max_output,
            vision: !says("blind"),
            system_turns: false,
            reasoning_history: says("reasoning history"),
            maker_host: says("maker host"),
        }
    }
}

const DROPPABLE: [Droppable; 6] = [
    Droppable::Thinking,
    Droppable::ContextManagement,
    Droppable::OutputConfig,
    Droppable::SystemTurns,
    Droppable::ParallelCalls,
    Droppable::CacheControl,
];
