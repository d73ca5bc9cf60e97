//! The bundled prices and the order of layers.

use super::*;

/// What the bundled table says: input, output, cache read, cache write, window.
fn bundled(model: &str, host: &str) -> Listing {
    let (prices, part) = Prices::load(None, &Env::default());
    assert!(part.is_none());
    prices.of(model, host)
}

fn listing(prices: [f64; 4], window: Option<u32>) -> Listing {
    let [input, output, cache_read, cache_write] =
        prices.map(|price| Some(price).filter(|price| !price.is_nan()));
    Listing { input, output, cache_read, cache_write, max_context_tokens: window }
}

#[test]
fn the_bundled_table_is_sound() {
    let env = Env::default();
    let (rules, reader) = rule_file::parse::<Rule>(BUNDLED, &env);
    assert!(reader.mistakes.is_empty(), "{:?}", reader.mistakes);
    assert!(rules.len() > 30);
    assert_eq!(BUNDLED.matches("as_of: 20").count(), rules.len(), "every rule is dated");
    for Rule { listing, .. } in &rules {
        let (input, output) = (listing.input.unwrap(), listing.output.unwrap());
        assert!(output >= input && output <= 100.0);
        assert!(listing.cache_read.is_none_or(|read| read < input));
        assert!(listing.cache_write.is_none_or(|write| write > input && write < input * 2.0));
        assert!(listing.max_context_tokens.is_none_or(|window| window >= 128_000));
    }
}

#[test]
fn bundled_prices() {
    const NONE: f64 = f64::NAN;
    let check =
        |model: &str, host: &str, expect: Listing| assert_eq!(bundled(model, host), expect, "{model}");
    let anthropic = "api.anthropic.com";
    check("claude-opus-4-6", anthropic, listing([5.0, 25.0, 0.5, 6.25], None));
    check("claude-opus-4-5-20251101", anthropic, listing([5.0, 25.0, 0.5, 6.25], None));
    check("claude-opus-4-1-20250805", anthropic, listing([15.0, 75.0, 1.5, 18.75], Some(200_000)));
    check("claude-opus-4-20250514", anthropic, listing([15.0, 75.0, 1.5, 18.75], Some(200_000)));
    check("claude-sonnet-4-5-20250929", anthropic, listing([3.0, 15.0, 0.3, 3.75], None));
    check("claude-haiku-4-5", anthropic, listing([1.0, 5.0, 0.1, 1.25], Some(200_000)));
    check("anthropic/claude-haiku-4.5", "openrouter.ai", listing([1.0, 5.0, 0.1, 1.25], Some(200_000)));
    check("gpt-5-mini", "api.openai.com", listing([0.25, 2.0, 0.025, NONE], Some(400_000)));
    check("gpt-4o", "api.openai.com", listing([2.5, 10.0, 1.25, NONE], Some(128_000)));
    check("gpt-4o-2024-05-13", "api.openai.com", Listing::default());
    check(
        "gemini-2.5-flash",
        "generativelanguage.googleapis.com",
        listing([0.3, 2.5, 0.03, NONE], Some(1_048_576)),
    );
    check("deepseek-chat", "api.deepseek.com", listing([0.28, 0.42, 0.028, NONE], Some(128_000)));
    check("deepseek-chat", "example.com", Listing::default());
    check("qwen/qwen3-coder:free", "openrouter.ai", listing([0.0, 0.0, NONE, NONE], None));
    check("qwen/qwen3-coder:free", "example.com", Listing::default());
    check("some-model", anthropic, Listing::default());
}

#[test]
fn the_users_rules_come_first_and_are_transparent() {
    let env = Env::default();
    let text = "\
rules:
  - {match: 'gpt-5', host: '*.Example.com', input: 9, as_of: 2026-01-01}
  - {match: 'gpt-5', output: 1}
";
    let (mut rules, reader) = rule_file::parse::<Rule>(text, &env);
    assert!(reader.mistakes.is_empty(), "{:?}", reader.mistakes);
    rules.extend(rule_file::parse::<Rule>(BUNDLED, &env).0);
    let prices = Prices { rules };
    let at = |host: &str| {
        let listing = prices.of("gpt-5", host);
        (listing.input, listing.output, listing.max_context_tokens)
    };
    assert_eq!(at("api.example.com"), (Some(9.0), Some(1.0), Some(400_000)));
    assert_eq!(at("api.openai.com"), (Some(1.25), Some(1.0), Some(400_000)));
}

#[test]
fn days_have_a_form() {
    for (text, expect) in [("2026-03-21", true), ("2026-3-21", false), ("21.03.2026", false), ("", false)] {
        assert_eq!(is_day(text), expect, "{text}");
    }
}
