//! The names of deployments, and what each falls back to.

use crate::config::draft::Outline;
use crate::importing::account::Account;
use crate::importing::source::At;

/// The names.
pub struct Groups {
    /// Theirs beside ours.
    pub names: Vec<(String, String)>,
    /// Other names, and the profiles they mean.
    pub aliases: Vec<(String, String)>,
}

impl Groups {
    /// Our name for one of theirs.
    pub fn ours(&self, theirs: &str) -> Option<&str> {
        let both = self.names.iter().chain(&self.aliases);
        both.into_iter().find(|(name, _)| name == theirs).map(|(_, ours)| ours.as_str())
    }

    /// Our name for one of theirs; a mistake where there is none.
    fn named(&self, at: &At<'_>, theirs: &str, account: &mut Account) -> Option<String> {
        let ours = self.ours(theirs).map(str::to_owned);
        if ours.is_none() {
            account.not(at, format!("model_list does not name `{}`", theirs.escape_debug()));
        }
        ours
    }

    /// `fallbacks`: a list of mappings from one name to those that come next.
    pub fn fall_back(&self, at: &At<'_>, outline: &mut Outline, account: &mut Account) {
        for item in at.items(account) {
            for (from, next) in item.settings(account) {
                let Some(profile) = self.named(&next, from, account) else { continue };
                self.append(&profile, &next, outline, account);
            }
        }
    }

    /// `default_fallbacks`: what comes last everywhere.
    pub fn fall_back_everywhere(&self, at: &At<'_>, outline: &mut Outline, account: &mut Account) {
        let profiles: Vec<String> = outline.profiles.iter().map(|profile| profile.name.clone()).collect();
        for (index, profile) in profiles.iter().enumerate() {
            let mut unheard = Account::default();
            self.append(profile, at, outline, if index == 0 { account } else { &mut unheard });
        }
    }

    /// Puts the deployments of other names at the end of a chain.
    fn append(&self, profile: &str, next: &At<'_>, outline: &mut Outline, account: &mut Account) {
        for item in next.items(account) {
            let Some(theirs) = item.text(account) else { continue };
            let Some(ours) = self.named(&item, theirs, account) else { continue };
            // The deployments of that name, not what it falls back to itself.
            let own = outline.profiles.iter().find(|known| known.name == ours);
            let own = own.map(|profile| profile.providers.clone()).unwrap_or_default();
            let Some(chain) = outline.profiles.iter_mut().find(|known| known.name == profile) else {
                continue;
            };
            for provider in own {
                if !chain.providers.contains(&provider) {
                    chain.providers.push(provider);
                }
            }
            account.exactly(&item, format!("the providers of {ours} come next in profile {profile}"));
        }
    }
}
