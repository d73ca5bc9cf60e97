//! What a person should know about a configuration that loads: warnings, each once, none of them an error.

use std::fmt;
use std::path::PathBuf;

use super::report::quoted;

/// Something worth a line at start and in `coderouter check`. `Display` is the line, [`Notice::hint`] the cure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// `./providers.yaml` was loaded because the environment allows it.
    CwdConfigLoaded {
        /// The file.
        path: PathBuf,
    },
    /// `./providers.yaml` exists and was passed over.
    CwdConfigSkipped {
        /// The file.
        path: PathBuf,
    },
    /// The file holds secrets and other users of this machine can read it.
    ReadableByOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// `ALLOW_PAID` is neither yes nor no and changes nothing.
    AllowPaidUnclear,
    /// `CODEROUTER_MAX_BODY_BYTES` is no positive number and changes nothing.
    BodyLimitUnclear {
        /// The limit that holds.
        limit: usize,
    },
    /// A base URL's user name and password were dropped.
    UserInfoDropped {
        /// The provider.
        provider: String,
    },
    /// A restart command looks as if it needed a shell.
    RestartCommandShellSyntax {
        /// The provider.
        provider: String,
        /// What in it a shell would interpret.
        reasons: Vec<String>,
    },
    /// A restart command can't be split into words and will not run.
    RestartCommandUnreadable {
        /// The provider.
        provider: String,
    },
    /// A profile for Claude Code has models that are known to do badly under it.
    SuitabilityDegraded {
        /// The profile.
        profile: String,
        /// The providers.
        providers: Vec<String>,
        /// Their models, in the same order.
        models: Vec<String>,
    },
    /// A provider of a kind that is not built; it stands in no chain.
    ProviderLeftOut {
        /// The provider.
        provider: String,
        /// Its kind.
        kind: String,
    },
    /// A profile in which no provider is left.
    ProfileWithoutProviders {
        /// The profile.
        profile: String,
    },
    /// A paid provider under a budget whose price nobody knows, so that the budget can't be held.
    BudgetWithoutPrice {
        /// The provider.
        provider: String,
        /// Its model.
        model: String,
    },
    /// A journal is switched on while there is no folder to write it to.
    JournalWithoutState {
        /// The key: `audit_log` or `request_log`.
        journal: &'static str,
    },
    /// Swap is switched on and has no models.
    SwapWithoutModels,
    /// The time zone can't be checked: this system has no zone data.
    TimeZonesMissing,
}

impl Notice {
    /// Its name in logs.
    pub fn event(&self) -> &'static str {
        match self {
            Self::CwdConfigLoaded { .. } => "cwd-config-loaded",
            Self::CwdConfigSkipped { .. } => "cwd-config-skipped",
            Self::ReadableByOthers { .. } => "config-readable-by-others",
            Self::AllowPaidUnclear => "allow-paid-unclear",
            Self::BodyLimitUnclear { .. } => "max-body-bytes-unclear",
            Self::UserInfoDropped { .. } => "base-url-user-info-dropped",
            Self::RestartCommandShellSyntax { .. } => "restart-command-shell-syntax",
            Self::RestartCommandUnreadable { .. } => "restart-command-unreadable",
            Self::SuitabilityDegraded { .. } => "chain-claude-code-suitability-degraded",
            Self::ProviderLeftOut { .. } => "provider-left-out",
            Self::ProfileWithoutProviders { .. } => "profile-without-providers",
            Self::BudgetWithoutPrice { .. } => "budget-without-price",
            Self::JournalWithoutState { .. } => "journal-without-state-dir",
            Self::SwapWithoutModels => "swap-without-models",
            Self::TimeZonesMissing => "time-zones-missing",
        }
    }

    /// What to do about it, where there is something to do.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::CwdConfigLoaded { .. } => {
                "a configuration names programs that are run; use this only in folders you trust"
            }
            Self::CwdConfigSkipped { .. } => {
                "to use it: --config ./providers.yaml, CODEROUTER_CONFIG=./providers.yaml, or \
                 CODEROUTER_ALLOW_CWD_CONFIG=1"
            }
            Self::ReadableByOthers { .. } => "chmod 600 the file, or keep keys in the environment",
            Self::AllowPaidUnclear => "use 1, true, yes or on; 0, false, no or off",
            Self::BodyLimitUnclear { .. } => "use a number of bytes above 0",
            Self::UserInfoDropped { .. } => "put the key into the environment and name it in api_key_env",
            Self::RestartCommandShellSyntax { .. } => "no shell is used: write a script and name it here",
            Self::RestartCommandUnreadable { .. } => "close its quotes",
            Self::SuitabilityDegraded { .. } => "put a model first that is made for agents",
            Self::BudgetWithoutPrice { .. } => {
                "set input_tokens_per_million and output_tokens_per_million under its cost, or add the model to \
                 ~/.coderouter/model-prices.yaml"
            }
            Self::JournalWithoutState { .. } => "set state_dir to a folder",
            Self::SwapWithoutModels => "add launcher.swap.models, or set enabled: false",
            Self::TimeZonesMissing => "install the system's zone data (tzdata)",
            Self::ProviderLeftOut { .. } | Self::ProfileWithoutProviders { .. } => return None,
        })
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CwdConfigLoaded { path } => write!(f, "loaded {} from the current folder", path.display()),
            Self::CwdConfigSkipped { path } => write!(f, "{} exists and was passed over", path.display()),
            Self::ReadableByOthers { path, mode } => {
                write!(f, "{} holds secrets and others can read it (mode {mode:04o})", path.display())
            }
            Self::AllowPaidUnclear => write!(f, "ALLOW_PAID is neither yes nor no and was ignored"),
            Self::BodyLimitUnclear { limit } => {
                write!(f, "CODEROUTER_MAX_BODY_BYTES is no number of bytes; the limit stays {limit}")
            }
            Self::UserInfoDropped { provider } => {
                write!(f, "the user name and password in base_url of {} are not sent", quoted(provider))
            }
            Self::RestartCommandShellSyntax { provider, reasons } => {
                let reasons = reasons.join(", ");
                write!(f, "restart_command of {} looks like shell: {reasons}", quoted(provider))
            }
            Self::RestartCommandUnreadable { provider } => {
                write!(f, "restart_command of {} can't be split into words", quoted(provider))
            }
            Self::SuitabilityDegraded { profile, providers, models } => {
                let (profile, providers, models) = (quoted(profile), providers.join(", "), models.join(", "));
                write!(f, "{profile} has models that do badly under Claude Code: {providers} ({models})")
            }
            Self::ProviderLeftOut { provider, kind } => {
                write!(f, "{} is left out: kind {} is not built", quoted(provider), quoted(kind))
            }
            Self::ProfileWithoutProviders { profile } => {
                write!(f, "{} has no provider that can answer", quoted(profile))
            }
            Self::BudgetWithoutPrice { provider, model } => {
                let (provider, model) = (quoted(provider), quoted(model));
                write!(f, "no price is known for {model} of {provider}, so no budget holds it back")
            }
            Self::JournalWithoutState { journal } => {
                write!(f, "{journal} is active but state_dir is empty, so nothing is written")
            }
            Self::SwapWithoutModels => write!(f, "launcher.swap is enabled and has no models"),
            Self::TimeZonesMissing => write!(f, "display_timezone can't be checked on this system"),
        }
    }
}
