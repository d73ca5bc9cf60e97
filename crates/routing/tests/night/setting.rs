//! The configuration of a night: five providers, three profiles with chains of three, and every action in rotation.

use crate::dice::Dice;
use canon::config::{
    BackendHealthAction, Config, Cost, DriftAction, DriftSensitivity, EmptyResponseAction, HealthCacheAction,
    Limits, MemoryPressureAction, PartialStitchAction, Prefill, Profile, Provider, ProviderKind, Support,
    Timeouts,
};
use canon::id::ProviderName;
use canon::money::Usd;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// What a night is hard on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Nothing is set that is not set by default.
    Defaults,
    /// Health, pressure, drift and speed are all watched.
    Sickness,
    /// Caps are tight.
    Money,
    /// Requests, tokens and slots are few.
    Limits,
}

const HEALTH: [BackendHealthAction; 5] = [
    BackendHealthAction::Off,
    BackendHealthAction::Warn,
    BackendHealthAction::Demote,
    BackendHealthAction::Exclude,
    BackendHealthAction::Skip,
];
const CACHE: [HealthCacheAction; 3] =
    [HealthCacheAction::Off, HealthCacheAction::Demote, HealthCacheAction::Skip];
const PRESSURE: [MemoryPressureAction; 3] =
    [MemoryPressureAction::Off, MemoryPressureAction::Warn, MemoryPressureAction::Skip];
const DRIFT: [DriftAction; 4] =
    [DriftAction::Off, DriftAction::Warn, DriftAction::Promote, DriftAction::Reload];
const SENSITIVITY: [DriftSensitivity; 3] =
    [DriftSensitivity::Low, DriftSensitivity::Normal, DriftSensitivity::High];
const STITCH: [PartialStitchAction; 3] =
    [PartialStitchAction::Off, PartialStitchAction::Surface, PartialStitchAction::Resume];
const EMPTY: [EmptyResponseAction; 3] =
    [EmptyResponseAction::Fallback, EmptyResponseAction::Fallback, EmptyResponseAction::Off];

/// Two on this machine, a free cloud, and two that cost money.
const NAMES: [&str; 5] = ["desk", "cellar", "cloud", "dear", "dearer"];

/// A configuration by the seed's turn in the rotation, the rest by chance.
pub fn rolled(seed: u64, theme: Theme, dice: &mut Dice) -> Config {
    let providers: Vec<_> =
        (0..NAMES.len()).map(|place| Arc::new(provider(place, seed, theme, dice))).collect();
    let profiles: Vec<_> = (0..3).map(|number| Arc::new(profile(number, seed, theme, dice))).collect();
    let mut config = Config {
        default_profile: profiles[0].name.clone(),
        providers,
        profiles,
        allow_paid: theme == Theme::Money || dice.chance(50),
        ..Config::default()
    };
    if theme == Theme::Defaults {
        return config;
    }
    config.health_cache.action = CACHE[(seed / 4 % 3) as usize];
    config.health_cache.failure_threshold = dice.within(1..4) as u32;
    config.health_cache.unhealthy_backoff = dice.seconds(10..120);
    config.probing.active = dice.chance(50);
    config.probing.paid = dice.chance(30);
    config.probing.interval = dice.seconds(30..120);
    if theme == Theme::Money && dice.chance(60) {
        config.monthly_budget = Some(dollars(dice, 1..2_000));
    }
    config
}

fn provider(place: usize, seed: u64, theme: Theme, dice: &mut Dice) -> Provider {
    let local = place < 2;
    let url = if local { "http://127.0.0.1:8080/v1" } else { "https://models.example/v1" };
    let endpoint = url.parse().expect("both are URLs");
    let mut provider = Provider::new(NAMES[place].into(), ProviderKind::OpenAiCompat, endpoint, "m".into());
    provider.paid = place > 2;
    provider.timeouts = Timeouts::each(Duration::from_secs(if local { 60 } else { 40 }));
    if provider.paid {
        let price = dice.within(1..20) as f64 / 4.0;
        let prices = (Usd::from_dollars(price), Usd::from_dollars(5.0 * price));
        provider.cost = Cost { input_per_million: prices.0, output_per_million: prices.1, ..Cost::default() };
    }
    if theme == Theme::Defaults {
        return provider;
    }
    provider.first_token = dice.chance(30).then(|| dice.seconds(8..20));
    provider.facts.max_context_tokens = dice.chance(25).then(|| dice.pick(&[4_096, 8_192, 16_384]));
    provider.facts.thinking = dice.pick(&[Support::Yes, Support::No, Support::Unknown, Support::Unknown]);
    provider.facts.prefill = dice.pick(&[Prefill::None, Prefill::Plain, Prefill::Vllm]);
    if theme == Theme::Money && dice.chance(60) {
        provider.monthly_budget = Some(dollars(dice, 0..800));
    }
    if theme == Theme::Limits || (place as u64 + seed).is_multiple_of(7) {
        provider.limits = limits(dice);
    }
    provider
}

fn limits(dice: &mut Dice) -> Limits {
    let mut some = |percent: u64, of: &[u32]| {
        let limit = dice.pick(of);
        dice.chance(percent).then(|| NonZeroU32::new(limit)).flatten()
    };
    Limits {
        rpm: some(40, &[1, 4, 10, 30]),
        rpd: some(15, &[400, 1_200]),
        tpm: some(30, &[12_000, 40_000, 150_000]),
        concurrency: some(50, &[1, 2, 4]),
    }
}

fn profile(number: usize, seed: u64, theme: Theme, dice: &mut Dice) -> Profile {
    let mut names = NAMES.to_vec();
    let chain: Vec<ProviderName> =
        (0..3).map(|_| names.remove(dice.within(0..names.len() as u64) as usize).into()).collect();
    let mut profile = Profile::new(format!("chain{number}").into(), chain);
    if theme == Theme::Defaults {
        return profile;
    }
    let turn = seed / 4 + number as u64;
    profile.backend_health.action = HEALTH[(turn % 5) as usize];
    profile.backend_health.threshold = dice.within(1..5) as u32;
    profile.backend_health.half_open = dice.seconds(5..120);
    profile.backend_health.recovery_initial = dice.seconds(5..40);
    profile.backend_health.recovery_max = dice.seconds(40..300);
    profile.memory_pressure.action = PRESSURE[(turn / 5 % 3) as usize];
    profile.memory_pressure.cooldown = dice.seconds(20..300);
    profile.drift.action = DRIFT[(turn / 2 % 4) as usize];
    profile.drift.window = dice.within(4..20) as u32;
    profile.drift.cooldown = dice.seconds(30..600);
    profile.drift.sensitivity = dice.pick(&SENSITIVITY);
    profile.drift.goal_mode = dice.chance(20);
    profile.adaptive = dice.chance(40);
    profile.partial_stitch = dice.pick(&STITCH);
    profile.empty_response = dice.pick(&EMPTY);
    profile.queue_timeout = Duration::from_secs(dice.pick(&[0, 10, 60, 120]));
    if theme == Theme::Money && dice.chance(60) {
        profile.monthly_budget = Some(dollars(dice, 0..1_200));
    }
    profile
}

/// A cap in cents.
fn dollars(dice: &mut Dice, cents: std::ops::Range<u64>) -> Usd {
    Usd::from_dollars(dice.within(cents) as f64 / 100.0)
}
