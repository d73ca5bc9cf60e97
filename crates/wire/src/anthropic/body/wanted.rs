//! The small fields as a target is to get them, compared with those the client's body has.

use canon::dialect::Dialect;
use canon::extra::Losses;
use canon::request::{ReasoningMode, Request, Source};
use canon::target::{Droppable, Target};
use canon::text::{Json, Text};

use crate::anthropic::settings::{self, OUTPUT_CONFIG};
use crate::json::{Reader, Writer};

/// The settings of a request; its conversation is not in here.
pub(super) struct Wanted {
    settings: Request,
    /// The output form stands in `output_format`, not in `output_config`.
    format_apart: bool,
}

impl Wanted {
    /// The settings of a request without what the target doesn't take.
    pub(super) fn new(request: &Request, target: &Target<'_>, losses: &mut Losses) -> Self {
        let mut settings = Request::new(Dialect::Anthropic);
        settings.stream = request.stream;
        settings.tool_choice = request.tool_choice.clone();
        settings.parallel_calls = request.parallel_calls;
        settings.max_output = request.max_output;
        settings.sampling = request.sampling.clone();
        settings.reasoning = request.reasoning.clone();
        settings.output = request.output.clone();
        settings.extra = request.extra.clone();
        lower(&mut settings, target.max_output, losses);
        for &field in target.dropped {
            drop_field(&mut settings, field, losses);
        }
        let fields = request.source.iter().flat_map(|source| &source.fields);
        let format_apart =
            settings.output.is_some() && fields.into_iter().any(|field| field.key.is("output_format"));
        Self { settings, format_apart }
    }

    /// The settings that a client's body has.
    pub(super) fn read(source: &Source) -> Self {
        let mut settings = Request::new(Dialect::Anthropic);
        for field in &source.fields {
            let name = field.key.read();
            if matches!(&*name, "model" | "messages" | "system" | "tools" | "profile") {
                continue;
            }
            let value = source.body.slice(field.value.clone());
            let known =
                Reader::new(&value).and_then(|mut reader| settings::read(&mut settings, &name, &mut reader));
            if !matches!(known, Ok(true)) {
                settings.extra.push(field.key.clone(), Json::raw(value));
            }
        }
        Self { settings, format_apart: false }
    }

    /// Whether the field is wanted as it was.
    pub(super) fn agrees(&self, was: &Self, name: &str) -> bool {
        let (wanted, was) = (&self.settings, &was.settings);
        let sampling = (&wanted.sampling, &was.sampling);
        match name {
            "stream" => wanted.stream == was.stream,
            "max_tokens" => wanted.max_output == was.max_output,
            "temperature" => sampling.0.temperature == sampling.1.temperature,
            "top_p" => sampling.0.top_p == sampling.1.top_p,
            "top_k" => sampling.0.top_k == sampling.1.top_k,
            "stop_sequences" => sampling.0.stop == sampling.1.stop,
            "tool_choice" => {
                wanted.tool_choice == was.tool_choice && wanted.parallel_calls == was.parallel_calls
            }
            "thinking" => {
                wanted.reasoning.mode == was.reasoning.mode
                    && wanted.reasoning.source.is_some() == was.reasoning.source.is_some()
            }
            "output_config" => {
                wanted.reasoning.effort == was.reasoning.effort
                    && wanted.output == was.output
                    && wanted.extra.find(name) == was.extra.find(name)
            }
            "output_format" => wanted.output == was.output,
            _ => wanted.extra.find(name) == was.extra.find(name),
        }
    }

    /// The value of a field, if it is wanted at all.
    pub(super) fn field(&self, name: &str) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        self.write(name, &mut Writer::new(&mut out));
        (!out.is_empty()).then_some(out)
    }

    fn write(&self, name: &str, w: &mut Writer<'_>) {
        let settings = &self.settings;
        let sampling = &settings.sampling;
        match name {
            "stream" if settings.stream => w.bool(true),
            "stream" => {}
            "max_tokens" => settings.max_output.iter().for_each(|limit| w.number(*limit)),
            "temperature" => sampling.temperature.iter().for_each(|number| w.json(number)),
            "top_p" => sampling.top_p.iter().for_each(|number| w.json(number)),
            "top_k" => sampling.top_k.iter().for_each(|number| w.json(number)),
            "stop_sequences" if sampling.stop.is_empty() => {}
            "stop_sequences" => w.array(|w| sampling.stop.iter().for_each(|stop| w.text(stop))),
            "tool_choice" => {
                settings::write_tool_choice(settings.tool_choice.as_ref(), settings.parallel_calls, w);
            }
            "thinking" if settings::has_thinking(&settings.reasoning) => {
                settings::write_thinking(&settings.reasoning, w);
            }
            "thinking" => {}
            "output_config" => self.write_output_config(w),
            "output_format" => {
                if let Some(output) = &settings.output {
                    settings::write_format(output, w);
                }
            }
            _ => settings.extra.find(name).into_iter().for_each(|value| w.json(value)),
        }
    }

    fn write_output_config(&self, w: &mut Writer<'_>) {
        let effort = self.settings.reasoning.effort.as_ref();
        let output = self.settings.output.as_ref().filter(|_| !self.format_apart);
        let rest = self.settings.extra.find(OUTPUT_CONFIG);
        if effort.is_some() || output.is_some() || rest.is_some() {
            settings::write_output_config(effort, output, rest, w);
        }
    }

    /// The fields without a word of their own.
    pub(super) fn unknown(&self) -> impl Iterator<Item = &(Text, Json)> {
        self.settings.extra.fields.iter().filter(|(key, _)| !key.is(OUTPUT_CONFIG))
    }
}

/// Lowers the output limit, and the thinking budget with it, as the budget must stay below the limit.
fn lower(settings: &mut Request, limit: Option<u64>, losses: &mut Losses) {
    let (Some(asked), Some(limit)) = (settings.max_output, limit) else {
        return;
    };
    if asked <= limit {
        return;
    }
    losses.note("max_tokens");
    settings.max_output = Some(limit);
    if matches!(settings.reasoning.mode, Some(ReasoningMode::On(Some(budget))) if budget >= limit) {
        let budget = limit.saturating_sub(1);
        settings.reasoning.mode = (budget >= LEAST_BUDGET).then_some(ReasoningMode::On(Some(budget)));
        settings.reasoning.source = None;
    }
}

/// The least thinking budget there may be, in tokens (Anthropic Messages reference).
const LEAST_BUDGET: u64 = 1_024;

fn drop_field(settings: &mut Request, field: Droppable, losses: &mut Losses) {
    match field {
        Droppable::Thinking => {
            if settings.reasoning.mode.take().is_some() | settings.reasoning.source.take().is_some() {
                losses.note("thinking");
            }
            // Edits of thinking are refused where there is none.
            if settings.extra.find(CONTEXT_MANAGEMENT).is_some_and(|edits| mentions(edits, b"clear_thinking"))
            {
                drop_extra(settings, CONTEXT_MANAGEMENT, losses);
            }
        }
        Droppable::ContextManagement => drop_extra(settings, CONTEXT_MANAGEMENT, losses),
        Droppable::OutputConfig => {
            let effort = settings.reasoning.effort.take().is_some();
            let output = settings.output.take().is_some();
            if effort | output | settings.extra.take(OUTPUT_CONFIG).is_some() {
                losses.note(OUTPUT_CONFIG);
            }
        }
        Droppable::CacheControl => drop_extra(settings, "cache_control", losses),
        Droppable::ParallelCalls => {
            if settings.parallel_calls.take().is_some() {
                losses.note("tool_choice.disable_parallel_tool_use");
            }
        }
        // Folded where the messages are written; the other is not a field of this dialect.
        Droppable::SystemTurns | Droppable::StreamOptions => {}
    }
}

const CONTEXT_MANAGEMENT: &str = "context_management";

fn drop_extra(settings: &mut Request, name: &'static str, losses: &mut Losses) {
    if settings.extra.take(name).is_some() {
        losses.note(name);
    }
}

fn mentions(value: &Json, word: &[u8]) -> bool {
    memchr::memmem::find(value.bytes(), word).is_some()
}
