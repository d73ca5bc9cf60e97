//! The smallest window of those who may answer, as far as it is known.

use canon::config::Config;
use serde_json::Value;

/// By what a router says of itself.
pub fn of_overview(overview: &Value, profile: Option<&str>) -> Option<u32> {
    let all = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let chains = all(&overview["chains"]);
    let of = |wanted: &dyn Fn(&Value) -> bool| chains.iter().find(|chain| wanted(chain));
    let chain = match profile {
        Some(name) => of(&|chain| chain["profile"] == name),
        None => of(&|chain| chain["is_default"] == true),
    };
    // Where requests find their profile themselves, it may be any.
    let names: Option<Vec<Value>> =
        chain.map(|chain| all(&chain["providers"]).iter().map(|it| it["provider"].clone()).collect());
    let pays = overview["money"]["allow_paid"] == true;
    let providers = all(&overview["providers"]);
    let asked = providers.iter().filter(|it| names.as_ref().is_none_or(|names| names.contains(&it["name"])));
    let asked = asked.filter(|it| pays || it["class"] != "paid");
    asked.filter_map(|it| it["context_tokens"].as_u64()?.try_into().ok()).min()
}

/// By a configuration.
pub fn of_config(config: &Config, profile: Option<&str>) -> Option<u32> {
    let profile = profile.map_or_else(|| config.default_profile(), |name| config.profile(name));
    let asked = config.providers.iter().filter(|it| {
        profile.is_none_or(|profile| profile.providers.contains(&it.name)) && (config.allow_paid || !it.paid)
    });
    asked.filter_map(|it| it.facts.max_context_tokens).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_smallest_of_the_chain_counts_and_only_of_those_who_are_asked() {
        let provider = |name, window: Option<u32>, class| json!({"name": name, "context_tokens": window, "class": class});
        let chain = |profile, is_default, providers: &[&str]| {
            let providers: Vec<Value> = providers.iter().map(|name| json!({"provider": name})).collect();
            json!({"profile": profile, "is_default": is_default, "providers": providers})
        };
        let overview = |allow_paid, is_default| {
            json!({
                "money": {"allow_paid": allow_paid},
                "chains": [chain("a", is_default, &["big", "unknown"]), chain("b", false, &["big", "dear"])],
                "providers": [
                    provider("big", Some(200_000), "local"), provider("unknown", None, "free"),
                    provider("dear", Some(64_000), "paid"), provider("tiny", Some(8_000), "local"),
                ],
            })
        };
        for (allow_paid, is_default, profile, expect) in [
            (false, true, None, Some(200_000)),
            (false, true, Some("b"), Some(200_000)),
            (true, true, Some("b"), Some(64_000)),
            (false, false, None, Some(8_000)),
        ] {
            assert_eq!(of_overview(&overview(allow_paid, is_default), profile), expect);
        }
        assert_eq!(of_overview(&json!({}), None), None);
    }

    #[test]
    fn a_configuration_says_the_same() {
        let text = "providers:\n\
            - {name: a, base_url: 'http://127.0.0.1:1/v1', model: x, max_context_tokens: 40000}\n\
            - {name: b, base_url: 'http://127.0.0.1:2/v1', model: y, max_context_tokens: 20000}\n\
            - {name: c, base_url: 'http://127.0.0.1:3/v1', model: z, max_context_tokens: 10000, paid: true}\n\
            profiles: [{name: default, providers: [a, c]}, {name: two, providers: [a, b]}]\n";
        let config = crate::discovery::load(text).unwrap().config;
        let of = |profile| of_config(&config, profile);
        assert_eq!((of(None), of(Some("two"))), (Some(40_000), Some(20_000)));
    }
}
