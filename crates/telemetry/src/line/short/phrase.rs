//! The words of each fact, as a table. How they are filled is told in `short`.

use canon::event::{
    AutoRouted, AutoRoutedBy, BackendFact, Capability, Fact, FlowFact, QualityFact, SkipReason, ToolLoopSeen,
};

/// How a fact is put into words.
pub(super) enum Phrase {
    /// `{name}` stands for a field; what stands in `[` `]` is left out unless all its fields have something to say.
    Words(&'static str),
    /// Its name and its fields.
    Listed,
}

/// The words of a fact; none where it is not for people.
pub(super) fn phrase(fact: &Fact) -> Option<Phrase> {
    Some(Phrase::Words(match fact {
        Fact::Started(_) => {
            "coderouter {version}, profile {default_profile}[, providers {providers}][{allow_paid}, paid ones too]"
        }
        Fact::Stopped => "coderouter stopped",
        Fact::Notice(_) => return Some(Phrase::Listed),
        Fact::ProviderSkipped { reason, later, .. } => skipped(*reason, *later),
        Fact::ChainBlocked { .. } => {
            "nobody in profile {profile} may be tried[ ({blocked_providers})]: {hint}"
        }
        Fact::Flow(it) => flow(it),
        Fact::Backend(it) => return backend(it).map(Phrase::Words),
        Fact::Quality(it) => quality(it),
        Fact::Attempted { .. } => "trying {provider}",
        Fact::Answered { .. } => "{provider} answered in {duration_ms}[, first token after {first_token_ms}]",
        Fact::AttemptFailed { midstream: false, .. } => "tried {provider} -> [{status} ]{error}",
        Fact::AttemptFailed { midstream: true, .. } => "{provider} broke off: [{status} ]{error}",
        Fact::FellBack { to: Some(_), .. } => "{from_provider} -> {to_provider} ({reason})",
        Fact::FellBack { to: None, .. } => "{from_provider} -> nobody left ({reason})",
        Fact::UniformAuthFailure { .. } => "every provider answered {status}: check the keys of {providers}",
        // The same with every request of an agent whose provider speaks another dialect; the header says it too.
        Fact::Degraded { reason: "translation-lossy", .. } => return None,
        Fact::Degraded { .. } => "{provider} goes without {dropped} ({reason})",
        Fact::ToolLoopSeen(it) => looped(it),
        Fact::ToolCountSeen(_) => {
            "{total_count} tool calls without a word of yours, more than {max_allowed} ({action})"
        }
        Fact::ToolChoiceEmulated(it) if it.tool.is_some() => {
            "{provider} is told in words to call {tool_name}"
        }
        Fact::ToolChoiceEmulated(_) => "{provider} is told in words to call a tool",
        Fact::ToolRepaired(it) if it.repaired => {
            "{provider}: call of {tool} repaired ({format}[, {corruptions}])"
        }
        Fact::ToolRepaired(_) => "{provider}: [{tool} ]left as text ({outcome})",
        Fact::ToolReasked { .. } => "{provider}: [{tool} ]asked for again ({reason})",
        Fact::OutputFiltered { .. } => "{provider}: filtered by {filters}",
        Fact::CacheControlStripped { .. } => "{provider} goes without {markers_removed} cache markers",
        Fact::MalformedFrame { .. } => "{provider} sent a frame that can't be read: {error}",
        Fact::StreamTruncated { .. } => "{provider} ended its stream without an end",
        Fact::EmptyAnswer { .. } => "{provider} answered nothing",
        Fact::PartialSurfaced { .. } => "{provider} broke off; its {text_length} characters were kept",
        Fact::MidstreamError { .. } => "the answer of {provider} ended with an error: {original}",
        Fact::ClientGone { .. } => "the client went away[{midstream} in the middle of the answer]",
        Fact::ErrorAnswered { .. } => "answered {status} {error_type}",
        Fact::ToolSearch { .. } => "tool search: {action}",
        Fact::CacheObserved(_) => {
            "{input_tokens} tokens read[, {cache_read_input_tokens} more from cache], {output_tokens} \
             written[, {cost_usd}]"
        }
        Fact::ModeResolved { .. } => "mode {mode} is profile {profile}",
        Fact::AutoRouted(it) => auto_routed(it),
        Fact::PatternsGivenUp { .. } => "patterns given up, too slow on this text: {rules}",
        Fact::LocalOnly { .. } => "stays local by rule {rule}",
        Fact::TokensCounted { .. } | Fact::Finished(_) => return None,
    }))
}

fn auto_routed(it: &AutoRouted) -> &'static str {
    match it.by {
        AutoRoutedBy::Rule(_) => "profile {resolved_profile} by rule {rule_id}",
        AutoRoutedBy::NoRule => "profile {resolved_profile}: no rule fits",
        AutoRoutedBy::Disabled => "profile {resolved_profile}: the auto router is off",
    }
}

fn looped(it: &ToolLoopSeen) -> &'static str {
    match it.period {
        Some(2..) => "the same {period} calls were made {repeat_count} times, {tool_name} last ({action})",
        _ => "{tool_name} was called {repeat_count} times with the same arguments ({action})",
    }
}

fn skipped(reason: SkipReason, later: bool) -> &'static str {
    match reason {
        SkipReason::PaidGate => "passed over {provider}: it costs money",
        SkipReason::UnknownProvider => "passed over {provider}: nobody declared it",
        SkipReason::LocalOnly => "passed over {provider}: the request must stay here",
        SkipReason::BudgetExceeded { .. } => {
            "passed over {provider}: {current_total_usd} of {monthly_budget_usd} are spent in {month}"
        }
        SkipReason::Incapable(Capability::Tools) => "passed over {provider}: it can't call tools",
        SkipReason::Incapable(Capability::Vision) => "passed over {provider}: it can't see pictures",
        SkipReason::Incapable(Capability::Thinking) => "{provider} goes last: it can't think",
        SkipReason::RateLimited { .. } => {
            "{provider} goes last: it is at its limits for {seconds_until_eligible} s"
        }
        SkipReason::MemoryPressure { .. } => {
            "passed over {provider}: it ran out of memory, {seconds_until_eligible} s to go"
        }
        SkipReason::ContextTooSmall { .. } => {
            "{provider} goes last: the prompt does not fit its {max_context_tokens} tokens"
        }
        SkipReason::ContextRefused { .. } => {
            "passed over {provider}: {estimated_tokens} tokens are too near its {max_context_tokens}"
        }
        SkipReason::Unhealthy if later => "{provider} goes last: it has failed too often",
        SkipReason::Unhealthy => "passed over {provider}: it has failed too often",
        SkipReason::Excluded => "passed over {provider}: it is out until a probe succeeds",
        SkipReason::Adaptive => "{provider} goes later: others are quicker or fail less",
        SkipReason::Drifting => "{provider} goes last: its answers got worse",
        SkipReason::Session => "{provider} goes later: the prompt is cached elsewhere",
        SkipReason::JustFailed => "{provider} goes last: it has just failed",
    }
}

fn flow(fact: &FlowFact) -> &'static str {
    match fact {
        FlowFact::Reordered { .. } => "order by speed and failures: {effective_order}",
        FlowFact::LastResort { .. } => {
            "everybody in profile {profile} is doubted; trying {providers} all the same"
        }
        FlowFact::Queued { .. } => "waiting up to {wait_s} for {provider}",
        FlowFact::Hedged { .. } => "{provider} is slow ({after_ms}): trying {rival} beside it",
        FlowFact::HedgeWon { .. } => "{provider} was first, {loser} was let go",
        FlowFact::Resumed { .. } => "{provider} goes on where {from_provider} broke off",
        FlowFact::OutputLowered { .. } => "{provider} may write {lowered_to} tokens: the budget buys no more",
        FlowFact::PrefixBroken { .. } => {
            "{provider} reads the prompt anew: it differs from byte {at_byte} on, in {part}"
        }
    }
}

fn backend(fact: &BackendFact) -> Option<&'static str> {
    Some(match fact {
        BackendFact::HealthChanged { .. } => {
            "{provider} is {new_state}[ after {consecutive_failures} failures]"
        }
        BackendFact::Flagged { healthy: false, .. } => "{provider} counts as unhealthy",
        BackendFact::Flagged { healthy: true, .. } => "{provider} counts as healthy again",
        BackendFact::Pressured { .. } => "{provider} ran out of memory: {error}",
        BackendFact::Excluded { .. } => {
            "{provider} is out of the chains after {consecutive_failures} failures"
        }
        BackendFact::Restored { .. } => "{provider} is back after {excluded_duration_s}",
        BackendFact::Restarted { success: true, .. } => "restarted {provider}: {command}",
        BackendFact::Restarted { success: false, .. } => "restarting {provider} failed: {command}[: {error}]",
        BackendFact::RecoveryProbed { success: true, .. } => "{provider} answers again",
        BackendFact::RecoveryProbed { .. } => {
            "{provider} does not answer yet; the next probe is in {next_interval_s}"
        }
        BackendFact::ProbesStarted { .. } => "probing {providers} providers each {interval_s}",
        BackendFact::Probed { success: false, .. } => "{provider} fails its probe: {error}",
        BackendFact::Probed { .. } | BackendFact::ProbeRound { .. } => return None,
        BackendFact::ModelDiffers { .. } => {
            "{provider} answers as {observed_model}, not as {configured_model}"
        }
    })
}

fn quality(fact: &QualityFact) -> &'static str {
    match fact {
        QualityFact::DriftDetected { .. } => "{provider}: answers got worse ({severity}: {reason})",
        QualityFact::DriftPromoted { .. } => "{provider} goes last for {cooldown_s}",
        QualityFact::DriftReloaded { success: true, .. } => "{provider} unloaded its model",
        QualityFact::DriftReloaded { .. } => "{provider} did not unload its model",
        QualityFact::DriftRecovered { .. } => "{provider} is judged anew after {after_s}",
        QualityFact::ContextWarning { .. } => {
            "the prompt fills {usage_ratio} of the {max_context_tokens} tokens of {provider}"
        }
        QualityFact::ContextTrimmed { .. } => {
            "trimmed for {provider}: {estimated_tokens_before} -> {estimated_tokens_after} tokens[, {messages_removed} messages left out][{target_missed}, still too much]"
        }
    }
}
