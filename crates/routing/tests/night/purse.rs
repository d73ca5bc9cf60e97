//! The night's own book of money: what was really charged, and what is promised.

use canon::config::{Config, Cost, Profile, Provider};
use canon::id::{ProfileName, ProviderName};
use canon::moment::{Month, Now};
use canon::money::Usd;
use canon::usage::Usage;
use routing::view::View;
use std::collections::BTreeMap;

/// The sums of one month.
#[derive(Debug, Default)]
pub struct Purse {
    month: Option<Month>,
    providers: BTreeMap<ProviderName, f64>,
    profiles: BTreeMap<ProfileName, f64>,
    all: f64,
}

/// Two ways of adding up may differ by as many billionths as there are parts.
const ROUNDING: f64 = 1e-5;

impl Purse {
    /// So much more, or less, is charged or promised in a month.
    pub fn add(&mut self, provider: &ProviderName, profile: &ProfileName, dollars: f64, month: Month) {
        if self.month == Some(month) {
            *self.providers.entry(provider.clone()).or_default() += dollars;
            *self.profiles.entry(profile.clone()).or_default() += dollars;
            self.all += dollars;
        }
    }

    /// Begins the month, where it is another.
    pub fn turn_to(&mut self, month: Month) {
        if self.month != Some(month) {
            *self = Self { month: Some(month), ..Self::default() };
        }
    }

    /// What is wrong with the router's own book: it differs from this one, or holds more than a cap.
    pub fn complaint(
        &self,
        view: &View,
        config: &Config,
        profile: &Profile,
        provider: &Provider,
        now: Now,
    ) -> Option<String> {
        let mine = |sum: Option<&f64>| sum.copied().unwrap_or(0.0);
        let books = [
            ("provider", view.spend.of_provider(&provider.name, now.wall), provider.monthly_budget),
            ("profile", view.spend.of_profile(&profile.name, now.wall), profile.monthly_budget),
            ("overall", view.spend.overall(now.wall), config.monthly_budget),
        ];
        let own =
            [mine(self.providers.get(&provider.name)), mine(self.profiles.get(&profile.name)), self.all];
        books.into_iter().zip(own).find_map(|((name, held, cap), own)| {
            let is_over = cap.is_some_and(|cap| held > cap);
            let differs = (held.dollars() - own).abs() > ROUNDING;
            (is_over || differs).then(|| format!("{name} holds {held} of {cap:?}, and should hold {own}"))
        })
    }

    /// Whether some cap leaves less than `least` dollars.
    pub fn is_short_of(&self, least: f64, config: &Config, profile: &Profile, provider: &Provider) -> bool {
        let short = |cap: Option<Usd>, held: f64| {
            cap.is_some_and(|cap| held + least > cap.dollars() - ROUNDING || held >= cap.dollars())
        };
        let held = |sum: Option<&f64>| sum.copied().unwrap_or(0.0);
        short(provider.monthly_budget, held(self.providers.get(&provider.name)))
            || short(profile.monthly_budget, held(self.profiles.get(&profile.name)))
            || short(config.monthly_budget, self.all)
    }
}

/// What a provider charges for an answer.
pub fn charge(used: &Usage, price: &Cost) -> f64 {
    let input =
        used.input.unwrap_or(0) as f64 + used.cache_read.unwrap_or(0) as f64 * price.cache_read_factor;
    let output = used.output.unwrap_or(0) as f64;
    (input * price.input_per_million.dollars() + output * price.output_per_million.dollars()) / 1e6
}

/// The least that has to be there for an attempt: its prompt at the dearest, and a short answer.
pub fn least(prompt_bound: u64, max_output: u64, price: &Cost) -> f64 {
    let output = max_output.min(1_024) as f64;
    let input = prompt_bound as f64 * price.cache_write_factor.max(1.0);
    (input * price.input_per_million.dollars() + output * price.output_per_million.dollars()) / 1e6
}
