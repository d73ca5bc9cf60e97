//! A router in small: a configuration, its memory and a clock, used as every caller uses them.

use crate::claim::{Claim, Claiming, Ending, Priority, Settled, Settlement, Turn};
use crate::conversation::Conversation;
use crate::estimate::ToolContent;
use crate::fixture;
use crate::needs::Needs;
use crate::passes::{PASSES, Pass};
use crate::plan::{Plan, Situation, Verdict, judged_by};
use crate::view::View;
use canon::config::{BackendHealth, BackendHealthAction, Config, Profile, Provider};
use canon::dialect::Dialect;
use canon::event::{BackendFact, Fact, FlowFact, QualityFact, SkipReason};
use canon::fault::{Fault, FaultKind};
use canon::id::ProviderName;
use canon::moment::Now;
use canon::request::Request;
use canon::usage::Usage;
use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

/// Everything a plan is made of, and a request to make one for.
pub(super) struct Case {
    pub(super) config: Config,
    pub(super) view: View,
    pub(super) now: Now,
    pub(super) request: Request,
    pub(super) conversation: Conversation,
    pub(super) priority: Priority,
    pub(super) local_only: bool,
    /// Which profile is planned for.
    profile: usize,
}

impl Case {
    /// Providers of the chain of a profile `coding`; a name in upper case is paid, one with a `?` was never declared.
    pub(super) fn of(chain: &[&str]) -> Self {
        let declared = chain.iter().filter(|name| !name.ends_with('?')).map(|name| {
            let paid = name.chars().all(char::is_uppercase);
            Provider { paid, ..fixture::provider(name) }
        });
        let config = fixture::config(&declared.collect::<Vec<_>>(), &[("coding", chain)]);
        Self {
            view: View::new(&config),
            config,
            // The third of February 2026.
            now: Now { at: Instant::now(), wall: UNIX_EPOCH + Duration::from_secs(1_770_091_506) },
            request: Request::new(Dialect::Anthropic),
            conversation: Conversation::named("c"),
            priority: Priority::Main,
            local_only: false,
            profile: 0,
        }
    }

    /// With changed settings.
    pub(super) fn with(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self.view.follow(&self.config);
        self
    }

    /// With a changed provider.
    pub(super) fn provider(mut self, name: &str, change: impl FnOnce(&mut Provider)) -> Self {
        let known = self.config.providers.iter_mut().find(|provider| provider.name.as_str() == name);
        change(Arc::make_mut(known.unwrap()));
        self
    }

    /// With a changed profile.
    pub(super) fn profile(mut self, change: impl FnOnce(&mut Profile)) -> Self {
        change(Arc::make_mut(&mut self.config.profiles[self.profile]));
        self
    }

    /// With the health of the profile's providers watched: degraded after one failure, unhealthy after two, and a
    /// trial every 30 seconds.
    pub(super) fn health(self, action: BackendHealthAction) -> Self {
        let half_open = Duration::from_secs(30);
        self.profile(|profile| {
            let backend_health = BackendHealth { action, threshold: 1, half_open, ..profile.backend_health };
            profile.backend_health = backend_health;
        })
    }

    /// With a second profile of the same chain, for which plans are made from now on.
    pub(super) fn beside(mut self, name: &str) -> Self {
        let profile = Profile { name: name.into(), ..(*self.config.profiles[0]).clone() };
        self.config.profiles.push(Arc::new(profile));
        self.under(name)
    }

    /// With plans made for a profile.
    pub(super) fn under(mut self, name: &str) -> Self {
        self.profile = self.config.profiles.iter().position(|it| it.name.as_str() == name).unwrap();
        self
    }

    /// Lets time pass.
    pub(super) fn after(mut self, seconds: u64) -> Self {
        self.now = self.now.plus(Duration::from_secs(seconds));
        self
    }

    pub(super) fn plan(&self) -> Plan {
        self.judged_by(PASSES)
    }

    pub(super) fn judged_by(&self, passes: &[Pass]) -> Plan {
        let needs = Needs::of(&self.request, 1_000_000, ToolContent::Counted);
        judged_by(
            passes,
            &Situation {
                config: &self.config,
                profile: &self.config.profiles[self.profile],
                needs: &needs,
                view: &self.view,
                memory: &self.view.memory(),
                priority: self.priority,
                conversation: self.conversation,
                local_only: self.local_only,
                now: self.now,
            },
        )
    }

    /// A claim of a provider in its planned turn.
    pub(super) fn claiming<'a>(&'a self, plan: &'a Plan, provider: &str) -> Claiming<'a> {
        let known = self.config.providers.iter().find(|it| it.name.as_str() == provider);
        Claiming {
            config: &self.config,
            plan,
            provider: known.unwrap(),
            conversation: self.conversation,
            tokens_bound: 1_000,
            max_output: Some(1_000),
            priority: self.priority,
            turn: Turn::Planned,
            now: self.now,
        }
    }

    pub(super) fn claim(&self, plan: &Plan, provider: &str) -> Result<Claim, SkipReason> {
        self.view.claim(&self.claiming(plan, provider))
    }

    pub(super) fn settle(&self, plan: &Plan, claim: Claim, ending: Ending<'_>) -> Settled {
        let usage = Usage::default();
        self.view.settle(claim, &self.settlement(plan, ending, &usage))
    }

    /// A settlement of an attempt of which nothing else is known.
    pub(super) fn settlement<'a>(
        &self,
        plan: &'a Plan,
        ending: Ending<'a>,
        usage: &'a Usage,
    ) -> Settlement<'a> {
        let (input_estimate, output_chars, observation) = (100, 400, None);
        Settlement {
            plan,
            ending,
            usage,
            input_estimate,
            measured: None,
            output_chars,
            observation,
            now: self.now,
        }
    }

    /// One request of somebody else's conversation, for which the provider's turn has come.
    fn asked(&self, provider: &str, ending: Ending<'_>) -> Settled {
        let plan = self.plan();
        let conversation = Conversation::named("somebody else's");
        let claim = self.view.claim(&Claiming { conversation, ..self.claiming(&plan, provider) });
        self.settle(&plan, claim.unwrap(), ending)
    }

    /// A provider answers.
    pub(super) fn answers(&self, provider: &str) -> Settled {
        self.asked(provider, ANSWERED)
    }

    /// A provider fails before its first content.
    pub(super) fn fails(&self, provider: &str, fault: &Fault) -> Settled {
        self.asked(provider, Ending::Failed { fault, midstream: false })
    }

    /// A provider breaks off after its first content.
    pub(super) fn breaks_off(&self, provider: &str) -> Settled {
        let fault = &Fault::new(FaultKind::Cut, "broken pipe");
        self.asked(provider, Ending::Failed { fault, midstream: true })
    }

    /// A provider fails so many times; what the last one told.
    pub(super) fn down(&self, provider: &str, times: usize) -> Vec<String> {
        let fails = |_| told(self.fails(provider, &down()).facts);
        (0..times).map(fails).last().unwrap_or_default()
    }

    /// The providers in the order they are tried, without those that are left for when all others have failed.
    pub(super) fn order(&self) -> String {
        let plan = self.plan();
        let stands = |name: &&ProviderName| !matches!(plan.verdict(name), Some(Verdict::Skip(_)));
        let names =
            plan.attempts.iter().map(|provider| &provider.name).filter(stands).map(ProviderName::as_str);
        names.collect::<Vec<_>>().join(" ")
    }
}

/// A whole answer, not as a stream.
pub(super) const ANSWERED: Ending<'_> = Ending::Answered { first_token: None, stream: false };

/// A failure that any backend can have.
pub(super) fn down() -> Fault {
    Fault::new(FaultKind::Backend, "boom").with_status(500)
}

/// The order of a plan, and what is told of it.
#[track_caller]
pub(super) fn check(case: &Case, order: &str, expected: &[&str]) {
    assert_eq!(case.order(), order);
    assert_eq!(told(case.plan().facts()), expected);
}

/// Facts in a few words.
pub(super) fn told(facts: impl IntoIterator<Item = Fact>) -> Vec<String> {
    facts.into_iter().map(|fact| words(&fact)).collect()
}

fn words(fact: &Fact) -> String {
    match fact {
        Fact::ProviderSkipped { provider, reason, later, .. } => {
            let turn = if *later { "later" } else { "skip" };
            format!("{provider} {turn} {}", reason.word())
        }
        Fact::ChainBlocked { reason, providers, .. } => {
            format!("blocked {} {}", reason.word(), list(providers))
        }
        Fact::Flow(it) => match &**it {
            FlowFact::LastResort { providers, .. } => format!("last resort {}", list(providers)),
            FlowFact::Reordered { declared, effective, .. } => {
                format!("reordered {} to {}", list(declared), list(effective))
            }
            other => format!("{other:?}"),
        },
        Fact::Backend(it) => backend(it),
        Fact::Quality(it) => match &**it {
            QualityFact::DriftDetected { provider, severity, .. } => format!("{provider} drifts: {severity}"),
            QualityFact::DriftPromoted { provider, rank, .. } => format!("{provider} goes to {rank}"),
            QualityFact::DriftRecovered { provider, after, .. } => {
                format!("{provider} recovers after {after:?}")
            }
            other => format!("{other:?}"),
        },
        other => format!("{other:?}"),
    }
}

fn backend(fact: &BackendFact) -> String {
    match fact {
        BackendFact::HealthChanged { provider, profile, old, new, failures } => {
            let profile = profile.as_ref().map_or("a probe", |name| name.as_str());
            format!("{provider} {old} {new} {failures} by {profile}")
        }
        BackendFact::Pressured { provider, action, cooldown, .. } => {
            format!("{provider} out of memory: {action} {cooldown:?}")
        }
        BackendFact::Excluded { provider, profile, failures } => {
            format!("{provider} out after {failures} by {profile}")
        }
        BackendFact::Restored { provider, profile, after } => {
            format!("{provider} back after {after:?} by {profile}")
        }
        other => format!("{other:?}"),
    }
}

fn list(providers: &[ProviderName]) -> String {
    providers.iter().map(ProviderName::as_str).collect::<Vec<_>>().join(" ")
}
