//! Requests that were remembered, planned anew by another configuration: who would have been asked first, at what
//! price and with what wait. Whether that one would have answered nobody can know.

mod outcome;

pub(super) use outcome::Outcome;

use canon::config::{Config, Profile};
use canon::dialect::Dialect;
use canon::event::SkipReason;
use canon::moment::Now;
use canon::money::Usd;
use canon::request::Request;
use canon::usage::Usage;
use outcome::Move;
use routing::claim::Priority;
use routing::conversation::Conversation;
use routing::cost;
use routing::needs::{Needs, Recorded};
use routing::plan::{Plan, Situation};
use routing::spend::{Caps, Payer};
use routing::view::View;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::RequestRow;
use store::replay::Summary;

/// The word for nobody.
const NOBODY: &str = "nobody";

/// Plans requests one after another. Nobody has failed in its view, and what was spent is what the new plans spend.
pub(super) struct Anew<'a> {
    config: &'a Config,
    /// How quick everybody has been.
    known: &'a Summary,
    view: View,
    /// Stands for requests whose text nobody has kept.
    frame: Request,
    /// All plans are made at one moment of the clock that never jumps; months go by the rows.
    at: Instant,
    outcome: Outcome,
}

impl<'a> Anew<'a> {
    pub(super) fn by(config: &'a Config, known: &'a Summary) -> Self {
        let (view, frame) = (View::new(config), Request::new(Dialect::Anthropic));
        Self { config, known, view, frame, at: Instant::now(), outcome: Outcome::default() }
    }

    /// Plans one request.
    pub(super) fn add(&mut self, row: &RequestRow) {
        let outcome = &mut self.outcome;
        outcome.requests += 1;
        let named = row.profile.as_ref().and_then(|name| self.config.profile(name.as_str()));
        outcome.other_profile += u64::from(named.is_none());
        let Some(profile) = named.or_else(|| self.config.default_profile()) else { return };
        let profile = Arc::clone(profile);
        let plan = self.plan(&profile, row);
        let step = match plan.attempts.first() {
            Some(provider) => {
                let cost = self.cost(provider, row);
                self.spend(&plan, cost.unwrap_or_default(), row);
                Move {
                    cost,
                    took: self.took(provider.name.as_str(), row),
                    ..Move::to(provider.name.as_str())
                }
            }
            None => Move {
                because: plan.blocked().map(SkipReason::word),
                cost: Some(Usd::ZERO),
                ..Move::to(NOBODY)
            },
        };
        let from = row.provider.as_ref().map_or(NOBODY, |name| name.as_str());
        self.outcome.add(from, row, step);
    }

    pub(super) fn finish(self) -> Outcome {
        self.outcome
    }

    fn plan(&self, profile: &Arc<Profile>, row: &RequestRow) -> Plan {
        let shape = &row.shape;
        // Rows of the Python program have no shape: then the tokens that were billed are the best measure.
        let billed = prompt(row);
        let tokens = if shape.estimated_tokens > 0 { shape.estimated_tokens } else { billed };
        let recorded = Recorded { tokens, tools: shape.has_tools, pictures: shape.has_image };
        routing::plan::plan(&Situation {
            config: self.config,
            profile,
            needs: &Needs::recorded(&self.frame, recorded),
            view: &self.view,
            memory: &self.view.memory(),
            conversation: Conversation::named(&row.id.to_string()),
            priority: if shape.class == "background" { Priority::Background } else { Priority::Main },
            local_only: false,
            now: Now { at: self.at, wall: row.at },
        })
    }

    /// What the same tokens cost at another provider; none where nobody counted them and they cost something.
    fn cost(&self, provider: &canon::config::Provider, row: &RequestRow) -> Option<Usd> {
        let tokens = row.tokens;
        let usage = Usage {
            input: tokens.input,
            output: tokens.output,
            // What one provider had in its cache, another one may have to read; the same is assumed of all.
            cache_read: tokens.cache_read,
            cache_write: tokens.cache_write,
            ..Usage::default()
        };
        let is_free = cost::worst_case(1, 1, &provider.cost) == Usd::ZERO;
        (usage.is_present() || is_free).then(|| cost::bill(&usage, &provider.cost).cost)
    }

    /// What it took where the provider is the same, else what the provider's answers took on average.
    fn took(&self, provider: &str, row: &RequestRow) -> Option<Duration> {
        if row.provider.as_ref().is_some_and(|name| name.as_str() == provider) {
            return Some(row.took);
        }
        let statistics = self.known.of(provider).filter(|one| one.requests > 0 && one.took_ms > 0)?;
        Some(Duration::from_secs_f64(statistics.average_took_ms() / 1e3))
    }

    /// Counts against the budgets of the requests that follow.
    fn spend(&self, plan: &Plan, cost: Usd, row: &RequestRow) {
        let Some(provider) = plan.attempts.first().filter(|_| cost > Usd::ZERO) else { return };
        let payer = Payer { provider: provider.name.clone(), profile: plan.profile.name.clone() };
        // Without caps nothing is refused: whether there was money left the plan has said.
        if let Ok(reservation) = self.view.spend.reserve(payer, cost, Caps::default(), row.at) {
            let _ = reservation.settle(cost);
        }
    }
}

fn prompt(row: &RequestRow) -> u64 {
    let classes = [row.tokens.input, row.tokens.cache_read, row.tokens.cache_write];
    classes.iter().flatten().fold(0, |sum, tokens| sum.saturating_add(*tokens))
}

#[cfg(test)]
mod tests;
