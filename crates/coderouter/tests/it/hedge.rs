//! A second provider beside one that is slow to speak.

use crate::ask::streams;
use crate::house::house;
use crate::together::together;
use rehearsal::Reply;
use std::time::{Duration, Instant};

const SOON: &str = "hedge_after_s: 0.3";
/// A tunnel to another machine.
const ELSEWHERE: &str = "local: false";

#[tokio::test]
async fn whoever_speaks_first_answers() {
    together(streams().map(|crossing| async move {
        for slow in ["late:20000", "hang", "hang-after-head", "hang-after-start"] {
            let house = house()
                .provider("slow", crossing.backend, slow)
                .provider_with("quick", crossing.backend, Reply::words("The quick answer."), ELSEWHERE)
                .profile(SOON)
                .open()
                .await;
            let began = Instant::now();
            let heard = house.ask(&crossing.ask()).await;
            assert!(began.elapsed() < Duration::from_secs(10), "{slow} {crossing:?}");
            assert_eq!(heard.failure, None, "{slow} {crossing:?}");
            assert_eq!(heard.said.text, "The quick answer.", "{slow} {crossing:?}");
            assert_eq!(heard.header("x-coderouter-provider"), "quick");
            assert_eq!(heard.header("x-coderouter-fallback-reason"), "hedged");
            let log = house.log();
            assert!(log.contains("hedge-started") && log.contains("hedge-decided"), "{log}");
        }
    }))
    .await;
}

#[tokio::test]
async fn a_quick_provider_is_asked_alone() {
    together(streams().map(|crossing| async move {
        let house = house()
            .provider("first", crossing.backend, Reply::words("The first answer."))
            .provider_with("second", crossing.backend, "ok", ELSEWHERE)
            .profile(SOON)
            .open()
            .await;
        let heard = house.ask(&crossing.ask()).await;
        assert_eq!(heard.said.text, "The first answer.", "{crossing:?}");
        assert_eq!(house.backend("second").requests().len(), 0);
    }))
    .await;
}

#[tokio::test]
async fn the_slow_one_may_still_win() {
    together(streams().map(|crossing| async move {
        for other in ["hang", "500", "refuses", "late:20000"] {
            let house = house()
                .provider("slow", crossing.backend, "late:900")
                .provider_with("other", crossing.backend, other, ELSEWHERE)
                .profile(SOON)
                .open()
                .await;
            let heard = house.ask(&crossing.ask()).await;
            assert_eq!(heard.failure, None, "{other} {crossing:?}");
            assert_eq!(heard.header("x-coderouter-provider"), "slow", "{other} {crossing:?}");
        }
    }))
    .await;
}

#[tokio::test]
async fn a_slow_one_that_fails_leaves_the_other() {
    together(streams().map(|crossing| async move {
        let late = rehearsal::Act::from(rehearsal::Response::status(500)).delay(Duration::from_millis(600));
        let house = house()
            .provider("slow", crossing.backend, late)
            .provider_with("other", crossing.backend, "late:1200", ELSEWHERE)
            .profile(SOON)
            .open()
            .await;
        let heard = house.ask(&crossing.ask()).await;
        assert_eq!(heard.failure, None, "{crossing:?}");
        assert_eq!(heard.header("x-coderouter-provider"), "other", "{crossing:?}");
        assert_eq!(heard.header("x-coderouter-fallback-from"), "slow", "{crossing:?}");
    }))
    .await;
}

#[tokio::test]
async fn nobody_is_hedged_by_the_same_machine_or_for_money() {
    together(streams().map(|crossing| async move {
        let house = house()
            .root("allow_paid: true")
            .provider("slow", crossing.backend, "late:900")
            .provider("same-machine", crossing.backend, "ok")
            .provider_with("paid", crossing.backend, "ok", "local: false\npaid: true")
            .profile(SOON)
            .open()
            .await;
        let heard = house.ask(&crossing.ask()).await;
        assert_eq!(heard.header("x-coderouter-provider"), "slow", "{crossing:?}");
        assert_eq!(
            house.backend("same-machine").requests().len() + house.backend("paid").requests().len(),
            0
        );
    }))
    .await;
}
