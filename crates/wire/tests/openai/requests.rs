//! Golden requests: what a client of some dialect sent, and what a chat backend gets.
//!
//! Sections: `about`; `target`, one `name: value` a line; `anthropic` or `openai`, the request; `body`, what is sent;
//! `losses` and `verbatim`.

use crate::golden::{Golden, all, pretty};
use bytes::Bytes;
use canon::config::ExtraField;
use canon::request::Request;
use canon::target::{Droppable, Target};
use wire::{anthropic, openai};

#[test]
fn requests_are_written_as_the_golden_tables_say() {
    for mut golden in all("openai-requests") {
        let request = request(&golden);
        let settings = Settings::read(golden.find("target").unwrap_or_default());
        let encoded = openai::encode_request(&request, &settings.target());
        let body = std::str::from_utf8(&encoded.body).unwrap();
        serde_json::from_str::<serde_json::Value>(body).unwrap();
        golden.check("body", &pretty(body));
        let losses = encoded.losses.names().join("\n");
        golden.check("losses", &losses);
        golden.check("verbatim", &encoded.verbatim.to_string());
    }
}

fn request(golden: &Golden) -> Request {
    if let Some(text) = golden.find("anthropic") {
        return anthropic::decode_request(&Bytes::copy_from_slice(text.as_bytes())).unwrap();
    }
    openai::decode_request(&Bytes::copy_from_slice(golden.section("openai").as_bytes())).unwrap()
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
                "dropped" => settings.dropped.push(dropped(value)),
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
            system_turns: says("system turns"),
            reasoning_history: says("reasoning history"),
            maker_host: says("maker host"),
        }
    }
}

fn dropped(name: &str) -> Droppable {
    use Droppable as D;
    let all = [
        D::Thinking,
        D::ContextManagement,
        D::OutputConfig,
        D::SystemTurns,
        D::StreamOptions,
        D::ParallelCalls,
        D::CacheControl,
    ];
    all.into_iter().find(|field| field.name() == name).unwrap()
}
