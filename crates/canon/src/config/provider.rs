//! A backend: where it is, how it is spoken to, what it may cost and what is known about it.

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::action::{BillingBlock, OutputFilter, SlotFiles, ToolRepair};
use super::endpoint::Endpoint;
use super::facts::{Declared, Facts};
use super::profile::{Profile, SystemPrompt};
use super::timeouts::Timeouts;
use super::word::words;
use crate::id::{ModelName, ProviderName};
use crate::money::Usd;

words! {
    /// The wire a provider speaks.
    ProviderKind {
        /// OpenAI Chat Completions.
        OpenAiCompat = "openai_compat",
        /// Anthropic Messages.
        Anthropic = "anthropic",
    }
}

/// One entry under `providers:`.
#[derive(Clone, Debug, PartialEq)]
pub struct Provider {
    /// Its name in chains, logs and metric labels.
    pub name: ProviderName,
    /// The wire it speaks.
    pub kind: ProviderKind,
    /// Where it is; paths of the dialect are appended to its prefix.
    pub endpoint: Endpoint,
    /// Whether it runs on this machine or network: by its address, or because the file says so.
    pub local: bool,
    /// The model that is asked for, whatever the client names; empty means the backend's choice.
    pub model: ModelName,
    /// How it is authorised.
    pub credential: Credential,
    /// Whether it costs money, and so needs `allow_paid`.
    pub paid: bool,
    /// Its limits where the profile sets none.
    pub timeouts: Timeouts,
    /// How long a stream may take to its first real output; not applied to the last of a chain.
    pub first_token: Option<Duration>,
    /// Fields put under the request's own ones, in file order.
    pub extra_body: Vec<ExtraField>,
    /// The `anthropic-version` header, where `extra_body` names one.
    pub anthropic_version: Option<String>,
    /// Text appended to the system prompt where the profile does not say otherwise; never empty.
    pub append_system_prompt: Option<Arc<str>>,
    /// What becomes of Claude Code's attribution block.
    pub billing_block: BillingBlock,
    /// Which slots of a llama.cpp server are handed out to conversations.
    pub slot_affinity_slots: SlotAffinity,
    /// Whether prompts move between slots and files of the server.
    pub slot_files: SlotFiles,
    /// Filters over its text, in order.
    pub output_filters: Vec<OutputFilter>,
    /// How far its broken tool calls are mended; none leaves it to the profile.
    pub tool_repair: Option<ToolRepair>,
    /// What is known about its model.
    pub facts: Facts,
    /// Which of these somebody has declared.
    pub declared: Declared,
    /// Its prices; all zero where the file gives none.
    pub cost: Cost,
    /// What it may be spent in a calendar month (UTC); zero blocks it always.
    pub monthly_budget: Option<Usd>,
    /// Rates it must not be asked beyond.
    pub limits: Limits,
    /// A `tokenizer.json` for exact counts.
    pub tokenizer: Option<PathBuf>,
    /// The command that restarts it, split into words; run without a shell.
    pub restart_command: Vec<String>,
}

impl Provider {
    /// A free provider without a key, where everything else is as in a file that sets nothing more.
    pub fn new(name: ProviderName, kind: ProviderKind, endpoint: Endpoint, model: ModelName) -> Self {
        let local = endpoint.is_local();
        Self {
            name,
            kind,
            endpoint,
            local,
            model,
            credential: Credential::None,
            paid: false,
            timeouts: if local { Timeouts::LOCAL } else { Timeouts::REMOTE },
            first_token: None,
            extra_body: Vec::new(),
            anthropic_version: None,
            append_system_prompt: None,
            billing_block: BillingBlock::Auto,
            slot_affinity_slots: SlotAffinity::Auto,
            slot_files: SlotFiles::Off,
            output_filters: Vec::new(),
            tool_repair: None,
            facts: Facts::default(),
            declared: Declared::default(),
            cost: Cost::default(),
            monthly_budget: None,
            limits: Limits::default(),
            tokenizer: None,
            restart_command: Vec::new(),
        }
    }

    /// The limits of an attempt under a profile.
    pub fn timeouts_under(&self, profile: &Profile) -> Timeouts {
        profile.timeout.map_or(self.timeouts, Timeouts::each)
    }

    /// The text to append to the system prompt under a profile.
    pub fn system_prompt_under<'a>(&'a self, profile: &'a Profile) -> Option<&'a str> {
        match &profile.append_system_prompt {
            SystemPrompt::Inherit => self.append_system_prompt.as_deref(),
            SystemPrompt::Clear => None,
            SystemPrompt::Replace(text) => Some(text),
        }
    }

    /// How far tool calls are mended under a profile. A model maker's own API is left alone unless the provider
    /// itself says otherwise.
    pub fn tool_repair_under(&self, profile: &Profile) -> ToolRepair {
        match self.tool_repair {
            Some(repair) => repair,
            None if self.endpoint.is_maker_host() => ToolRepair::Off,
            None => profile.tool_repair,
        }
    }
}

/// Which slots of a llama.cpp server are handed out to conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SlotAffinity {
    /// None: the server chooses.
    Off,
    /// As many as a local server says it has; none where it doesn't say.
    #[default]
    Auto,
    /// So many, by a digest of the conversation.
    Fixed(NonZeroU32),
}

/// Where a provider's key comes from. The key itself is never part of the configuration.
#[derive(Clone, Debug, PartialEq)]
pub enum Credential {
    /// It needs none.
    None,
    /// An environment variable, read at the call; an empty one sends no key.
    Env {
        /// The variable's name.
        var: String,
    },
    /// A JSON file that another program's login keeps.
    CliSession {
        /// The file, inside the home directory.
        path: PathBuf,
        /// The dotted path to the token in it.
        field: String,
        /// The dotted path to its expiry.
        expiry_field: String,
        /// How the token is renewed; without it the file is only read.
        refresh: Option<Refresh>,
    },
    /// Whatever the client itself brings; it goes to this provider's host and nowhere else.
    Client,
}

/// How a session token is renewed.
#[derive(Clone, Debug, PartialEq)]
pub struct Refresh {
    /// The program and its arguments; at least one word, no shell.
    pub command: Vec<String>,
    /// The share of a token's life that must be left.
    pub early_ratio: f64,
    /// The time that must be left.
    pub min_lead: Duration,
    /// The limit of the command.
    pub timeout: Duration,
}

/// One field of `extra_body`. Its value may be a secret and does not show in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct ExtraField {
    /// Its name, unescaped.
    pub key: String,
    /// Its value as JSON text.
    pub value: Bytes,
}

impl fmt::Debug for ExtraField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} bytes", self.key, self.value.len())
    }
}

/// Prices per million tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Input that was not cached.
    pub input_per_million: Usd,
    /// Output, thinking included.
    pub output_per_million: Usd,
    /// The factor on the input price for tokens read from the cache.
    pub cache_read_factor: f64,
    /// The factor on the input price for tokens written to the cache.
    pub cache_write_factor: f64,
}

impl Default for Cost {
    fn default() -> Self {
        Self {
            input_per_million: Usd::ZERO,
            output_per_million: Usd::ZERO,
            cache_read_factor: 0.10,
            cache_write_factor: 1.25,
        }
    }
}

/// The `limits:` block; none means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Requests a minute.
    pub rpm: Option<NonZeroU32>,
    /// Requests a day.
    pub rpd: Option<NonZeroU32>,
    /// Tokens a minute.
    pub tpm: Option<NonZeroU32>,
    /// Requests at once.
    pub concurrency: Option<NonZeroU32>,
}
