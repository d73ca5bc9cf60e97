//! One entry under `providers:`.

use std::time::Duration;

use canon::config::{BillingBlock, ExtraField, Limits, OutputFilter, SlotAffinity, SlotFiles, ToolRepair};

use routing::slots::SLOTS_LIMIT;
use serde_json::{Value, json};

use super::super::reader::{
    Address, Block, Reader, Setting, Shape, Spanned, base_url, flag, json_fields, list, model_name, name,
    nested, nonzero, seconds, spanned, text, variable_name, whole, word,
};
use super::super::tree::{Kind, Node};
use super::agent_cli::AgentCli;
use super::capabilities::Capabilities;
use super::cost::CostKeys;
use super::credential::CredentialBlock;

/// A provider as the file has it.
pub(crate) struct Provider {
    pub(crate) place: Spanned<()>,
    pub(crate) name: Spanned<String>,
    pub(crate) kind: Spanned<String>,
    pub(crate) access: Access,
    pub(crate) model: Model,
    pub(crate) shape: RequestShape,
    pub(crate) upkeep: Upkeep,
    pub(crate) agent_cli: Option<Spanned<AgentCli>>,
}

/// How it is reached, and how long it may take.
pub(crate) struct Access {
    pub(crate) base_url: Option<Spanned<Address>>,
    pub(crate) has_base_url: bool,
    pub(crate) local: Option<bool>,
    pub(crate) api_key_env: Option<String>,
    pub(crate) credential: Option<Spanned<CredentialBlock>>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) first_token: Option<Duration>,
}

/// Its model, and what is known about it.
pub(crate) struct Model {
    pub(crate) name: String,
    pub(crate) capabilities: Capabilities,
    pub(crate) max_context_tokens: Option<u32>,
    pub(crate) tokenizer_path: Option<String>,
}

/// What is done to its requests and answers.
pub(crate) struct RequestShape {
    pub(crate) extra_body: Spanned<Vec<ExtraField>>,
    pub(crate) append_system_prompt: Option<String>,
    pub(crate) billing_block: BillingBlock,
    pub(crate) slot_affinity_slots: SlotAffinity,
    pub(crate) slot_files: SlotFiles,
    pub(crate) output_filters: Vec<OutputFilter>,
    pub(crate) tool_repair: Option<ToolRepair>,
}

/// What it costs, may be asked, and how it is brought back.
pub(crate) struct Upkeep {
    pub(crate) paid: bool,
    pub(crate) cost: CostKeys,
    pub(crate) limits: Limits,
    pub(crate) restart_command: Option<Spanned<String>>,
}

impl Setting for Provider {
    fn read(block: &mut Block<'_, '_>) -> Self {
        let kind = Spanned { value: "openai_compat".to_owned(), ..Spanned::default() };
        Self {
            place: block.place(),
            name: block.required("name", spanned(name()), "Its name in chains, logs and metrics."),
            kind: block.or("kind", spanned(name()), kind, "The wire it speaks: openai_compat or anthropic."),
            access: access(block),
            model: model(block),
            shape: request_shape(block),
            upkeep: upkeep(block),
            agent_cli: block.optional(
                "agent_cli",
                spanned(nested()),
                "Settings of kind agent_cli, which the Python program serves by a plugin.",
            ),
        }
    }
}

fn access(block: &mut Block<'_, '_>) -> Access {
    Access {
        has_base_url: block.has("base_url"),
        base_url: block.optional(
            "base_url",
            spanned(base_url()),
            "Where it is. For openai_compat with the version, as http://localhost:11434/v1; for anthropic with or \
             without it.",
        ),
        local: block.optional(
            "local",
            flag(),
            "Whether it runs on this machine or network; known for loopback, private and .local hosts.",
        ),
        api_key_env: block.optional(
            "api_key_env",
            variable_name(),
            "The environment variable that holds its key; without it no key is sent.",
        ),
        credential: block.optional(
            "credential",
            spanned(nested()),
            "Where its key comes from, in place of api_key_env.",
        ),
        timeout: block.optional(
            "timeout_s",
            seconds(1.0..=86400.0),
            "Seconds to connect, to the first byte, and between two pieces: a limit for each, none for all.",
        ),
        first_token: block.optional(
            "ttft_timeout_s",
            seconds(0.0..=3600.0).above(),
            "Seconds a stream may take to its first real output; not applied to the last of a chain.",
        ),
    }
}

fn model(block: &mut Block<'_, '_>) -> Model {
    Model {
        name: block.required(
            "model",
            model_name(),
            "The model to ask for, whatever the client names; \"\" leaves it to the backend.",
        ),
        capabilities: block
            .optional(
                "capabilities",
                nested(),
                "What its model can do, where the registry is silent or wrong.",
            )
            .unwrap_or_default(),
        max_context_tokens: block.optional(
            "max_context_tokens",
            whole(1..=u32::MAX),
            "Its context window in tokens, in place of the registry's.",
        ),
        tokenizer_path: block.optional("tokenizer_path", text(), "A tokenizer.json for exact token counts."),
    }
}

fn request_shape(block: &mut Block<'_, '_>) -> RequestShape {
    RequestShape {
        extra_body: block.or(
            "extra_body",
            spanned(json_fields()),
            Spanned::default(),
            "Fields put under the request's own ones; anthropic_version becomes the header.",
        ),
        append_system_prompt: block.optional(
            "append_system_prompt",
            text().verbatim().may_be_empty(),
            "Text appended to the system prompt.",
        ),
        billing_block: block.or(
            "billing_block",
            word(),
            BillingBlock::Auto,
            "What becomes of the attribution block that opens Claude Code's system prompt.",
        ),
        slot_affinity_slots: block.or(
            "slot_affinity_slots",
            Slots,
            SlotAffinity::Auto,
            "Which slots of a llama.cpp server conversations are pinned to: as many as a local server says it has, \
             a number (--parallel), or off.",
        ),
        slot_files: block.or(
            "slot_files",
            word(),
            SlotFiles::Off,
            "Whether prompts move between slots and files, where a local server has --slot-save-path; up to 16 GiB.",
        ),
        output_filters: block.or(
            "output_filters",
            list(word()),
            Vec::new(),
            "Filters over its text, in order.",
        ),
        tool_repair: block.optional(
            "tool_repair",
            word(),
            "How far its broken tool calls are mended; the profile says it otherwise.",
        ),
    }
}

fn upkeep(block: &mut Block<'_, '_>) -> Upkeep {
    Upkeep {
        paid: block.or(
            "paid",
            flag(),
            false,
            "Whether it costs money; it is then used only with allow_paid.",
        ),
        cost: block.optional("cost", nested(), "Its prices and its monthly budget.").unwrap_or_default(),
        limits: block.optional("limits", nested(), "Rates it must not be asked beyond.").unwrap_or_default(),
        restart_command: block.optional(
            "restart_command",
            spanned(text().verbatim().may_be_empty()),
            "The command that restarts it; a program and its arguments, no shell.",
        ),
    }
}

impl Setting for Limits {
    fn read(block: &mut Block<'_, '_>) -> Self {
        Self {
            rpm: block.optional("rpm", nonzero(u32::MAX), "Requests a minute."),
            rpd: block.optional("rpd", nonzero(u32::MAX), "Requests a day."),
            tpm: block.optional("tpm", nonzero(u32::MAX), "Tokens a minute."),
            concurrency: block.optional("concurrency", nonzero(u32::MAX), "Requests at once."),
        }
    }
}

/// A number of slots, `auto` or `off`.
struct Slots;

impl Shape for Slots {
    type Value = SlotAffinity;

    fn read(&self, reader: &mut Reader<'_>, node: &Node) -> Option<SlotAffinity> {
        match &node.kind {
            Kind::Scalar(scalar) if scalar.text == "auto" => Some(SlotAffinity::Auto),
            Kind::Scalar(scalar) if scalar.text == "off" => Some(SlotAffinity::Off),
            _ => nonzero(SLOTS_LIMIT).read(reader, node).map(SlotAffinity::Fixed),
        }
    }

    fn schema(&self) -> Value {
        json!({ "anyOf": [{ "enum": ["auto", "off"] }, nonzero(SLOTS_LIMIT).schema()] })
    }
}
