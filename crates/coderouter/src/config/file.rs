//! The raw mirror of `providers.yaml`: what the file says, block by block, before names are looked up.
//!
//! Each block is one small file that declares its keys with their forms, limits, defaults and meaning. What only
//! the whole file can tell (names, the registry, the environment) is `resolve`'s business.

mod agent_cli;
mod auto_router;
mod capabilities;
mod cost;
mod credential;
mod launcher;
mod plugins;
mod privacy;
mod profile;
mod provider;
mod root;
mod server;
mod swap;

use serde_json::{Value, json};

pub(crate) use auto_router::AutoRouter;
pub(crate) use cost::CostKeys;
pub(crate) use credential::{CredentialBlock, Source};
pub(crate) use plugins::Plugins;
pub(crate) use privacy::PrivacyRule;
pub(crate) use profile::Profile;
pub(crate) use provider::{Access, Model, Provider};
pub(crate) use root::{JournalKeys, Root};
pub(crate) use swap::SwapModel;

use super::reader::describe;

/// The JSON Schema of `providers.yaml` for editors, made from the same declarations that read it.
pub fn schema() -> Value {
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "CodeRouter providers.yaml",
    });
    if let (Value::Object(schema), Value::Object(root)) = (&mut schema, describe::<Root>()) {
        schema.extend(root);
    }
    schema
}
