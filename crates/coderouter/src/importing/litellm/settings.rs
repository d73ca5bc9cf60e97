//! `router_settings`, `litellm_settings`, `general_settings` and `environment_variables`.

use super::groups::Groups;
use crate::config::draft::{Item, Outline};
use crate::importing::account::Account;
use crate::importing::chat;
use crate::importing::source::At;

/// Reads them all.
pub fn import(root: &At<'_>, groups: &mut Groups, outline: &mut Outline, account: &mut Account) {
    // Aliases first: fallbacks may name them.
    if let Some(aliases) = root.get("router_settings").and_then(|at| at.get("model_group_alias")) {
        alias(&aliases, groups, account);
    }
    for (key, at) in root.settings(account) {
        match key {
            "model_list" => {}
            "router_settings" | "litellm_settings" => {
                for (key, at) in at.settings(account) {
                    routing(key, &at, groups, outline, account);
                }
            }
            "general_settings" => {
                for (key, at) in at.settings(account) {
                    general(key, &at, outline, account);
                }
            }
            "environment_variables" => {
                let names: Vec<&str> = at.settings(account).into_iter().map(|(name, _)| name).collect();
                let names = names.join(", ");
                account.not(&at, format!("put them into an env file for `serve --env-file`: {names}"));
            }
            _ => account.unknown(&at),
        }
    }
}

fn alias(at: &At<'_>, groups: &mut Groups, account: &mut Account) {
    for (name, target_at) in at.settings(account) {
        let target = target_at.get("model").unwrap_or(target_at);
        let Some(theirs) = target.text(account) else { continue };
        match groups.ours(theirs).map(str::to_owned) {
            Some(ours) => {
                account.exactly(&target, format!("a rule that chooses profile {ours}"));
                groups.aliases.push((name.to_owned(), ours));
            }
            None => account.not(&target, "model_list does not name it"),
        }
    }
}

fn routing(key: &str, at: &At<'_>, groups: &Groups, outline: &mut Outline, account: &mut Account) {
    match key {
        "model_group_alias" => {}
        "routing_strategy" => strategy(at, outline, account),
        "fallbacks" => groups.fall_back(at, outline, account),
        "default_fallbacks" => groups.fall_back_everywhere(at, outline, account),
        "context_window_fallbacks" => {
            groups.fall_back(at, outline, account);
            account
                .roughly(at, "they end the chain; who is too small for a prompt is asked after the others");
        }
        "content_policy_fallbacks" => account.not(at, "any refusal moves on to the next of the profile"),
        "num_retries" | "max_fallbacks" | "retry_after" | "retry_policy" => {
            account.roughly(at, "nobody is asked again at once: the next provider is asked instead");
        }
        "timeout" | "request_timeout" => {
            let seconds = at.number(account).map(|seconds| seconds.clamp(1.0, 86400.0));
            outline.profiles.iter_mut().for_each(|profile| profile.timeout_s = seconds);
            account.roughly(at, "timeout_s of every profile, which limits each wait, not the whole answer");
        }
        "stream_timeout" => {
            let seconds = at.number(account).filter(|s| *s > 0.0).map(|s| s.min(3600.0));
            outline.providers.iter_mut().for_each(|provider| {
                provider.first_token_s = provider.first_token_s.or(seconds);
            });
            account.roughly(
                at,
                "ttft_timeout_s of every provider, which limits the wait for a stream's first output",
            );
        }
        "allowed_fails" | "cooldown_time" => health(key, at, outline, account),
        "enable_pre_call_checks" => {
            account.exactly(at, "windows are always looked at before a provider is asked");
        }
        "drop_params" | "modify_params" => {
            account.roughly(at, "what a provider is known not to take is always left out");
        }
        "success_callback" | "failure_callback" | "callbacks" | "service_callbacks" => {
            account.not(
                at,
                "facts are at /metrics, in the log, and with OTEL_EXPORTER_OTLP_ENDPOINT at a collector",
            );
        }
        "cache" | "cache_params" => {
            account.not(at, "answers are not kept; prompt caches of providers are kept warm");
        }
        "set_verbose" | "json_logs" => account.not(at, "see `serve --log-format`"),
        _ if key.starts_with("redis") => {
            account.not(at, "one router keeps its memory in a file; there is no sharing");
        }
        _ => account.unknown(at),
    }
}

fn health(key: &str, at: &At<'_>, outline: &mut Outline, account: &mut Account) {
    let Some(number) = at.number(account) else { return };
    if key == "allowed_fails" {
        let failures = number.clamp(1.0, 1000.0) as u64;
        outline.health_cache.put("failure_threshold", Item::Number(failures));
        account.roughly(at, format!("health_cache.failure_threshold: {failures}, of failures in a row"));
    } else {
        let seconds = number.min(86400.0);
        outline.health_cache.put("unhealthy_backoff_s", Item::Fraction(seconds));
        account.roughly(at, format!("health_cache.unhealthy_backoff_s: {seconds}"));
    }
}

fn strategy(at: &At<'_>, outline: &mut Outline, account: &mut Account) {
    match at.word().unwrap_or_default() {
        "latency-based-routing" => {
            outline.profiles.iter_mut().for_each(|profile| profile.adaptive = true);
            account.roughly(at, "adaptive: true of every profile: the quick and reliable come first");
        }
        "cost-based-routing" => account.not(at, "put the cheapest first in every profile"),
        _ => account
            .roughly(at, "providers are asked in the order of their profile, not by lot; limits are kept"),
    }
}

fn general(key: &str, at: &At<'_>, outline: &mut Outline, account: &mut Account) {
    match key {
        "master_key" => {
            if let Some(value) = at.text(account) {
                chat::client_key(value, at, outline, account);
            }
        }
        "database_url" | "store_model_in_db" => {
            account.not(at, "memory is a file below state_dir; nothing to set");
        }
        "max_parallel_requests" => account.not(at, "set limits.concurrency of each provider"),
        _ => account.unknown(at),
    }
}
