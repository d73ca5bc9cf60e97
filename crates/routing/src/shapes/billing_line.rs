//! Keeps Claude Code's attribution line from breaking a local server's prompt cache.
//!
//! The line opens the system prompt and, in older clients, has a `cch=` that differs in every request; it is
//! overwritten as llama-server does it on its own Anthropic wire. The whole line goes only where the router
//! hands out the server's slots: without that, two sessions with equal beginnings take each other's slot
//! (measured: 2.1 times the prompt tokens instead of 1.6).

use super::instructions::Place;
use super::{Draft, ShapeNote};
use crate::conversation::{BILLING_LINE, fixed_slots};
use bytes::Bytes;
use canon::config::{BillingBlock, Provider};
use canon::request::{Content, PartKind, Request};
use canon::text::Text;
use std::ops::Range;

pub(super) fn steady(draft: &mut Draft<'_>) {
    let Some(treatment) = treatment(draft.provider, draft.drops_line) else { return };
    let mut changed = false;
    for place in Place::all(&draft.request) {
        if texts(place.content(&draft.request)).any(|text| treatment.applies(text)) {
            rewrite(draft.request.to_mut(), place, treatment);
            changed = true;
        }
    }
    if changed {
        draft.notes.push(match treatment {
            Treatment::Mask => ShapeNote::BillingLineMasked,
            Treatment::Drop => ShapeNote::BillingLineDropped,
        });
    }
}

#[derive(Clone, Copy)]
enum Treatment {
    Mask,
    Drop,
}

fn treatment(provider: &Provider, drops_line: bool) -> Option<Treatment> {
    match provider.billing_block {
        BillingBlock::Keep => None,
        BillingBlock::Drop => Some(Treatment::Drop),
        BillingBlock::Auto if provider.endpoint.is_anthropic() => None,
        BillingBlock::Auto if drops_line || fixed_slots(provider).is_some() => Some(Treatment::Drop),
        BillingBlock::Auto => Some(Treatment::Mask),
    }
}

impl Treatment {
    fn applies(self, text: &Text) -> bool {
        let line = text.stored();
        line.starts_with(BILLING_LINE)
            && match self {
                Self::Mask => volatile(line).is_some(),
                Self::Drop => true,
            }
    }

    fn change(self, text: &Text) -> Text {
        let mut escaped = Vec::with_capacity(text.stored_len());
        text.write_escaped(&mut escaped);
        match self {
            Self::Mask => volatile(&escaped).into_iter().for_each(|value| escaped[value].fill(FILLER)),
            Self::Drop => {
                let end = line_end(&escaped);
                let line_break = escaped[end..].starts_with(br"\n");
                escaped.drain(..if line_break { end + 2 } else { end });
            }
        }
        Text::escaped(Bytes::from(escaped))
    }
}

fn texts(content: &Content) -> impl Iterator<Item = &Text> {
    let (single, parts) = match content {
        Content::Absent => (None, &[][..]),
        Content::Text(text) => (Some(text), &[][..]),
        Content::Parts(parts) => (None, parts.as_slice()),
    };
    single.into_iter().chain(parts.iter().filter_map(|part| match &part.kind {
        PartKind::Text(text) => Some(text),
        _ => None,
    }))
}

/// Changes the texts it applies to; a part left without text goes, a turn left without parts stays as an empty one.
fn rewrite(request: &mut Request, place: Place, treatment: Treatment) {
    let Some(content) = place.edit(request) else { return };
    match content {
        Content::Absent => {}
        Content::Text(text) => *text = treatment.change(text),
        Content::Parts(parts) => parts.retain_mut(|part| match &mut part.kind {
            PartKind::Text(text) if treatment.applies(text) => {
                *text = treatment.change(text);
                !text.is_empty()
            }
            _ => true,
        }),
    }
    if matches!((place, &*content), (Place::Turn(_), Content::Parts(parts)) if parts.is_empty()) {
        *content = Content::Text(Text::empty());
    }
}

/// Where the value of `cch` lies in a line, unless it is constant already.
fn volatile(text: &[u8]) -> Option<Range<usize>> {
    let line = &text[..line_end(text)];
    let field = line.windows(5).position(|at| matches!(at[0], b' ' | b';' | b':') && at[1..] == *b"cch=")?;
    let start = field + 5;
    let length = line[start..].iter().position(|byte| *byte == b';')?;
    let value = start..start + length;
    line[value.clone()].iter().any(|byte| *byte != FILLER).then_some(value)
}

/// What llama.cpp overwrites the value with: prompts then agree with those sent to it directly.
const FILLER: u8 = b'f';

/// Where the first line of a text ends, plain or escaped. The line itself has nothing to escape.
fn line_end(text: &[u8]) -> usize {
    text.iter().position(|byte| matches!(byte, b'\n' | b'\\')).unwrap_or(text.len())
}
