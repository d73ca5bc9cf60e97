//! One fallback chain.

use std::collections::HashMap;
use std::sync::Arc;

use canon::config::{Profile, Provider};
use canon::id::{ProfileName, ProviderName};

use super::super::file;
use super::super::notice::Notice;
use super::Findings;
use super::names::Declared;

/// Looks the chain up. Providers that were left out, or that swap will fill, stand in no chain.
pub(super) fn resolve(
    raw: file::Profile,
    providers: &HashMap<&str, &Arc<Provider>>,
    declared: &Declared,
    findings: &mut Findings,
) -> Arc<Profile> {
    for name in &raw.providers {
        declared.check_provider(name, findings);
    }
    let chain: Vec<ProviderName> = raw
        .providers
        .iter()
        .filter_map(|name| providers.get(name.value.as_str()))
        .map(|provider| provider.name.clone())
        .collect();
    if chain.is_empty() && !raw.providers.is_empty() {
        findings.notices.push(Notice::ProfileWithoutProviders { profile: raw.name.value.clone() });
    }
    Arc::new(Profile { name: ProfileName::new(raw.name.value), providers: chain, ..raw.settings })
}
