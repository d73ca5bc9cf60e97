//! The `usage` object: its four counts never overlap, and clients want all of them.

use canon::usage::Usage;

use crate::json::{Kind, Problem, Reader, Writer};

/// Reads a `usage` object; counts that are no numbers are not there.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<Option<Usage>, Problem> {
    if reader.kind() != Kind::Object {
        return reader.skip().map(|()| None);
    }
    let mut usage = Usage::default();
    reader.object(|reader, key| {
        let count = match key.name() {
            "input_tokens" => &mut usage.input,
            "output_tokens" => &mut usage.output,
            "cache_creation_input_tokens" => &mut usage.cache_write,
            "cache_read_input_tokens" => &mut usage.cache_read,
            _ => return reader.keep(&mut usage.extra, key),
        };
        *count = reader.count_or_skip()?;
        Ok(())
    })?;
    Ok(Some(usage))
}

/// The counts with estimates in place of what no backend has counted.
pub(super) fn completed(usage: &Usage, input: u64, output: u64) -> Usage {
    let mut counts = usage.clone();
    if counts.input.is_none() && counts.cache_read.is_none() && counts.cache_write.is_none() {
        counts.input = Some(input);
    }
    counts.output = counts.output.filter(|count| *count > 0).or(Some(output));
    counts
}

/// Whether no count is missing.
pub(super) fn is_complete(usage: &Usage) -> bool {
    [usage.input, usage.output, usage.cache_read, usage.cache_write].iter().all(Option::is_some)
}

/// Writes all counts; what nobody has said is 0.
pub(super) fn write(usage: &Usage, own: bool, w: &mut Writer<'_>) {
    w.object(|w| {
        w.key("input_tokens").number(usage.input.unwrap_or(0));
        w.key("cache_creation_input_tokens").number(usage.cache_write.unwrap_or(0));
        w.key("cache_read_input_tokens").number(usage.cache_read.unwrap_or(0));
        w.key("output_tokens").number(usage.output.unwrap_or(0));
        if own {
            w.extra(&usage.extra);
        }
    });
}
