//! Limits, sampling, tool choice, thinking and output form of another dialect in this one's terms.

use std::borrow::Cow;

use canon::extra::{Extra, Losses};
use canon::request::{OutputFormat, Reasoning, ReasoningMode, Request, ToolChoice};
use canon::target::{Droppable, Target};
use canon::text::{Json, Text};

use crate::codec::Field;
use crate::json::Writer;

/// The output limit, in tokens, of a request that names none; this wire demands one.
pub const DEFAULT_MAX_OUTPUT: u64 = 8_192;

/// Puts the settings into `own`, whose turns and tools are already there.
pub(super) fn translate(request: &Request, target: &Target<'_>, own: &mut Request, losses: &mut Losses) {
    own.max_output = Some(limit(request, target, losses));
    choose_tools(request, own, losses);
    think(request, target, own, losses);
    form_output(request, target, own, losses);
    sample(request, target, own, losses);
    carry(request, own, losses);
}

fn limit(request: &Request, target: &Target<'_>, losses: &mut Losses) -> u64 {
    let cap = target.max_output.unwrap_or(u64::MAX);
    match request.max_output {
        None => DEFAULT_MAX_OUTPUT.min(cap),
        Some(asked) => {
            if asked > cap {
                losses.note(Field::MaxOutput.name(request.dialect));
            }
            asked.min(cap)
        }
    }
}

/// A choice of tools is refused where there are none.
fn choose_tools(request: &Request, own: &mut Request, losses: &mut Losses) {
    if own.tools.is_empty() {
        return;
    }
    own.tool_choice = match &request.tool_choice {
        Some(ToolChoice::Opaque(_)) => {
            losses.note(Field::ToolChoice.name(request.dialect));
            None
        }
        choice => choice.clone(),
    };
    own.parallel_calls = request.parallel_calls.filter(|parallel| !parallel);
}

/// A model's maker takes an effort without demanding thinking back in every turn, which clients of other dialects
/// can't give; other backends know the older thinking budget.
fn think(request: &Request, target: &Target<'_>, own: &mut Request, losses: &mut Losses) {
    let asked = &request.reasoning;
    let level = asked.effort.as_ref().map(Text::read);
    let off = asked.mode == Some(ReasoningMode::Off) || level.as_deref() == Some("none");
    if asked.mode.is_none() && level.is_none() {
        return;
    }
    let forced = matches!(own.tool_choice, Some(ToolChoice::Any | ToolChoice::Named(_)));
    let dropped = if target.maker_host && !off { Droppable::OutputConfig } else { Droppable::Thinking };
    if target.dropped.contains(&dropped) || (forced && !target.maker_host && !off) {
        losses.note(Field::Reasoning.name(request.dialect));
    } else if off {
        own.reasoning.mode = Some(ReasoningMode::Off);
    } else if target.maker_host {
        own.reasoning.effort = Some(effort(asked, level.as_deref()));
    } else {
        own.reasoning.mode =
            budget(asked, level.as_deref(), own.max_output).map(|n| ReasoningMode::On(Some(n)));
    }
}

fn effort(asked: &Reasoning, level: Option<&str>) -> Text {
    match level {
        Some("minimal" | "low") => Text::fixed("low"),
        Some("medium") => Text::fixed("medium"),
        Some("high") => Text::fixed("high"),
        Some(_) => asked.effort.clone().unwrap_or_default(),
        None => Text::fixed("high"),
    }
}

/// A thinking budget below the output limit; none where the limit leaves no room for the least one.
fn budget(asked: &Reasoning, level: Option<&str>, limit: Option<u64>) -> Option<u64> {
    let wanted = match (&asked.mode, level) {
        (Some(ReasoningMode::On(Some(budget))), _) => *budget,
        (_, Some("minimal" | "low")) => 2_048,
        (_, Some("medium")) => 8_192,
        _ => 16_384,
    };
    let room = limit.unwrap_or(DEFAULT_MAX_OUTPUT) / 2;
    let budget = wanted.min(room);
    (budget >= LEAST_BUDGET).then_some(budget)
}

/// The least thinking budget there may be, in tokens (Anthropic Messages reference).
const LEAST_BUDGET: u64 = 1_024;

fn form_output(request: &Request, target: &Target<'_>, own: &mut Request, losses: &mut Losses) {
    match &request.output {
        None => {}
        Some(OutputFormat::Schema { schema, .. }) if !target.dropped.contains(&Droppable::OutputConfig) => {
            own.output = Some(OutputFormat::Schema { name: None, schema: schema.clone(), strict: None });
        }
        Some(_) => losses.note(Field::Output.name(request.dialect)),
    }
}

fn sample(request: &Request, target: &Target<'_>, own: &mut Request, losses: &mut Losses) {
    let asked = &request.sampling;
    let thinks = matches!(own.reasoning.mode, Some(ReasoningMode::On(_) | ReasoningMode::Adaptive));
    for (name, value) in [
        ("presence_penalty", &asked.presence_penalty),
        ("frequency_penalty", &asked.frequency_penalty),
        ("seed", &asked.seed),
    ] {
        if value.as_ref().is_some_and(|value| number(value) != Some(0.0)) {
            losses.note(name);
        }
    }
    own.sampling.temperature =
        asked.temperature.as_ref().and_then(|asked| temperature(asked, thinks, losses));
    own.sampling.top_p = asked.top_p.clone();
    // Newer models of the maker refuse both at once.
    if target.maker_host && own.sampling.temperature.is_some() && own.sampling.top_p.take().is_some() {
        losses.note("top_p");
    }
    own.sampling.top_k = asked.top_k.clone().filter(|_| !thinks);
    own.sampling.stop = asked.stop.iter().filter(|stop| !stop.is_blank()).cloned().collect();
    if own.sampling.stop.len() < asked.stop.len() {
        losses.note(Field::Stop.name(request.dialect));
    }
}

/// The temperature cut to the range from 0 to 1; none beside thinking, which allows no other than its own.
fn temperature(asked: &Json, thinks: bool, losses: &mut Losses) -> Option<Json> {
    let value = number(asked)?;
    if thinks {
        if value != 1.0 {
            losses.note("temperature");
        }
        return None;
    }
    if (0.0..=1.0).contains(&value) {
        return Some(asked.clone());
    }
    losses.note("temperature");
    Some(Json::fixed(if value > 1.0 { "1" } else { "0" }))
}

fn number(value: &Json) -> Option<f64> {
    std::str::from_utf8(value.bytes()).ok()?.parse().ok()
}

/// Unknown fields are lost, but for the one that has a place here.
fn carry(request: &Request, own: &mut Request, losses: &mut Losses) {
    let mut unknown = Cow::Borrowed(&request.extra);
    if request.extra.find("user").is_some_and(|user| user.bytes().starts_with(b"\"")) {
        let user = unknown.to_mut().take("user").unwrap_or(Json::NULL);
        let mut metadata = Vec::new();
        Writer::new(&mut metadata).object(|w| w.key("user_id").json(&user));
        own.extra = Extra { fields: vec![(Text::fixed("metadata"), Json::raw(metadata.into()))] };
    }
    losses.note_extra(&unknown);
}
