//! Providers at their limits: skipped, waited for, and never asked beyond them.

use crate::ask::{Anthropic, Ask, Plain, Stream, crossings};
use crate::house::house;
use crate::together::together;
use rehearsal::{Act, Reply, Script};
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_refused_rate_is_waited_for_where_nobody_else_answers() {
    together(crossings().map(|crossing| async move {
        let plan = house().provider("only", crossing.backend, "429:1, ok").profile("queue_timeout_s: 10");
        let house = plan.open().await;
        let began = Instant::now();
        let heard = house.ask(&crossing.ask()).await;
        assert_eq!((heard.status(), &heard.failure), (200, &None), "{crossing:?}");
        assert!(began.elapsed() >= Duration::from_millis(900), "{crossing:?} {:?}", began.elapsed());
        assert!(house.log().contains("request-queued"));
    }))
    .await;
}

#[tokio::test]
async fn a_limited_provider_is_passed_over_while_another_answers() {
    together(crossings().map(|crossing| async move {
        let house = house()
            .provider("limited", crossing.backend, "429:30, ok")
            .provider("free", crossing.backend, "ok")
            .open()
            .await;
        for _ in 0..3 {
            let heard = house.ask(&crossing.ask()).await;
            assert_eq!(heard.header("x-coderouter-provider"), "free", "{crossing:?}");
        }
        assert_eq!(house.backend("limited").requests().len(), 1, "{crossing:?}");
        assert!(house.log().contains("skip-rate-limited-provider"));
    }))
    .await;
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_told_with_its_end() {
    let house = house().provider("only", Anthropic, "429:30").profile("queue_timeout_s: 2").open().await;
    let ask = Ask::new(Anthropic, Plain);
    let began = Instant::now();
    let heard = house.ask(&ask).await;
    assert!(began.elapsed() < Duration::from_secs(2), "a wait that can't end well is not begun");
    assert_eq!((heard.status(), heard.header("retry-after")), (429, "30"));
    let heard = house.ask(&ask).await;
    assert_eq!(heard.status(), 429);
    assert_eq!(house.backend("only").requests().len(), 1, "it was not asked again");
}

#[tokio::test]
async fn no_more_are_under_way_than_a_provider_takes() {
    let slow = || Act::from(Reply::words("Done.")).delay(Duration::from_millis(150));
    let plan = house().provider_with("narrow", Anthropic, Script::always(slow()), "limits: {concurrency: 2}");
    let house = plan.open().await;
    let ask = Ask::new(Anthropic, Stream);
    let began = Instant::now();
    let asks = (0..8).map(|_| house.ask(&ask));
    for heard in futures_util::future::join_all(asks).await {
        assert_eq!(heard.said.text, "Done.");
    }
    assert!(began.elapsed() >= Duration::from_millis(600), "eight by two in turn: {:?}", began.elapsed());
    assert_eq!(house.backend("narrow").requests().len(), 8);
}

#[tokio::test]
async fn requests_a_minute_are_counted() {
    let house = house()
        .provider_with("counted", Anthropic, "ok", "limits: {rpm: 3}")
        .provider("other", Anthropic, "ok")
        .open()
        .await;
    let ask = Ask::new(Anthropic, Plain);
    let mut by = Vec::new();
    for _ in 0..5 {
        by.push(house.ask(&ask).await.header("x-coderouter-provider").to_owned());
    }
    assert_eq!(by, ["counted", "counted", "counted", "other", "other"]);
}

/// A provider that is waited for was not left, and a wait is told once however often it is looked whether it is over.
#[tokio::test]
async fn who_is_waited_for_was_not_left() {
    let slow = Act::from(Reply::words("Done.")).delay(Duration::from_millis(1_200));
    let house = house()
        .provider_with("narrow", Anthropic, Script::always(slow), "limits: {concurrency: 1}")
        .provider("quick", Anthropic, "ok")
        .another_profile("waiting", &["narrow"])
        .another_profile("noise", &["quick"])
        .open()
        .await;
    let waiting = Ask::new(Anthropic, Plain).header("x-coderouter-profile", "waiting");
    let noise = Ask::new(Anthropic, Plain).header("x-coderouter-profile", "noise");
    let others = async {
        for _ in 0..30 {
            house.ask(&noise).await;
        }
    };
    let (first, second, ()) = tokio::join!(house.ask(&waiting), house.ask(&waiting), others);
    for heard in [first, second] {
        assert_eq!((heard.status(), heard.header("x-coderouter-fallback-chain")), (200, ""));
    }
    let log = house.log();
    assert_eq!(log.matches("request-queued").count(), 1, "{log}");
    assert!(log.matches("skip-rate-limited-provider").count() <= 1, "{log}");
}

/// A wait that was too short is not believed again and again.
#[tokio::test]
async fn tiny_waits_are_not_hammered() {
    together(crossings().map(|crossing| async move {
        let refused = rehearsal::Response::status(429).retry_after("0.001");
        let plan = house().provider("only", crossing.backend, refused).profile("queue_timeout_s: 4");
        let house = plan.open().await;
        let heard = house.ask(&crossing.ask()).await;
        assert_eq!(heard.status(), 429, "{crossing:?}");
        let asked = house.backend("only").requests().len();
        assert!((2..=6).contains(&asked), "{crossing:?}: asked {asked} times in 4 s");
    }))
    .await;
}

/// The end of the last wait is told, not that of the first.
#[tokio::test]
async fn the_latest_wait_is_told() {
    let plan = house().provider("only", Anthropic, "429:1, 429:30").profile("queue_timeout_s: 5");
    let heard = plan.open().await.ask(&Ask::new(Anthropic, Plain)).await;
    assert_eq!((heard.status(), heard.header("retry-after")), (429, "30"));
}
