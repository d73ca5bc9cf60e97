//! What requests cost, whatever becomes of them: a dollar a token, so that sums can be read off.

use crate::ask::{Anthropic, Ask, Plain, Stream, crossings, streams};
use crate::house::{House, house};
use crate::together::together;
use rehearsal::{Reply, Usage};
use std::time::{Duration, Instant, SystemTime};

/// A dollar for each token of an answer, prompts for nothing.
const A_DOLLAR: &str = "cost: {output_tokens_per_million: 1000000}";

/// The same with a budget that buys so many.
fn budget(dollars: &str) -> String {
    format!("cost: {{output_tokens_per_million: 1000000, monthly_budget_usd: {dollars}}}")
}

/// What a provider has cost, in dollars, what is promised included.
fn spent(house: &House, provider: &str) -> f64 {
    house.router.view.spend.of_provider(&provider.into(), SystemTime::now()).dollars()
}

/// Waits until a provider has cost what the range says.
async fn comes_to(house: &House, provider: &str, range: std::ops::RangeInclusive<f64>, what: &str) {
    let began = Instant::now();
    while !range.contains(&spent(house, provider)) {
        let spent = spent(house, provider);
        assert!(began.elapsed() < Duration::from_secs(3), "{what}: {provider} has cost {spent}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn who_leaves_in_mid_answer_pays_for_what_came() {
    together(streams().map(|crossing| async move {
        let plan = house().provider_with("first", crossing.backend, "hang-mid-stream:4", A_DOLLAR);
        let house = plan.open().await;
        let mut line = house.connect().await;
        line.send(crossing.ask().raw(&house)).await;
        line.head().await.expect("a head");
        line.body_until("has").await;
        drop(line);
        comes_to(&house, "first", 3.0..=20.0, &format!("{crossing:?}")).await;
    }))
    .await;
}

#[tokio::test]
async fn who_leaves_during_a_race_pays_for_neither() {
    together(streams().map(|crossing| async move {
        let settings = format!("local: false\n{A_DOLLAR}");
        let house = house()
            .provider_with("slow", crossing.backend, "hang", A_DOLLAR)
            .provider_with("rival", crossing.backend, "hang", &settings)
            .profile("hedge_after_s: 0.2")
            .open()
            .await;
        let mut line = house.connect().await;
        line.send(crossing.ask().raw(&house)).await;
        house.backend("rival").wait_for(1).await.expect("the request");
        assert!(spent(&house, "rival") >= 1000.0, "it is promised");
        drop(line);
        for provider in ["slow", "rival"] {
            comes_to(&house, provider, 0.0..=0.0, &format!("{crossing:?}")).await;
        }
    }))
    .await;
}

#[tokio::test]
async fn who_goes_on_with_an_answer_is_paid_for_its_own_part() {
    together(streams().map(|crossing| async move {
        let settings = format!("capabilities: {{prefill: plain}}\n{A_DOLLAR}");
        let end = Reply::words("happy end.").usage(Usage::of(50, 7));
        let house = house()
            .provider("first", crossing.backend, "die-mid-stream:4")
            .provider_with("second", crossing.backend, end, &settings)
            .profile("partial_stitch_action: resume")
            .open()
            .await;
        let heard = house.ask(&crossing.ask()).await;
        assert_eq!(heard.said.text, "This answer has a happy end.", "{crossing:?}");
        comes_to(&house, "second", 7.0..=7.0, &format!("{crossing:?}")).await;
    }))
    .await;
}

#[tokio::test]
async fn a_lowered_output_is_told() {
    together(crossings().map(|crossing| async move {
        let house = house().provider_with("first", crossing.backend, "ok", &budget("2000.5")).open().await;
        let heard = house.ask(&crossing.ask().with("max_tokens", 5000)).await;
        assert_eq!(heard.header("x-coderouter-max-tokens"), "2000", "{crossing:?}");
        assert_eq!(house.backend("first").requests()[0].json()["max_tokens"], 2000, "{crossing:?}");
    }))
    .await;
}

/// A budget that buys less than the request asks for is what the client is told about.
#[tokio::test]
async fn a_budget_that_is_too_small_is_told() {
    together(crossings().map(|crossing| async move {
        let house = house().provider_with("first", crossing.backend, "ok", &budget("1")).open().await;
        let heard = house.ask(&crossing.ask()).await;
        assert!(heard.status() >= 400, "{crossing:?}");
        assert!(heard.body().contains("budget"), "{crossing:?} {}", heard.body());
        assert_eq!(house.backend("first").requests().len(), 0, "{crossing:?}");
    }))
    .await;
}

/// Who may not be asked for want of money does not come back, so whoever stands before it is the last.
#[tokio::test]
async fn behind_the_last_stands_nobody_who_is_too_dear() {
    for form in [Plain, Stream] {
        let house = house()
            .provider_with("dear", Anthropic, "ok", &budget("1"))
            .provider("last", Anthropic, "empty-answer")
            .open()
            .await;
        let heard = house.ask(&Ask::new(Anthropic, form)).await;
        assert_eq!((heard.status(), heard.failure.as_ref()), (200, None), "{form:?} {}", heard.body());
    }
}
