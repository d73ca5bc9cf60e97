//! What must hold all night. Every complaint names the seed and the time.

use crate::backend::Course;
use crate::healing::PROBE_LIMIT;
use crate::night::Night;
use crate::past::Past;
use crate::purse;
use crate::script::Mood;
use crate::turns::{USUAL_OUTPUT, is_over_stock};
use crate::walk::{Step, Walk, limit};
use canon::config::{
    BackendHealthAction, DriftAction, HealthCacheAction, MemoryPressureAction, Provider, Support,
};
use canon::config::{Config, Profile};
use canon::event::SkipReason;
use routing::plan::Verdict;
use routing::view::{BREAK_WINDOW, HOMES_LIMIT, STAY_WINDOW};
use std::sync::Arc;
use std::time::Duration;

/// How long samples of speed and failures can keep a provider of an adaptive profile back: a minute until they have
/// expired, a minute until its trial, and half a minute for the trial's result to settle.
const ADAPTED: Duration = Duration::from_secs(150);

/// The most that the router may remember after a night, in characters of its printed form: of each conversation that
/// it may know, and of everything else.
const MEMORY_LIMIT: usize = HOMES_LIMIT * 120 + 300_000;

impl Night {
    pub(crate) fn demand(&self, holds: bool, law: &str, detail: impl FnOnce() -> String) {
        assert!(holds, "seed {}, {:?} into the night: {law}: {}", self.seed, self.at, detail());
    }

    /// Nobody is passed over for money while there is some.
    pub(crate) fn check_plan(&self, walk: &Walk) {
        for (name, verdict) in &walk.plan.verdicts {
            let provider = &self.backends[self.place(name)].provider;
            let for_money = matches!(verdict, Verdict::Skip(SkipReason::BudgetExceeded { .. }));
            let is_short = || self.purse.is_short_of(0.0, &self.config, &walk.plan.profile, provider);
            self.demand(!for_money || is_short(), "there is money", || format!("{name}"));
        }
    }

    /// Nobody is refused for money or limits while there is room, and no wait is longer than it must be.
    pub(crate) fn check_refusals(&self, walk: &Walk) {
        for (provider, reason) in walk.refused.iter().skip(walk.refused_before) {
            let (turn, place) = (&walk.turn, self.place(&provider.name));
            match *reason {
                SkipReason::BudgetExceeded { .. } => {
                    let wanted = turn.max_output.unwrap_or(USUAL_OUTPUT);
                    let least = purse::least(turn.prompt_bound(), wanted, &provider.cost);
                    let short = self.purse.is_short_of(least, &self.config, &walk.plan.profile, provider);
                    self.demand(short, "there is money", || format!("{}", provider.name));
                }
                SkipReason::RateLimited { wait } => {
                    let tokens = turn.prompt_bound() + turn.max_output.unwrap_or(USUAL_OUTPUT);
                    let free = self.meters[place].free_at(tokens, turn.priority, self.at);
                    self.demand(
                        free > self.at && self.at + wait <= free.saturating_add(SLACK),
                        "there is room",
                        || format!("{} is to be waited for {wait:?}, and is free at {free:?}", provider.name),
                    );
                }
                _ => {}
            }
        }
    }

    /// Money and privacy are kept, and the limits of providers.
    pub(crate) fn check_attempt(&self, walk: &Walk, place: usize, course: &Course) {
        let provider = &self.backends[place].provider;
        let name = || provider.name.to_string();
        self.demand(!provider.paid || self.config.allow_paid, "nobody is paid who may not be", name);
        self.demand(provider.local || !walk.turn.local_only, "what must stay here stays here", name);
        let overrun = self.meters[place].overrun(self.at);
        self.demand(overrun.is_none(), "limits hold", || format!("{} {overrun:?}", provider.name));
        let is_limiting = self.backends[place].script.at(self.at).1 == Mood::Limiting;
        let over_stock = is_over_stock(course, is_limiting) && self.meters[place].told.is_some();
        self.demand(!over_stock, "limits that were told hold", name);
    }

    /// The router's book is right, and within every cap.
    pub(crate) fn check_books(&self, profile: &Arc<Profile>, provider: &Arc<Provider>) {
        let complaint = self.purse.complaint(&self.view, &self.config, profile, provider, self.now());
        self.demand(complaint.is_none(), "caps hold", || complaint.unwrap_or_default());
    }

    /// A turn ends without an answer only where everybody that may be asked was asked, or is at its limits for longer
    /// than the profile waits.
    pub(crate) fn check_unanswered(&self, walk: &Walk) {
        for name in &walk.plan.profile.providers {
            let provider = &self.backends[self.place(name)].provider;
            let was_asked = walk.asked.iter().any(|asked| asked.name == *name);
            let for_money =
                matches!(walk.plan.verdict(name), Some(Verdict::Skip(SkipReason::BudgetExceeded { .. })));
            let is_refused = walk.refused.iter().any(|(refused, reason)| {
                let is_hard = matches!(reason, SkipReason::BudgetExceeded { .. });
                refused.name == *name && (is_hard || limit(*reason).is_some())
            });
            let is_excused = was_asked || for_money || is_refused || self.is_forbidden(provider, walk);
            self.demand(is_excused, "who can answer is asked", || format!("{name}: {}", walk.plan));
        }
    }

    /// Nobody is out for longer than one probe after it is back.
    pub(crate) fn check_exclusions(&self) {
        for (name, _) in self.view.excluded() {
            let place = self.place(&name);
            let Some(calm) = self.calm_since(place) else { continue };
            let limit = calm + longest_recovery(&self.config) + 2 * PROBE_LIMIT;
            self.demand(self.at <= limit, "who is back is let in", || {
                format!("{name} is well since {calm:?}")
            });
        }
    }

    /// Who has answered well for a whole window is not moved back for its answers.
    pub(crate) fn check_drift(&self, walk: &Walk, place: usize) {
        let window = walk.plan.profile.drift.window;
        let good = self.pasts[place].good[walk.turn.profile];
        self.demand(good < window, "good answers are not held against anybody", || {
            format!("{} has given {good}", self.backends[place].provider.name)
        });
    }

    /// The first in the chain that is well for so long that nothing may hold it back.
    pub(crate) fn due(&self, walk: &Walk) -> Option<usize> {
        let places = walk.plan.profile.providers.iter().map(|name| self.place(name));
        let due = |place: &usize| self.is_due(walk, *place);
        let first = places.clone().find(due)?;
        let is_quickest =
            || places.clone().all(|other| self.backends[first].usual <= self.backends[other].usual);
        (!walk.plan.profile.adaptive || is_quickest()).then_some(first)
    }

    /// That one is asked first, unless one in front of it is tried again, or one like it has the prompt.
    pub(crate) fn check_first(&self, walk: &Walk, due: usize, step: &Step) {
        let asked = match step {
            Step::Try(provider, ..) => Some(self.place(&provider.name)),
            Step::Wait(_) | Step::Over => None,
        };
        let mut front = walk.plan.profile.providers.iter().map(|name| self.place(name));
        let is_in_front = front.by_ref().take_while(|place| *place != due).any(|place| Some(place) == asked);
        let home = self.homes.get(&walk.turn.conversation).filter(|(_, at)| *at + STAY_WINDOW > self.at);
        let is_home = home.is_some_and(|(home, _)| Some(*home) == asked && self.is_like(*home, due));
        self.demand(asked == Some(due) || is_in_front || is_home, "who is back is used", || {
            let name = &self.backends[due].provider.name;
            let past = self.pasts[due];
            format!("{name} is well since {:?}: {}, {past:?}", self.calm_since(due), walk.plan)
        });
    }

    /// Everybody is back, and memory has not grown without end.
    pub(crate) fn check_the_end(&self) {
        let out = self.view.excluded();
        self.demand(out.is_empty(), "nobody is out for ever", || format!("{out:?}"));
        let remembered = self.remembered();
        self.demand(remembered <= MEMORY_LIMIT, "memory is bounded", || format!("{remembered} characters"));
    }

    fn is_forbidden(&self, provider: &Provider, walk: &Walk) -> bool {
        (provider.paid && !self.config.allow_paid) || (walk.turn.local_only && !provider.local)
    }

    fn is_like(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.backends[one].provider, &self.backends[other].provider);
        one.paid == other.paid && one.local == other.local
    }

    /// Since when a provider is well and has not failed; none where it is not well.
    fn calm_since(&self, place: usize) -> Option<Duration> {
        let (since, mood) = self.backends[place].script.at(self.at);
        (mood == Mood::Well).then(|| since.max(self.pasts[place].failure))
    }

    fn is_due(&self, walk: &Walk, place: usize) -> bool {
        let provider = &self.backends[place].provider;
        let Some(calm) = self.calm_since(place) else { return false };
        let wanted = walk.turn.max_output.unwrap_or(USUAL_OUTPUT);
        let bound = walk.turn.prompt_bound();
        let least = purse::least(bound, wanted, &provider.cost);
        let is_free = self.meters[place].free_at(bound + wanted, walk.turn.priority, self.at) <= self.at;
        let broke = self.breaks.get(&(walk.turn.conversation, place));
        is_free
            && !self.is_forbidden(provider, walk)
            && !self.purse.is_short_of(least, &self.config, &walk.plan.profile, provider)
            && provider.facts.max_context_tokens.is_none_or(|window| bound < u64::from(window))
            && !(walk.turn.thinking && provider.facts.thinking == Support::No)
            && broke.is_none_or(|at| *at + BREAK_WINDOW <= self.at)
            && self.is_over_its_illness(&walk.plan.profile, walk.turn.profile, place, calm)
    }

    /// Whether every interval has passed for which a profile may hold a provider's past against it.
    fn is_over_its_illness(&self, profile: &Profile, number: usize, place: usize, calm: Duration) -> bool {
        let (past, at) = (&self.pasts[place], self.at);
        let healed = past.succeeded_since(calm)
            || (past.under_way == 0 && calm + self.longest_rest(profile, place) <= at);
        let is_skipping = profile.memory_pressure.action == MemoryPressureAction::Skip;
        let relieved = !is_skipping || Past::is_over(&[past.pressed], longest_pressure(&self.config), at);
        let moves = matches!(profile.drift.action, DriftAction::Promote | DriftAction::Reload);
        let trusted = !moves || Past::is_over(&[past.moved_back[number]], profile.drift.cooldown, at);
        let [one, two, three] = past.moved_back;
        let samples = [Some(calm), past.slow, past.void, one, two, three];
        let adapted = !profile.adaptive || (past.under_way == 0 && Past::is_over(&samples, ADAPTED, at));
        healed && relieved && trusted && adapted
    }

    /// How long the profile and the health cache may leave a provider alone that is back.
    fn longest_rest(&self, profile: &Profile, place: usize) -> Duration {
        let policy = &profile.backend_health;
        let by_profile = match policy.action {
            BackendHealthAction::Off | BackendHealthAction::Warn => Duration::ZERO,
            BackendHealthAction::Demote | BackendHealthAction::Skip => policy.half_open,
            BackendHealthAction::Exclude => longest_recovery(&self.config) + 2 * PROBE_LIMIT,
        };
        let cache = &self.config.health_cache;
        let by_cache = match cache.action {
            HealthCacheAction::Off => Duration::ZERO,
            HealthCacheAction::Demote | HealthCacheAction::Skip => cache.unhealthy_backoff,
        };
        let probing = &self.config.probing;
        let is_probed = probing.active && (probing.paid || !self.backends[place].provider.paid);
        let by_probe = if is_probed { probing.interval + 2 * probing.timeout } else { Duration::MAX };
        by_profile.max(by_cache).min(by_probe)
    }
}

/// A wait is told in whole steps of the windows.
const SLACK: Duration = Duration::from_millis(1);

fn longest_recovery(config: &Config) -> Duration {
    let excludes = |profile: &&Arc<Profile>| profile.backend_health.action == BackendHealthAction::Exclude;
    let excluding = config.profiles.iter().filter(excludes);
    excluding.map(|profile| profile.backend_health.recovery_max).max().unwrap_or_default()
}

fn longest_pressure(config: &Config) -> Duration {
    let skips = |profile: &&Arc<Profile>| profile.memory_pressure.action == MemoryPressureAction::Skip;
    config.profiles.iter().filter(skips).map(|it| it.memory_pressure.cooldown).max().unwrap_or_default()
}
