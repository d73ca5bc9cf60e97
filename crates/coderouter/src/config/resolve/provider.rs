//! One provider: its kind, its address, its key, and what is known about its model.

use std::sync::Arc;

use canon::config::{Credential, ExtraField, Provider, ProviderKind, Timeouts, Word};
use canon::id::{ModelName, ProviderName};

use super::super::file;
use super::super::file::Source;
use super::super::near::name_hint;
use super::super::notice::Notice;
use super::super::prices::Listing;
use super::super::reader::Spanned;
use super::super::report::quoted;
use super::super::search::{expand_home, is_below};
use super::{Findings, Surroundings, command, cost, facts};

/// Kinds that a file may name and that are not built.
const PLANNED_KINDS: &[&str] = &["openai_responses", "gemini", "ollama", AGENT_CLI];

/// The kind that the Python program serves by a plugin.
const AGENT_CLI: &str = "agent_cli";

/// What a kind's name means.
enum Kind {
    Built(ProviderKind),
    /// It loads, and the provider is left out.
    NotBuilt,
    Unknown,
}

/// Resolves a provider; none where its kind is not built, or after a mistake that leaves nothing to resolve.
pub(super) fn resolve(
    raw: file::Provider,
    plugins: &file::Plugins,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Option<Arc<Provider>> {
    check(&raw, findings);
    let kind = match kind_of(&raw.kind.value, plugins) {
        Kind::Built(kind) => kind,
        Kind::NotBuilt => {
            findings.notices.push(Notice::ProviderLeftOut { provider: raw.name.value, kind: raw.kind.value });
            return None;
        }
        Kind::Unknown => {
            report_unknown_kind(&raw.kind, findings);
            return None;
        }
    };
    if !raw.access.has_base_url {
        let message = format!("`base_url` is missing: kind {} needs one", kind.word());
        findings.report(raw.place.mistake(message));
    }
    let credential = credential(&raw.access, surroundings, findings);
    let (address, name) = (raw.access.base_url?.value, raw.name.value);
    if address.had_user_info {
        findings.notices.push(Notice::UserInfoDropped { provider: name.clone() });
    }
    let (model, shape, upkeep) = (raw.model, raw.shape, raw.upkeep);
    let (extra_body, anthropic_version) = extra_body(&shape.extra_body, kind, findings);
    let local = raw.access.local.unwrap_or_else(|| address.endpoint.is_local());
    let defaults = if local { Timeouts::LOCAL } else { Timeouts::REMOTE };
    // What is known of a cloud's model says nothing about one that somebody serves at home.
    let listed =
        if local { Listing::default() } else { surroundings.prices.of(&model.name, &address.endpoint.host) };
    let (facts, declared) = facts::known(kind, &model, surroundings.registry, listed.max_context_tokens);
    let is_priced = upkeep.paid || address.endpoint.is_maker_host();
    Some(Arc::new(Provider {
        restart_command: command::split(upkeep.restart_command.as_ref(), &name, &mut findings.notices),
        local,
        credential,
        paid: upkeep.paid,
        timeouts: raw.access.timeout.map_or(defaults, Timeouts::each),
        first_token: raw.access.first_token,
        extra_body,
        anthropic_version,
        append_system_prompt: shape.append_system_prompt.filter(|text| !text.is_empty()).map(Into::into),
        billing_block: shape.billing_block,
        slot_affinity_slots: shape.slot_affinity_slots,
        slot_files: shape.slot_files,
        output_filters: shape.output_filters,
        tool_repair: shape.tool_repair,
        facts,
        declared,
        cost: cost::merge(&upkeep.cost, is_priced.then_some(&listed)),
        monthly_budget: upkeep.cost.monthly_budget,
        limits: upkeep.limits,
        tokenizer: model.tokenizer_path.map(|path| expand_home(&path, surroundings.home)),
        ..Provider::new(ProviderName::new(name), kind, address.endpoint, ModelName::new(model.name))
    }))
}

fn kind_of(kind: &str, plugins: &file::Plugins) -> Kind {
    match ProviderKind::from_word(kind) {
        Some(kind) => Kind::Built(kind),
        None if PLANNED_KINDS.contains(&kind) || !plugins.enabled.is_empty() => Kind::NotBuilt,
        None => Kind::Unknown,
    }
}

fn report_unknown_kind(kind: &Spanned<String>, findings: &mut Findings) {
    let built = ProviderKind::CHOICES.iter().map(|(word, _)| *word);
    let known = built.chain(PLANNED_KINDS.iter().copied());
    let message = format!("there is no kind {}", quoted(&kind.value));
    findings.report(kind.mistake(message).hint(name_hint(&kind.value, known)));
}

fn check(raw: &file::Provider, findings: &mut Findings) {
    if let (Some(_), Some(credential)) = (&raw.access.api_key_env, &raw.access.credential) {
        findings.report(credential.mistake("`credential` and `api_key_env` exclude each other"));
    }
    if raw.kind.value == AGENT_CLI && raw.agent_cli.is_none() {
        findings.report(raw.place.mistake("`agent_cli` is missing: kind agent_cli needs that block"));
    }
    if let Some(block) = raw.agent_cli.as_ref().filter(|_| raw.kind.value != AGENT_CLI) {
        findings.report(block.mistake("`agent_cli` goes with kind agent_cli only"));
    }
}

fn credential(access: &file::Access, surroundings: &Surroundings<'_>, findings: &mut Findings) -> Credential {
    match (&access.credential, &access.api_key_env) {
        (None, None) => Credential::None,
        (None, Some(var)) => Credential::Env { var: var.clone() },
        (Some(block), _) => match block.value.source {
            Source::Env => Credential::Env { var: block.value.env.clone() },
            Source::Client => Credential::Client,
            Source::CliSession => session(block, surroundings, findings),
        },
    }
}

fn session(
    block: &Spanned<file::CredentialBlock>,
    surroundings: &Surroundings<'_>,
    findings: &mut Findings,
) -> Credential {
    let path = expand_home(&block.value.path, surroundings.home);
    let is_safe = surroundings.home.is_some_and(|home| is_below(&path, home));
    if !block.value.path.is_empty() && !is_safe {
        findings.report(block.mistake("the session file must lie inside the home folder"));
    }
    Credential::CliSession {
        path,
        field: block.value.field.clone(),
        expiry_field: block.value.expiry_field.clone(),
        refresh: block.value.refresh.clone(),
    }
}

/// The fields without `anthropic_version`, which the anthropic wire has as a header.
fn extra_body(
    fields: &Spanned<Vec<ExtraField>>,
    kind: ProviderKind,
    findings: &mut Findings,
) -> (Vec<ExtraField>, Option<String>) {
    let is_header = |field: &ExtraField| kind == ProviderKind::Anthropic && field.key == "anthropic_version";
    let header = fields.value.iter().find(|field| is_header(field));
    let version = header.and_then(|field| serde_json::from_slice::<String>(&field.value).ok());
    let is_sound = |version: &String| version.bytes().all(|byte| byte.is_ascii_graphic());
    if header.is_some() && !version.as_ref().is_some_and(is_sound) {
        findings.report(fields.mistake("anthropic_version must be a plain text, as in a header"));
    }
    (fields.value.iter().filter(|field| !is_header(field)).cloned().collect(), version)
}
