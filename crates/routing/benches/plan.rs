//! How long a plan takes, for a chain of five: with nothing set that is not set by default, and with everything
//! switched on and remembered.

use canon::config::{
    BackendHealthAction, Config, DriftAction, HealthCacheAction, MemoryPressureAction, Profile, Provider,
    ProviderKind, Support,
};
use canon::dialect::Dialect;
use canon::fault::{Fault, FaultKind};
use canon::id::ProviderName;
use canon::moment::Now;
use canon::money::Usd;
use canon::request::{ReasoningMode, Request};
use canon::usage::Usage;
use criterion::{Criterion, criterion_group, criterion_main};
use routing::claim::{Claiming, Ending, Priority, Settlement, Turn};
use routing::conversation::Conversation;
use routing::drift::Observation;
use routing::estimate::ToolContent;
use routing::needs::Needs;
use routing::plan::{Plan, Situation, plan};
use routing::view::View;
use std::hint::black_box;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

const NAMES: [&str; 5] = ["one", "two", "three", "four", "five"];

/// How long the request's body is, in bytes: shorter than any window, so that nobody counts its tokens.
const BODY: u64 = 9_000;

/// Attempts that are remembered of each provider.
const ATTEMPTS: u32 = 60;

struct Case {
    config: Config,
    view: View,
    request: Request,
    now: Now,
}

fn provider(name: &str) -> Provider {
    let endpoint = "http://127.0.0.1:8080/v1".parse().expect("it is a URL");
    Provider::new(name.into(), ProviderKind::OpenAiCompat, endpoint, "m".into())
}

fn defaults() -> Case {
    let chain = NAMES.iter().map(|name| ProviderName::from(*name)).collect();
    let profile = Profile::new("coding".into(), chain);
    let config = Config {
        providers: NAMES.iter().map(|name| Arc::new(provider(name))).collect(),
        profiles: vec![Arc::new(profile)],
        ..Config::default()
    };
    let (request, now) =
        (Request::new(Dialect::Anthropic), Now { at: Instant::now(), wall: SystemTime::now() });
    Case { view: View::new(&config), config, request, now }
}

/// Everything that a chain can be judged by, with a past to judge.
fn everything() -> Case {
    let mut case = defaults();
    let mut profile = (*case.config.profiles[0]).clone();
    profile.adaptive = true;
    profile.monthly_budget = Some(Usd::from_dollars(1e6));
    profile.backend_health.action = BackendHealthAction::Demote;
    profile.memory_pressure.action = MemoryPressureAction::Skip;
    profile.drift.action = DriftAction::Promote;
    case.config.profiles = vec![Arc::new(profile)];
    case.config.health_cache.action = HealthCacheAction::Demote;
    case.config.monthly_budget = Some(Usd::from_dollars(1e6));
    case.config.allow_paid = true;
    for entry in &mut case.config.providers {
        let provider = Arc::make_mut(entry);
        provider.cost.input_per_million = Usd::from_dollars(1.0);
        provider.monthly_budget = Some(Usd::from_dollars(1e6));
        provider.facts.max_context_tokens = Some(128_000);
        provider.facts.thinking = Support::Yes;
        let many = NonZeroU32::new(1_000_000);
        let limits = &mut provider.limits;
        (limits.rpm, limits.rpd, limits.tpm, limits.concurrency) =
            (many, many, NonZeroU32::new(u32::MAX), many);
    }
    case.request.stream = true;
    case.request.reasoning.mode = Some(ReasoningMode::Adaptive);
    for number in 0..ATTEMPTS {
        case.now = case.now.plus(Duration::from_millis(900));
        (0..NAMES.len()).for_each(|place| remember(&case, place, number));
    }
    case
}

fn planned(case: &Case) -> Plan {
    let needs = Needs::of(&case.request, BODY, ToolContent::Counted);
    plan(&Situation {
        config: &case.config,
        profile: &case.config.profiles[0],
        needs: &needs,
        view: &case.view,
        memory: &case.view.memory(),
        conversation: Conversation::named("bench"),
        priority: Priority::Main,
        local_only: false,
        now: case.now,
    })
}

/// One attempt: one in ten of the first provider's fails, and each provider is slower than the one before.
fn remember(case: &Case, place: usize, number: u32) {
    let plan = planned(case);
    let claiming = Claiming {
        config: &case.config,
        plan: &plan,
        provider: &case.config.providers[place],
        conversation: Conversation::named("bench"),
        tokens_bound: BODY / 3,
        max_output: Some(1_000),
        priority: Priority::Main,
        turn: Turn::LastResort,
        now: case.now,
    };
    let claim = case.view.claim(&claiming).expect("there is room and money");
    let fault = Fault::new(FaultKind::Backend, "CUDA error: out of memory");
    let fails = place == 0 && number % 10 == 9;
    let first_token = Some(Duration::from_millis(200 * (place as u64 + 1)));
    let ending = match fails {
        true => Ending::Failed { fault: &fault, midstream: true },
        false => Ending::Answered { first_token, stream: true },
    };
    let observation = fails.then_some(Observation::Failed);
    let settlement = Settlement {
        plan: &plan,
        ending,
        usage: &Usage::default(),
        input_estimate: BODY / 4,
        measured: None,
        output_chars: 400,
        observation,
        now: case.now,
    };
    drop(case.view.settle(claim, &settlement));
}

fn plans(criterion: &mut Criterion) {
    for (name, case) in [("defaults", defaults()), ("everything", everything())] {
        criterion
            .bench_function(&format!("plan/{name}"), |bencher| bencher.iter(|| black_box(planned(&case))));
    }
}

criterion_group!(benches, plans);
criterion_main!(benches);
