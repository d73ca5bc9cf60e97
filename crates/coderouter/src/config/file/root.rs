//! The top level of the file.

use canon::config::{HealthCache, Probing, Server, Word};
use canon::money::Usd;

use super::super::reader::{
    Block, Setting, Spanned, flag, list, map, name, nested, seconds, spanned, text, whole, word,
};
use super::auto_router::AutoRouter;
use super::cost::monthly_budget;
use super::launcher::Launcher;
use super::plugins::Plugins;
use super::privacy::PrivacyRule;
use super::profile::Profile;
use super::provider::Provider;

/// The whole file.
pub(crate) struct Root {
    pub(crate) allow_paid: bool,
    pub(crate) monthly_budget: Option<Usd>,
    pub(crate) default_profile: Spanned<String>,
    pub(crate) providers: Vec<Provider>,
    pub(crate) profiles: Vec<Profile>,
    pub(crate) mode_aliases: Vec<(Spanned<String>, Spanned<String>)>,
    pub(crate) display_timezone: Option<Spanned<String>>,
    pub(crate) auto_router: Option<AutoRouter>,
    pub(crate) local_only: Vec<PrivacyRule>,
    pub(crate) estimate_counts_tool_content: bool,
    pub(crate) probing: Probing,
    /// None where the default folder is meant; empty where memory only is.
    pub(crate) state_dir: Option<String>,
    pub(crate) audit: JournalKeys,
    pub(crate) requests: JournalKeys,
    pub(crate) health_cache: HealthCache,
    pub(crate) server: Server,
    pub(crate) plugins: Plugins,
    pub(crate) launcher: Option<Launcher>,
}

/// The two keys of a journal.
pub(crate) struct JournalKeys {
    pub(crate) active: bool,
    pub(crate) max_bytes: u64,
}

/// On or off, in the words of the Python program.
#[derive(Clone, Copy, PartialEq)]
enum Activity {
    Off,
    Active,
}

impl Word for Activity {
    const CHOICES: &'static [(&'static str, Self)] = &[("off", Self::Off), ("active", Self::Active)];
}

/// What the budget on everything means.
const MONTHLY_BUDGET: &str =
    "US dollars all providers together may cost in a calendar month (UTC); 0 lets only free ones answer.";

/// The sizes at which a journal may be rotated, in bytes.
const JOURNAL_BYTES: std::ops::RangeInclusive<u64> = 1 << 20..=1 << 30;

impl Setting for Root {
    fn read(block: &mut Block<'_, '_>) -> Self {
        let default_profile = Spanned { value: "default".to_owned(), ..Spanned::default() };
        Self {
            allow_paid: block.or("allow_paid", flag(), false, "Whether providers marked paid may be used."),
            monthly_budget: monthly_budget(block, MONTHLY_BUDGET),
            default_profile: block.or(
                "default_profile",
                spanned(name()),
                default_profile,
                "The profile for requests that name none, or auto for the classifier.",
            ),
            providers: block.or("providers", list(nested()), Vec::new(), "The backends."),
            profiles: block.or("profiles", list(nested()), Vec::new(), "The fallback chains."),
            mode_aliases: mode_aliases(block),
            display_timezone: block.optional(
                "display_timezone",
                spanned(text()),
                "IANA name of the zone in which times are shown; they are stored in UTC.",
            ),
            auto_router: block.optional(
                "auto_router",
                nested(),
                "The classifier behind default_profile: auto.",
            ),
            local_only: local_only(block),
            estimate_counts_tool_content: block.or(
                "token_estimation_include_tool_content",
                flag(),
                true,
                "Whether tool calls, tool results and thinking count in token estimates.",
            ),
            probing: probing(block),
            state_dir: block.optional(
                "state_dir",
                text().may_be_empty(),
                "Where memory is kept between runs; ~/.coderouter/state if not set, \"\" for memory only.",
            ),
            audit: journal(block, "audit_log", "audit_log_max_bytes", 10 << 20),
            requests: journal(block, "request_log", "request_log_max_bytes", 50 << 20),
            health_cache: block
                .optional(
                    "health_cache",
                    nested(),
                    "When a failing provider is passed over, and for how long.",
                )
                .unwrap_or_default(),
            server: block
                .optional("server", nested::<Server>(), "How the router itself listens.")
                .unwrap_or_default(),
            plugins: block
                .optional("plugins", nested(), "Plugins of the Python program, which can't be loaded here.")
                .unwrap_or_default(),
            launcher: block.optional("launcher", nested(), "Starting and swapping local model servers."),
        }
    }
}

fn mode_aliases(block: &mut Block<'_, '_>) -> Vec<(Spanned<String>, Spanned<String>)> {
    let meaning = "Names for X-CodeRouter-Mode and CODEROUTER_MODE, each with its profile.";
    block.or("mode_aliases", map(spanned(name())), Vec::new(), meaning)
}

fn local_only(block: &mut Block<'_, '_>) -> Vec<PrivacyRule> {
    let meaning =
        "Rules for what stays here: a request that one of them matches goes to local providers only.";
    block.or("local_only", list(nested()), Vec::new(), meaning)
}

fn probing(block: &mut Block<'_, '_>) -> Probing {
    let default = Probing::default();
    let active = block.or("continuous_probe", word(), Activity::Off, "Background probes of one token each.");
    Probing {
        active: active == Activity::Active,
        interval: block.or(
            "probe_interval_s",
            seconds(5.0..=3600.0),
            default.interval,
            "Seconds between two rounds of probes.",
        ),
        paid: block.or("probe_paid", flag(), default.paid, "Whether paid providers are probed too."),
        timeout: block.or(
            "probe_timeout_s",
            seconds(1.0..=60.0),
            default.timeout,
            "Seconds a probe may take.",
        ),
    }
}

fn journal(
    block: &mut Block<'_, '_>,
    switch: &'static str,
    size: &'static str,
    default_bytes: u64,
) -> JournalKeys {
    let active = block.or(switch, word(), Activity::Off, "Whether this journal is written below state_dir.");
    JournalKeys {
        active: active == Activity::Active,
        max_bytes: block.or(
            size,
            whole(JOURNAL_BYTES),
            default_bytes,
            "The size in bytes at which the journal is rotated.",
        ),
    }
}

impl Setting for HealthCache {
    fn read(block: &mut Block<'_, '_>) -> Self {
        let default = Self::default();
        Self {
            action: block.or("action", word(), default.action, "What happens to an unhealthy provider."),
            failure_threshold: block.or(
                "failure_threshold",
                whole(1..=1000),
                default.failure_threshold,
                "Failures in a row until a provider counts as unhealthy.",
            ),
            unhealthy_backoff: block.or(
                "unhealthy_backoff_s",
                seconds(0.0..=86400.0),
                default.unhealthy_backoff,
                "Seconds until an unhealthy provider is tried again.",
            ),
        }
    }
}
