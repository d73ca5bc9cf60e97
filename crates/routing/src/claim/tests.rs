//! What claims take and give back.

use super::*;
use crate::cost::worst_case;
use crate::estimate::ToolContent;
use crate::fixture;
use crate::needs::Needs;
use crate::plan::{Situation, plan};
use canon::config::{BackendHealthAction, Cost, Limits};
use canon::dialect::Dialect;
use canon::fault::{Fault, FaultKind};
use canon::request::Request;
use canon::usage::Usage;
use std::num::NonZeroU32;
use std::time::{Duration, Instant, UNIX_EPOCH};

/// One provider in one chain.
struct Case {
    config: Config,
    view: View,
    now: Now,
}

impl Case {
    fn of(change: impl FnOnce(&mut Config, &mut Provider)) -> Self {
        let mut provider = fixture::provider("a");
        let mut config = fixture::config(&[], &[("coding", &["a"])]);
        change(&mut config, &mut provider);
        config.providers = vec![Arc::new(provider)];
        Self { view: View::new(&config), config, now: Now { at: Instant::now(), wall: UNIX_EPOCH } }
    }

    fn plan(&self) -> Plan {
        let request = Request::new(Dialect::Anthropic);
        plan(&Situation {
            config: &self.config,
            profile: &self.config.profiles[0],
            needs: &Needs::of(&request, 0, ToolContent::Counted),
            view: &self.view,
            memory: &self.view.memory(),
            priority: Priority::Main,
            conversation: Conversation::named("c"),
            local_only: false,
            now: self.now,
        })
    }

    fn claim(&self, plan: &Plan) -> Result<Claim, SkipReason> {
        self.view.claim(&Claiming {
            config: &self.config,
            plan,
            provider: &self.config.providers[0],
            conversation: Conversation::named("c"),
            tokens_bound: 100,
            max_output: Some(1_000),
            priority: Priority::Main,
            turn: Turn::Planned,
            now: self.now,
        })
    }

    fn failed(&self, plan: &Plan, fault: &Fault, midstream: bool) -> Settled {
        let claim = self.claim(plan).expect("nothing speaks against it");
        self.view.settle(
            claim,
            &Settlement {
                plan,
                ending: Ending::Failed { fault, midstream },
                usage: &Usage::default(),
                input_estimate: 90,
                measured: None,
                output_chars: 0,
                observation: None,
                now: self.now,
            },
        )
    }
}

fn priced() -> Cost {
    let (input_per_million, output_per_million) = (Usd::from_dollars(1.0), Usd::from_dollars(1.0));
    Cost { input_per_million, output_per_million, ..Cost::default() }
}

/// The one request that fits into a minute.
fn one_a_minute() -> Limits {
    Limits { rpm: NonZeroU32::new(1), ..Limits::default() }
}

#[test]
fn who_is_refused_for_money_has_asked_nobody() {
    let case = Case::of(|_, provider| {
        (provider.cost, provider.limits) = (priced(), one_a_minute());
        provider.monthly_budget = Some(Usd::from_dollars(1e-6));
    });
    let plan = case.plan();
    for _ in 0..3 {
        let refused = case.claim(&plan).map(|_| ()).expect_err("there is no money");
        assert!(matches!(refused, SkipReason::BudgetExceeded { .. }), "{refused:?}");
    }
}

#[test]
fn who_is_refused_a_trial_has_asked_nobody() {
    let mut case = Case::of(|config, provider| {
        let mut profile = fixture::profile("coding", &["a"]);
        profile.backend_health.action = BackendHealthAction::Demote;
        profile.backend_health.threshold = 1;
        (config.profiles, provider.limits.rpm) = (vec![Arc::new(profile)], NonZeroU32::new(3));
    });
    let crashed = Fault::new(FaultKind::Connect, "refused");
    for _ in 0..2 {
        case.failed(&case.plan(), &crashed, false);
    }
    case.now = case.now.plus(Duration::from_secs(30));
    let plan = case.plan();
    let trial = case.claim(&plan).expect("it is due");
    for _ in 0..3 {
        let refused = case.claim(&plan).map(|_| ()).expect_err("there are three a minute");
        assert!(matches!(refused, SkipReason::RateLimited { .. }), "{refused:?}");
    }
    drop(trial);
    case.now = case.now.plus(Duration::from_secs(40));
    // The first two are a minute old, the trial is under way.
    for _ in 0..5 {
        assert_eq!(case.claim(&plan).map(|_| ()).expect_err("its trial is taken"), SkipReason::Unhealthy);
    }
}

#[test]
fn a_continuation_that_was_refused_costs_nothing() {
    let case = Case::of(|config, provider| {
        (config.monthly_budget, provider.cost) = (Some(Usd::from_dollars(1.0)), priced());
    });
    let refused = Fault::new(FaultKind::Overloaded, "busy").with_status(529);
    let settled = case.failed(&case.plan(), &refused, true);
    assert_eq!(settled.bill.cost, Usd::ZERO);
    assert_eq!(case.view.spend.overall(case.now.wall), Usd::ZERO);
    let broken = Fault::new(FaultKind::Cut, "broke");
    let settled = case.failed(&case.plan(), &broken, true);
    assert!(settled.bill.cost > Usd::ZERO && settled.bill.cost < worst_case(100, 1_000, &priced()));
}

/// A prompt that is too long by our own count never leaves.
#[test]
fn a_prompt_that_never_left_costs_nothing() {
    let case = Case::of(|config, provider| {
        (config.monthly_budget, provider.cost) = (Some(Usd::from_dollars(1.0)), priced());
    });
    let kind = FaultKind::Overflow { prompt: Some(9), limit: Some(8) };
    let settled = case.failed(&case.plan(), &Fault::new(kind, "prompt is too long"), false);
    assert_eq!(settled.bill.cost, Usd::ZERO);
}

/// Backends that stream begin with a count of one token; what came until an answer broke off was more.
#[test]
fn what_came_of_half_an_answer_is_paid_for() {
    let case = Case::of(|config, provider| {
        (config.monthly_budget, provider.cost) = (Some(Usd::from_dollars(1.0)), priced());
    });
    let plan = case.plan();
    let usage = Usage { input: Some(50), output: Some(1), ..Usage::default() };
    let broken = Fault::new(FaultKind::Cut, "broke");
    for ending in [Ending::Failed { fault: &broken, midstream: true }, Ending::Abandoned] {
        let claim = case.claim(&plan).expect("nothing speaks against it");
        let settlement = Settlement {
            plan: &plan,
            ending,
            usage: &usage,
            input_estimate: 90,
            measured: None,
            output_chars: 400,
            observation: None,
            now: case.now,
        };
        let settled = case.view.settle(claim, &settlement);
        assert_eq!(settled.bill.cost, Usd::from_dollars(150e-6), "{ending:?}");
    }
}
