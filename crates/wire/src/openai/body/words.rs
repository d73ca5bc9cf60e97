//! The whole body written from the vocabulary: for clients of other dialects, and for a request of this one that the
//! program made or whose body no longer tells what it says.

use super::own::{extra_body, under};
use super::{foreign, is_dropped, limit, own, stream_options, tool};
use crate::codec::Field;
use crate::json::Writer;
use crate::openai::rest;
use canon::dialect::Dialect;
use canon::extra::Losses;
use canon::request::{OutputFormat, Request, ToolChoice};
use canon::target::{Droppable, Target};
use canon::text::{Json, Text};

/// Writes the body's fields.
pub(super) fn write(request: &Request, target: &Target<'_>, losses: &mut Losses, w: &mut Writer<'_>) {
    let is_own = request.dialect == Dialect::OpenAi;
    let mut words = Words { request, target, losses, is_own, named: Vec::with_capacity(16), w };
    if let Some(model) = target.model {
        words.key("model").str(model);
    }
    words.messages();
    words.tools();
    words.limit();
    words.sampling();
    words.output();
    words.effort();
    words.stream();
    words.rest();
}

struct Words<'a, 'w> {
    request: &'a Request,
    target: &'a Target<'a>,
    losses: &'a mut Losses,
    is_own: bool,
    named: Vec<&'static str>,
    w: &'a mut Writer<'w>,
}

impl<'w> Words<'_, 'w> {
    fn key(&mut self, name: &'static str) -> &mut Writer<'w> {
        self.named.push(name);
        self.w.key(name)
    }

    fn messages(&mut self) {
        let (request, target) = (self.request, self.target);
        self.key("messages");
        match request.messages.source() {
            Some(source) if self.is_own && own::messages_stand(request, target) => self.w.json(source),
            _ if self.is_own => own::messages(request, target, self.losses, self.w),
            _ => foreign::messages(request, target, self.losses, self.w),
        }
    }

    /// The tools, and what is said of them, which backends refuse where there are none.
    fn tools(&mut self) {
        let (request, target) = (self.request, self.target);
        if self.is_own {
            self.own_tools();
        } else if !self.foreign_tools() {
            return;
        }
        self.choice();
        if let Some(parallel) = request.parallel_calls {
            if is_dropped(target, Droppable::ParallelCalls) {
                self.lose(Field::ParallelCalls);
            } else if self.is_own || !parallel {
                self.key("parallel_tool_calls").bool(parallel);
            }
        }
    }

    fn own_tools(&mut self) {
        let (request, target) = (self.request, self.target);
        let older = tool::is_older(request, "functions");
        if request.tools.is_empty() && (request.tools.source().is_none() || older) {
            return;
        }
        self.key(if older { "functions" } else { "tools" });
        own::tools(request, target, self.w);
    }

    /// Whether there are any; those that another maker runs are left out.
    fn foreign_tools(&mut self) -> bool {
        let (request, target) = (self.request, self.target);
        for tool in request.tools.iter() {
            tool::note(tool, target, self.losses);
        }
        let offered = || request.tools.iter().filter(|tool| tool::is_expressible(tool));
        if offered().next().is_none() {
            return false;
        }
        self.key("tools").array(|w| offered().for_each(|tool| tool::foreign(tool, target, w)));
        true
    }

    fn choice(&mut self) {
        match &self.request.tool_choice {
            None => {}
            Some(older) if self.is_own && tool::is_older(self.request, "function_call") => {
                tool::older_choice(older, self.key("function_call"));
            }
            Some(ToolChoice::Opaque(_)) if !self.is_own => self.lose(Field::ToolChoice),
            Some(ToolChoice::Named(name)) if !self.is_own && !self.offers(name) => {
                self.lose(Field::ToolChoice);
            }
            Some(choice) => tool::choice(choice, self.key("tool_choice")),
        }
    }

    fn offers(&self, name: &Text) -> bool {
        self.request.tools.iter().any(|tool| tool.name == *name && tool::is_expressible(tool))
    }

    /// The newer spelling is for the maker's own host, where newer models refuse the older one.
    fn limit(&mut self) {
        let Some(limit) = limit(self.request, self.target) else { return };
        let has_older = self.is_own && !tool::is_older(self.request, "max_completion_tokens");
        let newer = self.target.maker_host && !has_older;
        self.key(if newer { "max_completion_tokens" } else { "max_tokens" }).number(limit);
    }

    fn sampling(&mut self) {
        let sampling = &self.request.sampling;
        for (name, value) in [
            ("temperature", &sampling.temperature),
            ("top_p", &sampling.top_p),
            ("top_k", &sampling.top_k),
            ("presence_penalty", &sampling.presence_penalty),
            ("frequency_penalty", &sampling.frequency_penalty),
            ("seed", &sampling.seed),
        ] {
            match value {
                Some(_) if name == "top_k" && !self.is_own => self.losses.note(name),
                Some(value) => self.key(name).json(value),
                None => {}
            }
        }
        if !sampling.stop.is_empty() {
            self.key("stop").array(|w| sampling.stop.iter().for_each(|text| w.text(text)));
        }
    }

    fn output(&mut self) {
        let Some(output) = &self.request.output else { return };
        if is_dropped(self.target, Droppable::OutputConfig) {
            return self.lose(Field::Output);
        }
        let beyond = self.request.extra.find("response_format").filter(|_| self.is_own);
        match output {
            OutputFormat::Json => self.key("response_format").object(|w| w.key("type").str("json_object")),
            OutputFormat::Opaque(whole) if self.is_own => self.key("response_format").json(whole),
            OutputFormat::Opaque(_) => self.lose(Field::Output),
            OutputFormat::Schema { name, schema, strict } => {
                let name = name.clone().unwrap_or(NAMELESS);
                self.key("response_format").object(|w| {
                    w.key("type").str("json_schema");
                    w.key("json_schema").object(|w| {
                        w.key("name").text(&name);
                        w.key("schema").json(schema);
                        if let Some(strict) = strict {
                            w.key("strict").bool(*strict);
                        }
                        rest::write(beyond, w);
                    });
                });
            }
        }
    }

    /// How hard to think is said to backends that are known to read it; whether to think can't be said.
    fn effort(&mut self) {
        let (reasoning, target) = (&self.request.reasoning, self.target);
        let known = self.is_own || target.maker_host || under(target, EFFORT);
        let spoken = reasoning.effort.as_ref().filter(|_| known && !is_dropped(target, Droppable::Thinking));
        match spoken {
            // The other makers' word for "as hard as it can".
            Some(effort) if effort.is("max") && !self.is_own => self.key(EFFORT).str("high"),
            Some(effort) => self.key(EFFORT).text(effort),
            None if reasoning.effort.is_some() && !self.is_own => self.losses.note("output_config.effort"),
            None if reasoning.effort.is_some() => self.lose(Field::Reasoning),
            None => {}
        }
        if reasoning.mode.is_some() && !self.is_own {
            self.lose(Field::Reasoning);
        }
    }

    fn stream(&mut self) {
        if !self.request.stream {
            return;
        }
        self.key("stream").bool(true);
        if !is_dropped(self.target, Droppable::StreamOptions) && !under(self.target, "stream_options") {
            stream_options(self.request, self.key("stream_options"));
        }
    }

    fn rest(&mut self) {
        let (request, target) = (self.request, self.target);
        if !self.is_own {
            self.losses.note_extra(&request.extra);
        }
        for (key, value) in request.extra.fields.iter().filter(|_| self.is_own) {
            if !self.named.iter().any(|name| key.is(name)) && !is_marker(key, value) {
                self.w.key_text(key).json(value);
            }
        }
        let carried =
            |key: &str| self.is_own && request.extra.find(key).is_some_and(|value| !value.is_null());
        extra_body(target, request.stream, |key| self.named.contains(&key) || carried(key), self.w);
    }

    fn lose(&mut self, field: Field) {
        self.losses.note(field.name(self.request.dialect));
    }
}

const EFFORT: &str = "reasoning_effort";
/// A schema must have a name here.
const NAMELESS: Text = Text::fixed("response");

/// Whether a field in `extra` belongs to a word that is not written.
fn is_marker(key: &Text, value: &Json) -> bool {
    ["stream_options", "response_format"].iter().any(|word| key.is(word)) && !value.is_null()
        || value.is_null()
            && ["functions", "function_call", "max_completion_tokens"].iter().any(|word| key.is(word))
}
