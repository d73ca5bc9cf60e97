//! Errors that mean "the prompt does not fit the context window", in every backend's words, with their numbers.

use canon::fault::FaultKind;

/// The overflow that an error text in lower case speaks of, if it speaks of one.
pub(super) fn find(words: &str) -> Option<FaultKind> {
    if !PHRASES.iter().any(|phrase| words.contains(phrase)) && !exceeds_context(words) {
        return None;
    }
    let prompt = PROMPT.iter().find_map(|place| place.number(words));
    let limit = LIMIT.iter().find_map(|place| place.number(words));
    // Where the room for the answer is what is too large, a shorter conversation is no cure unless it is too long by itself.
    let too_long = matches!((prompt, limit), (Some(prompt), Some(limit)) if prompt > limit);
    if super::has_any(words, ANSWER_TOO_LARGE) && !too_long {
        return None;
    }
    Some(FaultKind::Overflow { prompt, limit })
}

/// Wordings of Anthropic, OpenAI, vLLM, llama.cpp, Ollama, LM Studio, OpenRouter and Google.
const PHRASES: &[&str] = &[
    "exceed_context_size",
    "exceeds the available context",
    "exceed the available context",
    "exceeded max context length",
    "context_length_exceeded",
    "maximum context length",
    "longer than the maximum model length",
    "prompt is too long",
    "prompt too long",
    "prompt_too_long",
    "context window is full",
    "context window full",
    "context window exceeded",
    "context window is exceeded",
    "greater than the context length",
    "context length of only",
    "exceeds the maximum number of tokens",
];

const ANSWER_TOO_LARGE: &[&str] = &["in the completion", "max_tokens", "max_completion_tokens", "n_predict"];

/// Whether the text says "exceed(s) (the) (model's) context length, window or size".
fn exceeds_context(words: &str) -> bool {
    words.match_indices("exceed").any(|(at, found)| {
        let rest = &words[at + found.len()..];
        let rest = rest.strip_prefix('s').unwrap_or(rest).trim_start();
        let rest = rest.strip_prefix("the ").unwrap_or(rest);
        let rest = rest.strip_prefix("model's ").or_else(|| rest.strip_prefix("model ")).unwrap_or(rest);
        ["context length", "context window", "context size"].iter().any(|what| rest.starts_with(what))
    })
}

/// Where a number stands.
enum Place {
    After(&'static str),
    Before(&'static str),
}

/// Where the prompt's length stands, the most telling place first.
const PROMPT: &[Place] = &[
    Place::After("n_prompt_tokens"),
    Place::After("prompt is too long:"),
    Place::Before(" in the messages"),
    Place::Before(" of text input"),
    Place::After("resulted in"),
    Place::After("your request has"),
    Place::After("prompt contains"),
    Place::After("(length"),
    Place::After("request ("),
    Place::After("input token count"),
    Place::After("requested about"),
    Place::After("you requested"),
];

/// Where the window's size stands.
const LIMIT: &[Place] = &[
    Place::After("n_ctx"),
    Place::After("tokens >"),
    Place::After("maximum context length is"),
    Place::After("maximum model length of"),
    Place::After("available context size"),
    Place::After("context length of only"),
    Place::After("tokens allowed"),
    Place::Before(" maximum context length"),
];

impl Place {
    fn number(&self, words: &str) -> Option<u64> {
        match self {
            Self::After(phrase) => words.split_once(phrase).and_then(|(_, rest)| {
                let skipped = rest.bytes().take(NEAR).position(|byte| byte.is_ascii_digit())?;
                leading_number(&rest[skipped..])
            }),
            Self::Before(phrase) => words.split_once(phrase).and_then(|(front, _)| {
                let digits = front.bytes().rev().take_while(u8::is_ascii_digit).count();
                leading_number(&front[front.len() - digits..])
            }),
        }
    }
}

/// How many bytes may lie between a phrase and its number: an opening bracket, a colon, a quote.
const NEAR: usize = 6;

/// A number at the start of a text; thousands may be parted by commas.
fn leading_number(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(text.len());
    text[..end].trim_end_matches(',').replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wording_is_recognised_with_its_numbers() {
        let cases: &[(&str, Option<u64>, Option<u64>)] = &[
            ("prompt is too long: 210000 tokens > 200000 maximum", Some(210_000), Some(200_000)),
            (
                "this model's maximum context length is 128000 tokens. however, your messages resulted in 130,001 tokens.",
                Some(130_001),
                Some(128_000),
            ),
            (
                "this model's maximum context length is 4096 tokens. however, your request has 5000 input tokens.",
                Some(5_000),
                Some(4_096),
            ),
            (
                "the decoder prompt (length 5000) is longer than the maximum model length of 4096.",
                Some(5_000),
                Some(4_096),
            ),
            (
                "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it",
                Some(5_000),
                Some(4_096),
            ),
            ("exceed_context_size_error n_prompt_tokens 5000 n_ctx 4096", Some(5_000), Some(4_096)),
            ("prompt too long; exceeded max context length by 1200 tokens", None, None),
            (
                "this endpoint's maximum context length is 32768 tokens. however, you requested about 40000 tokens (38000 of text input, 2000 in the output).",
                Some(38_000),
                Some(32_768),
            ),
            (
                "the input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
                Some(1_200_000),
                Some(1_048_576),
            ),
            (
                "trying to keep the first 9000 tokens, but the model is loaded with context length of only 4096 tokens",
                None,
                Some(4_096),
            ),
            (
                "prompt contains 40000 tokens, too large for model with 32768 maximum context length",
                Some(40_000),
                Some(32_768),
            ),
            ("please reduce the length of the messages. context_length_exceeded", None, None),
            ("input exceeds the model's context window", None, None),
            (
                "maximum context length is 4096 tokens. however, you requested 9000 tokens (5000 in the messages, 4000 in the completion)",
                Some(5_000),
                Some(4_096),
            ),
        ];
        for (words, prompt, limit) in cases {
            assert_eq!(find(words), Some(FaultKind::Overflow { prompt: *prompt, limit: *limit }), "{words}");
        }
    }

    #[test]
    fn an_answer_that_is_asked_too_long_is_no_overflow() {
        let cases = [
            "maximum context length is 8192 tokens. however, you requested 9000 tokens (5000 in the messages, 4000 in the completion)",
            "max_tokens is too large: 64000. this model's maximum context length is 32768 tokens and your request has 20000 input tokens",
            "requests exceed the limit",
        ];
        for words in cases {
            assert_eq!(find(words), None, "{words}");
        }
    }
}
