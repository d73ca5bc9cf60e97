//! The framing of an event stream, read strictly: what clients of either dialect are known to stumble over breaks
//! a rule.

use super::{Kept, rule};

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) event: Option<String>,
    pub(crate) data: String,
}

/// The events of a stream, comments left out.
pub(crate) fn frames(body: &str) -> Kept<Vec<Frame>> {
    rule(!body.starts_with('\u{feff}'), || {
        "a byte order mark: the Anthropic SDK for Python fails".to_owned()
    })?;
    let text = body.replace("\r\n", "\n").replace('\r', "\n");
    rule(text.is_empty() || text.ends_with("\n\n"), || {
        "the last event lacks its blank line: Codex loses it".to_owned()
    })?;
    let blocks =
        text.split("\n\n").map(|block| block.trim_start_matches('\n')).filter(|block| !block.is_empty());
    blocks.filter_map(|block| frame(block).transpose()).collect()
}

fn frame(block: &str) -> Kept<Option<Frame>> {
    let mut event = None;
    let mut data: Vec<&str> = Vec::new();
    for line in block.lines().filter(|line| !line.starts_with(':')) {
        let (field, value) = line.split_once(':').ok_or_else(|| format!("no field in {line:?}"))?;
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => event = Some(value.to_owned()),
            "data" => data.push(value),
            "id" | "retry" => {}
            other => return Err(format!("the field {other:?} in {block:?}")),
        }
    }
    rule(event.is_none() || !data.is_empty(), || format!("an event without data in {block:?}"))?;
    Ok((!data.is_empty()).then(|| Frame { event, data: data.join("\n") }))
}
