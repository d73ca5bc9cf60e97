//! Backends that go down and come back.

use crate::ask::{Anthropic, Ask, Plain, Stream};
use crate::house::{House, house};
use rehearsal::Script;
use std::time::{Duration, Instant};

const EXCLUDE: &str =
    "backend_health_action: exclude\nbackend_health_threshold: 2\nrecovery_probe_initial_s: 5";

/// Who answers a conversation that has no home yet.
async fn provider(house: &House) -> String {
    let session = fastrand::u64(..).to_string();
    let ask = Ask::new(Anthropic, Plain).header("session-id", &session);
    house.ask(&ask).await.header("x-coderouter-provider").to_owned()
}

#[tokio::test]
async fn an_excluded_provider_is_left_alone_and_comes_back_by_its_probe() {
    let house = house()
        .root("health_cache: {action: off}")
        .provider("shaky", Anthropic, "500")
        .provider("steady", Anthropic, "ok")
        .profile(EXCLUDE)
        .open()
        .await;
    for _ in 0..6 {
        assert_eq!(provider(&house).await, "steady");
    }
    assert_eq!(house.backend("shaky").requests().len(), 4, "twice the threshold, and no more");
    house.backend("shaky").switch_to(Script::from_name("ok").expect("a script"));
    let began = Instant::now();
    while provider(&house).await != "shaky" {
        assert!(began.elapsed() < Duration::from_secs(20), "it did not come back");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let log = house.log();
    for event in ["self-healing-exclude", "self-healing-recovery-probe", "self-healing-restore", "UNHEALTHY"]
    {
        assert!(log.contains(event), "{event}: {log}");
    }
}

#[tokio::test]
async fn a_probe_sees_a_dead_provider_before_anybody_asks_it() {
    let house = house()
        .root("continuous_probe: active\nprobe_interval_s: 5\nhealth_cache: {failure_threshold: 1}")
        .provider("dead", Anthropic, "refuses")
        .provider("steady", Anthropic, "ok")
        .open()
        .await;
    tokio::time::sleep(Duration::from_millis(5_700)).await;
    assert_eq!(provider(&house).await, "steady");
    let log = house.log();
    assert!(log.contains("probe-completed") && log.contains("probe-round-completed"), "{log}");
    assert!(log.contains("provider-flagged-unhealthy"), "{log}");
    assert!(!log.contains("\"try-provider\",\"provider\":\"dead\""), "it was not asked: {log}");
}

#[tokio::test]
async fn the_health_cache_lets_one_request_find_out() {
    let house = house()
        .root("health_cache: {failure_threshold: 2, unhealthy_backoff_s: 1}")
        .provider("shaky", Anthropic, "500")
        .provider("steady", Anthropic, "ok")
        .open()
        .await;
    for _ in 0..4 {
        assert_eq!(provider(&house).await, "steady");
    }
    assert_eq!(house.backend("shaky").requests().len(), 2);
    house.backend("shaky").switch_to(Script::from_name("ok").expect("a script"));
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(provider(&house).await, "shaky");
}

#[tokio::test]
async fn streams_that_die_count_against_health() {
    let house = house()
        .provider("dying", Anthropic, "die-mid-stream:2")
        .provider("steady", Anthropic, "ok")
        .open()
        .await;
    for _ in 0..2 {
        house.ask(&Ask::new(Anthropic, Stream).header("session-id", "one")).await;
    }
    let ask = Ask::new(Anthropic, Stream).header("session-id", "another");
    house.ask(&ask).await;
    let again = house.ask(&ask.header("x-nothing", "1")).await;
    assert_eq!(again.header("x-coderouter-provider"), "steady");
    assert!(house.log().contains("provider-flagged-unhealthy"));
}

/// A request that goes by an older configuration may take out a provider that is no longer there. Nobody tries to
/// bring that back again and again, and somebody does once it is there again.
#[tokio::test]
async fn who_is_gone_is_not_brought_back_and_who_returns_is() {
    let plan = || house().provider("steady", Anthropic, "ok").profile(EXCLUDE);
    let house = plan().provider("gone", Anthropic, "ok").open().await;
    let others = plan().open().await;
    let before = house.router.setup.load_full();
    house.router.replace(others.router.setup.load().config.clone(), &|_: &str| None).expect("sane hosts");
    let provider = before.config.provider("gone").expect("it was there").clone();
    for _ in 0..4 {
        let (now, config) = (coderouter::exchange::now(), &before.config);
        let _ = house.router.view.probed(config, &provider, Err("gone"), now);
    }
    assert_eq!(house.router.view.excluded().len(), 1);
    let mut healing = Box::pin(coderouter::healing::run(std::sync::Arc::clone(&house.router)));
    let mut polls = 0;
    let counted = std::future::poll_fn(|cx| {
        polls += 1;
        healing.as_mut().poll(cx)
    });
    let _ = tokio::time::timeout(Duration::from_millis(500), counted).await;
    assert!(polls < 20, "{polls} times in half a second");
    drop(healing);
    house.router.replace(before.config.clone(), &|_: &str| None).expect("sane hosts");
    let began = Instant::now();
    while !house.router.view.excluded().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(15), "it did not come back");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
