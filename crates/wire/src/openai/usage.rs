//! Token counts, both ways. Here the prompt's count includes what came from a cache; the vocabulary keeps them apart.

use super::rest;
use crate::json::{Kind, Problem, Reader, Writer};
use canon::extra::Extra;
use canon::text::{Json, Text};
use canon::usage::Usage;

/// Reads a `usage` object. A count of a wrong type is as good as none.
///
/// # Errors
/// If the JSON is not legal.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<Usage, Problem> {
    let mut usage = Usage::default();
    let mut prompt = None;
    let mut cache_hit = None;
    reader.object(|reader, key| {
        match key.name() {
            "prompt_tokens" => prompt = count(reader)?,
            "completion_tokens" => usage.output = count(reader)?,
            "total_tokens" => reader.skip()?,
            "prompt_tokens_details" => {
                let rest = details(reader, |reader, name| {
                    match name {
                        "cached_tokens" => usage.cache_read = count(reader)?,
                        "cache_write_tokens" => usage.cache_write = count(reader)?,
                        _ => return Ok(false),
                    }
                    Ok(true)
                })?;
                usage.extra.fields.extend(rest.map(|rest| (Text::fixed(PROMPT), rest)));
            }
            "completion_tokens_details" => {
                let rest = details(reader, |reader, name| {
                    if name == "reasoning_tokens" {
                        usage.reasoning = count(reader)?;
                    }
                    Ok(name == "reasoning_tokens")
                })?;
                usage.extra.fields.extend(rest.map(|rest| (Text::fixed(COMPLETION), rest)));
            }
            // DeepSeek's name for cached tokens, beside its misses.
            "prompt_cache_hit_tokens" => {
                let mut ahead = *reader;
                cache_hit = count(&mut ahead)?;
                keep(&mut usage.extra, key.text(), reader)?;
            }
            _ => keep(&mut usage.extra, key.text(), reader)?,
        }
        Ok(())
    })?;
    usage.cache_read = usage.cache_read.or(cache_hit);
    let cached = usage.cache_read.unwrap_or(0).saturating_add(usage.cache_write.unwrap_or(0));
    usage.input = prompt.map(|prompt: u64| prompt.saturating_sub(cached));
    Ok(usage)
}

/// Reads llama.cpp's `timings`, which tell the same where `usage` is absent.
///
/// # Errors
/// If the JSON is not legal.
pub(super) fn read_timings(reader: &mut Reader<'_>) -> Result<Usage, Problem> {
    let mut usage = Usage::default();
    if reader.kind() != Kind::Object {
        reader.skip()?;
        return Ok(usage);
    }
    reader.object(|reader, key| {
        match key.name() {
            "prompt_n" => usage.input = count(reader)?,
            "cache_n" => usage.cache_read = count(reader)?,
            "predicted_n" => usage.output = count(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(usage)
}

/// Writes a `usage` object. What the backend did not count is estimated by the caller; `extra` are its unknown fields,
/// if they are of this dialect.
pub(super) fn write(usage: &Usage, extra: Option<&Extra>, estimate: Estimate, w: &mut Writer<'_>) {
    let none = Extra::default();
    let extra = extra.unwrap_or(&none);
    let counted = usage.input.is_some() || usage.cache_read.is_some() || usage.cache_write.is_some();
    let prompt = if counted { usage.prompt() } else { estimate.prompt };
    let completion = usage.output.unwrap_or(estimate.completion);
    w.object(|w| {
        w.key("prompt_tokens").number(prompt);
        w.key("completion_tokens").number(completion);
        w.key("total_tokens").number(prompt.saturating_add(completion));
        w.key(PROMPT).object(|w| {
            w.key("cached_tokens").number(usage.cache_read.unwrap_or(0));
            if let Some(written) = usage.cache_write {
                w.key("cache_write_tokens").number(written);
            }
            rest::write(extra.find(PROMPT), w);
        });
        w.key(COMPLETION).object(|w| {
            w.key("reasoning_tokens").number(usage.reasoning.unwrap_or(0));
            rest::write(extra.find(COMPLETION), w);
        });
        for (key, value) in extra.fields.iter().filter(|(key, _)| !(key.is(PROMPT) || key.is(COMPLETION))) {
            w.key_text(key).json(value);
        }
    });
}

/// Counts for a backend that gave none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Estimate {
    pub(super) prompt: u64,
    pub(super) completion: u64,
}

/// The tokens that so many characters may be: a quarter, rounded up.
pub(super) fn tokens_of(characters: u64) -> u64 {
    characters.div_ceil(4)
}

const PROMPT: &str = "prompt_tokens_details";
const COMPLETION: &str = "completion_tokens_details";

/// A count, or nothing where another value stands.
pub(super) fn count(reader: &mut Reader<'_>) -> Result<Option<u64>, Problem> {
    let mut ahead = *reader;
    if let (Kind::Number, Ok(count)) = (reader.kind(), ahead.count()) {
        *reader = ahead;
        return Ok(Some(count));
    }
    reader.skip()?;
    Ok(None)
}

/// Reads an inner object, whose known fields `known` takes; returns the others as an object of their own.
fn details<'a>(
    reader: &mut Reader<'a>,
    mut known: impl FnMut(&mut Reader<'a>, &str) -> Result<bool, Problem>,
) -> Result<Option<Json>, Problem> {
    if reader.kind() != Kind::Object {
        reader.skip()?;
        return Ok(None);
    }
    let mut rest = Extra::default();
    reader.object(
        |reader, key| {
            if known(reader, key.name())? { Ok(()) } else { keep(&mut rest, key.text(), reader) }
        },
    )?;
    Ok(rest::object_of(&rest))
}

/// Carries an unknown field that has a value; of two with one name the first.
pub(super) fn keep(extra: &mut Extra, key: Text, reader: &mut Reader<'_>) -> Result<(), Problem> {
    let value = reader.raw()?;
    if !value.is_null()
        && extra.fields.len() < crate::json::UNKNOWN_LIMIT
        && !extra.fields.iter().any(|(known, _)| *known == key)
    {
        extra.push(key, value);
    }
    Ok(())
}
