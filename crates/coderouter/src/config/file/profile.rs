//! One entry under `profiles:`. Its settings are the resolved ones at once; only its names wait for the whole file.

mod guards;

use canon::config::{Hedge, HedgeAfter, Profile as Resolved, SystemPrompt};
use canon::id::ProfileName;
use serde_json::{Value, json};

use super::super::reader::{
    Block, Reader, Setting, Shape, Spanned, flag, list, name, seconds, spanned, text, word,
};
use super::super::tree::{Kind, Node};
use super::cost::monthly_budget;

/// A profile as the file has it.
pub(crate) struct Profile {
    pub(crate) name: Spanned<String>,
    pub(crate) providers: Vec<Spanned<String>>,
    /// Everything else; its name and chain are still empty.
    pub(crate) settings: Resolved,
}

impl Setting for Profile {
    fn read(block: &mut Block<'_, '_>) -> Self {
        let own_name = block.required("name", spanned(name()), "Its name for X-CodeRouter-Profile.");
        let providers = block.required(
            "providers",
            list(spanned(name())).not_empty(),
            "The providers in the order they are tried.",
        );
        let default = Resolved::new(ProfileName::new(""), Vec::new());
        let asked = exchange(block, default);
        let mut settings = endings(block, asked);
        settings.hedge = hedge(block);
        settings.tool_loop = guards::tool_loop(block, &own_name.value);
        settings.memory_pressure = guards::memory_pressure(block);
        settings.backend_health = guards::backend_health(block);
        settings.context_budget = guards::context_budget(block);
        settings.drift = guards::drift(block);
        Self { name: own_name, providers, settings }
    }
}

/// How the chain is asked.
fn exchange(block: &mut Block<'_, '_>, default: Resolved) -> Resolved {
    Resolved {
        timeout: block.optional(
            "timeout_s",
            seconds(1.0..=86400.0),
            "Replaces the providers' timeout_s: a limit for connecting, the first byte and each pause.",
        ),
        append_system_prompt: system_prompt(block),
        keepalive_after: block.or(
            "keepalive_after_s",
            seconds(1.0..=3600.0),
            default.keepalive_after,
            "Seconds until a client that has got nothing yet is sent headers and an opening frame.",
        ),
        cache_control: block.or(
            "cache_control_action",
            word(),
            default.cache_control,
            "What cache markers meet at a provider without prompt cache.",
        ),
        deferred_tools: block.or(
            "deferred_tools_action",
            word(),
            default.deferred_tools,
            "What a request with deferred tools (tool search) meets.",
        ),
        tool_choice: block.or(
            "tool_choice_action",
            word(),
            default.tool_choice,
            "What a forced tool choice meets at a provider that cannot force one.",
        ),
        adaptive: block.or(
            "adaptive",
            flag(),
            default.adaptive,
            "Reorder the chain by latency and failures.",
        ),
        queue_timeout: block.or(
            "queue_timeout_s",
            seconds(0.0..=3600.0),
            default.queue_timeout,
            "Seconds a request waits for a rate-limited provider where nothing else can answer.",
        ),
        monthly_budget: monthly_budget(
            block,
            "US dollars its requests may cost in a calendar month (UTC); 0 lets only free providers answer.",
        ),
        ..default
    }
}

/// What becomes of answers that are not right.
fn endings(block: &mut Block<'_, '_>, default: Resolved) -> Resolved {
    Resolved {
        tool_repair: block.or(
            "tool_repair",
            word(),
            default.tool_repair,
            "How far broken tool calls are mended.",
        ),
        partial_stitch: block.or(
            "partial_stitch_action",
            word(),
            default.partial_stitch,
            "How a stream that dies after content was sent ends.",
        ),
        stream_truncation: block.or(
            "stream_truncation_action",
            word(),
            default.stream_truncation,
            "What a stream without its end leads to.",
        ),
        empty_response: block.or(
            "empty_response_action",
            word(),
            default.empty_response,
            "What an answer without content leads to.",
        ),
        ..default
    }
}

fn system_prompt(block: &mut Block<'_, '_>) -> SystemPrompt {
    let prompt = block.optional(
        "append_system_prompt",
        text().verbatim().may_be_empty(),
        "Replaces the providers' append_system_prompt; \"\" clears it.",
    );
    match prompt {
        None => SystemPrompt::Inherit,
        Some(text) if text.is_empty() => SystemPrompt::Clear,
        Some(text) => SystemPrompt::Replace(text.into()),
    }
}

fn hedge(block: &mut Block<'_, '_>) -> Hedge {
    Hedge {
        after: block.or(
            "hedge_after_s",
            HedgeWait,
            HedgeAfter::Never,
            "Seconds without a first token after which the next provider is started too; auto is the provider's \
             own 95th percentile. Without it there is no hedge.",
        ),
        paid: block.or("hedge_paid", flag(), false, "Whether a paid provider may be the second."),
    }
}

/// Seconds, or `auto`.
struct HedgeWait;

impl Shape for HedgeWait {
    type Value = HedgeAfter;

    fn read(&self, reader: &mut Reader<'_>, node: &Node) -> Option<HedgeAfter> {
        match &node.kind {
            Kind::Scalar(scalar) if scalar.text == "auto" => Some(HedgeAfter::Auto),
            _ => seconds(0.1..=600.0).read(reader, node).map(HedgeAfter::Delay),
        }
    }

    fn schema(&self) -> Value {
        json!({ "anyOf": [{ "enum": ["auto"] }, seconds(0.1..=600.0).schema()] })
    }
}
