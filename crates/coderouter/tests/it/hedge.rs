//! A second provider beside one that is slow to speak.

use crate::ask::streams;
use crate::house::house;
use crate::together::together;
use rehearsal::{Act, Reply};
use std::time::{Duration, Instant};

const SOON: &str = "hedge_after_s: 0.3";
/// A tunnel to another machine.
const ELSEWHERE: &str = "local: false";
/// When a slow one comes to an end after all.
const AFTER_ALL: Duration = Duration::from_millis(900);

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

/// What is no answer has not spoken first.
#[tokio::test]
async fn nothing_wins_no_race() {
    let nothings =
        ["empty-answer", "html", "error-200", "error-first", "empty-stream", "end-mid-stream:0", "bad-json"];
    let all = nothings.into_iter().flat_map(|act| streams().map(move |crossing| (act, crossing)));
    together(all.map(|(act, crossing)| async move {
        let house = house()
            .provider("slow", crossing.backend, Act::from(Reply::words("The slow answer.")).delay(AFTER_ALL))
            .provider_with("other", crossing.backend, act, ELSEWHERE)
            .profile(SOON)
            .open()
            .await;
        let heard = house.ask(&crossing.ask()).await;
        assert_eq!(heard.said.text, "The slow answer.", "{act} {crossing:?} {}", heard.everything());
        assert_eq!(heard.header("x-coderouter-provider"), "slow", "{act} {crossing:?}");
    }))
    .await;
}

/// An answer that comes whole wins like one that streams, and is all there.
#[tokio::test]
async fn a_whole_answer_wins_a_race() {
    together(streams().map(|crossing| async move {
        let house = house()
            .provider("slow", crossing.backend, "late:20000")
            .provider_with("quick", crossing.backend, "json-for-stream", ELSEWHERE)
            .profile(SOON)
            .open()
            .await;
        let heard = house.ask(&crossing.ask()).await;
        assert_eq!(heard.failure, None, "{crossing:?}");
        assert!(!heard.said.text.is_empty(), "{crossing:?}");
        assert_eq!(heard.header("x-coderouter-provider"), "quick", "{crossing:?}");
    }))
    .await;
}

/// A second provider that refuses for its rate is waited for like any other where the first one fails as well.
#[tokio::test]
async fn a_rival_at_its_limits_is_waited_for() {
    together(streams().map(|crossing| async move {
        let late = Act::from(rehearsal::Response::status(500)).delay(AFTER_ALL);
        let house = house()
            .provider("slow", crossing.backend, late)
            .provider_with("other", crossing.backend, "429:1, ok", ELSEWHERE)
            .profile(SOON)
            .open()
            .await;
        let heard = house.ask(&crossing.ask()).await;
        assert_eq!(heard.failure, None, "{crossing:?}");
        assert_eq!(heard.header("x-coderouter-provider"), "other", "{crossing:?}");
    }))
    .await;
}
