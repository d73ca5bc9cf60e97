//! Prices and budgets: what the file says, what the price tables add, and what is said where nobody knows.

use canon::config::Cost;
use canon::money::Usd;

use super::*;

/// A provider that is paid for at a host, with further lines in place of `model: m`.
fn at(url: &str, provider: &str) -> String {
    minimal(provider, "").replace("    model: m\n", "").replace("http://localhost:1", url)
}

fn priced(text: &str) -> (f64, f64, f64, f64) {
    let Cost { input_per_million, output_per_million, cache_read_factor, cache_write_factor } =
        load_right(text).config.providers[0].cost;
    let round = |factor: f64| (factor * 1e6).round() / 1e6;
    let (read, write) = (round(cache_read_factor), round(cache_write_factor));
    (input_per_million.dollars(), output_per_million.dollars(), read, write)
}

const ANTHROPIC: &str = "https://api.anthropic.com";
const OPENAI: &str = "https://api.openai.com";
const ELSEWHERE: &str = "https://example.com";

#[test]
fn the_table_prices_makers_and_those_who_are_paid() {
    let check =
        |url: &str, provider: &str, expect| assert_eq!(priced(&at(url, provider)), expect, "{provider}");
    let unknown = (0.0, 0.0, 0.1, 1.25);
    check(ANTHROPIC, "model: claude-haiku-4-5", (1.0, 5.0, 0.1, 1.25));
    check(OPENAI, "model: gpt-4.1", (2.0, 8.0, 0.25, 1.0));
    check(ELSEWHERE, "model: gpt-4.1\npaid: true", (2.0, 8.0, 0.25, 1.0));
    check(ELSEWHERE, "model: gpt-4.1", unknown);
    check("http://localhost:1", "model: gpt-4.1\npaid: true", unknown);
    check(ELSEWHERE, "model: gpt-4.1\npaid: true\nlocal: true", unknown);
    check(OPENAI, "model: nobody-knows\npaid: true", unknown);
    check("https://openrouter.ai", "model: qwen/qwen3-coder:free\npaid: true", (0.0, 0.0, 1.0, 1.0));
}

#[test]
fn a_providers_own_prices_come_first() {
    let check = |cost: &str, expect| {
        let text = at(OPENAI, &format!("model: gpt-4.1\npaid: true\ncost: {{{cost}}}"));
        assert_eq!(priced(&text), expect, "{cost}");
    };
    check("input_tokens_per_million: 7", (7.0, 0.0, 0.1, 1.25));
    check("input_tokens_per_million: 0, output_tokens_per_million: 0", (0.0, 0.0, 0.1, 1.25));
    check("monthly_budget_usd: 3", (2.0, 8.0, 0.25, 1.0));
    check("cache_read_discount: 0.5", (2.0, 8.0, 0.5, 1.0));
    check("cache_creation_premium: 2", (2.0, 8.0, 0.25, 2.0));
}

#[test]
fn windows_come_from_the_file_then_the_registry_then_the_prices() {
    let window = |url: &str, provider: &str| {
        load_right(&at(url, provider)).config.providers[0].facts.max_context_tokens
    };
    assert_eq!(window(OPENAI, "model: gpt-5"), Some(400_000));
    assert_eq!(window(ELSEWHERE, "model: gpt-5"), Some(400_000));
    assert_eq!(window("http://localhost:1", "model: gpt-5"), None);
    assert_eq!(window(OPENAI, "model: gpt-5\nmax_context_tokens: 1000"), Some(1_000));
    assert_eq!(window(ANTHROPIC, "kind: anthropic\nmodel: claude-opus-4-1"), Some(200_000));
}

#[test]
fn the_users_prices_lie_in_the_home_folder() {
    let home = Folder::new("prices");
    let path = home.write(
        ".coderouter/model-prices.yaml",
        "rules: [{match: 'gpt-*', host: api.openai.com, input: 1, as_of: 2026-01-31}]",
    );
    let env = Env::default();
    let sources = Sources { path: None, env: &env, home: Some(&home.0), cwd: &home.0 };
    let load = || load_text(&at(OPENAI, "model: gpt-4.1"), Path::new("p.yaml"), sources);
    let cost = load().unwrap().config.providers[0].cost;
    assert_eq!((cost.input_per_million.dollars(), cost.output_per_million.dollars()), (1.0, 8.0));

    std::fs::write(&path, "rules: [{match: 'a', inptu: 1}, {match: '', as_of: soon, input: -1}]").unwrap();
    let report = load().unwrap_err().to_string();
    for expect in [
        "model-prices.yaml:1:",
        "did you mean `input`?",
        "an empty glob matches nothing",
        "a day is written as 2026-03-21",
        "a number of at least 0",
    ] {
        assert!(report.contains(expect), "{expect} is not in\n{report}");
    }
}

#[test]
fn budgets_of_providers_profiles_and_everything() {
    let text = format!(
        "monthly_budget_usd: 50\n{}",
        minimal("cost: {monthly_budget_usd: 2.5}", "monthly_budget_usd: 0")
    );
    let config = load_right(&text).config;
    assert_eq!(config.monthly_budget, Some(Usd::from_dollars(50.0)));
    assert_eq!(config.profiles[0].monthly_budget, Some(Usd::ZERO));
    assert_eq!(config.providers[0].monthly_budget, Some(Usd::from_dollars(2.5)));
    assert!(
        report(&format!("monthly_budget_usd: -1\n{}", minimal("", ""))).contains("a number of at least 0")
    );
    assert_eq!(load_right(&text).unbuilt, []);
}

#[test]
fn a_budget_that_holds_nobody_back_is_named() {
    let check = |top: &str, provider: &str, profile: &str, expect: bool| {
        let text = minimal(provider, profile).replace("http://localhost:1", ELSEWHERE);
        let notices = load_right(&format!("{top}\n{text}")).notices;
        let notice = Notice::BudgetWithoutPrice { provider: "p".to_owned(), model: "m".to_owned() };
        assert_eq!(notices, if expect { vec![notice] } else { Vec::new() }, "{top} {provider} {profile}");
    };
    check("", "paid: true", "", false);
    check("", "paid: true\ncost: {monthly_budget_usd: 3}", "", true);
    check("", "paid: true\ncost: {monthly_budget_usd: 0}", "", false);
    check("", "paid: true\ncost: {monthly_budget_usd: 3, output_tokens_per_million: 1}", "", false);
    check("monthly_budget_usd: 3", "paid: true", "", true);
    check("", "paid: true", "monthly_budget_usd: 3", true);
    check("monthly_budget_usd: 3", "", "monthly_budget_usd: 3", false);
}
