//! A provider's `credential:` block.

use std::time::Duration;

use canon::config::{Refresh, Word};

use super::super::reader::{Block, Setting, list, nested, seconds, share, text, variable_name, word};

/// Where a key comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Source {
    #[default]
    Env,
    CliSession,
    Client,
}

impl Word for Source {
    const CHOICES: &'static [(&'static str, Self)] =
        &[("env", Self::Env), ("cli_session", Self::CliSession), ("client", Self::Client)];
}

/// The block; which of its keys may be there follows from the source.
#[derive(Debug, Default)]
pub(crate) struct CredentialBlock {
    pub(crate) source: Source,
    pub(crate) env: String,
    pub(crate) path: String,
    pub(crate) field: String,
    pub(crate) expiry_field: String,
    pub(crate) refresh: Option<Refresh>,
}

impl Setting for CredentialBlock {
    fn read(block: &mut Block<'_, '_>) -> Self {
        let source = block.or(
            "source",
            word(),
            Source::Env,
            "env: a variable. cli_session: the file of another program's login. client: what the client brings.",
        );
        let env = block.optional("env", variable_name(), "The variable, for source env.");
        let path =
            block.optional("path", text(), "The JSON file inside the home folder, for source cli_session.");
        let field =
            block.or("field", text(), "access_token".to_owned(), "The dotted path to the token in it.");
        let expiry_field =
            block.or("expiry_field", text(), "expires_at".to_owned(), "The dotted path to its expiry in it.");
        let refresh = block.optional("refresh", nested(), "How the token is renewed.");
        for (key, owner) in
            [("env", Source::Env), ("path", Source::CliSession), ("refresh", Source::CliSession)]
        {
            if source != owner && block.has(key) {
                block.mistake_at(key, format!("this key does not go with source {}", source.word()));
            }
        }
        match source {
            Source::Env if !block.has("env") => block.missing("env"),
            Source::CliSession if !block.has("path") => block.missing("path"),
            Source::Env | Source::CliSession | Source::Client => {}
        }
        let (env, path) = (env.unwrap_or_default(), path.unwrap_or_default());
        Self { source, env, path, field, expiry_field, refresh }
    }
}

impl Setting for Refresh {
    fn read(block: &mut Block<'_, '_>) -> Self {
        Self {
            command: block.required(
                "command",
                list(text().verbatim()).not_empty(),
                "The program and its arguments; no shell.",
            ),
            early_ratio: block.or(
                "early_ratio",
                share(),
                0.5,
                "The share of a token's life that must be left.",
            ),
            min_lead: block.or(
                "min_lead_s",
                seconds(0.0..=31_536_000.0),
                Duration::from_secs(300),
                "The seconds that must be left.",
            ),
            timeout: block.or(
                "timeout_s",
                seconds(0.0..=600.0).above(),
                Duration::from_secs(30),
                "Seconds the command may take.",
            ),
        }
    }
}
