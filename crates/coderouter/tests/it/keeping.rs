//! Clients that wait: a backend says nothing for long, and they are kept without being committed to it.

use crate::ask::{Anthropic, Crossing, streams};
use crate::heard::Heard;
use crate::house::{House, house};
use crate::quirks::{FATAL, NAMELESS, speaks};
use crate::together::{across, together};
use rehearsal::{Act, Quirk, Reply, ToolCall};
use serde_json::json;
use std::time::{Duration, Instant};

/// The shortest time a configuration allows before a client is sent something.
const SOON: &str = "keepalive_after_s: 1";

const KEPT: Duration = Duration::from_millis(990);

/// An answer, and when its first and last pieces had come.
struct Waited {
    heard: Heard,
    first: Duration,
    last: Duration,
}

async fn wait(house: &House, crossing: Crossing) -> Waited {
    let started = Instant::now();
    let heard = house.ask(&crossing.ask()).await;
    let at = |piece: Option<&(Instant, usize)>| piece.expect("a body").0 - started;
    let pieces = &heard.answer.pieces;
    let (first, last) = (at(pieces.first()), at(pieces.last()));
    Waited { heard, first, last }
}

/// The client was sent something long before the answer came.
fn check_kept(waited: &Waited, what: &str) {
    let (first, last) = (waited.first, waited.last);
    assert!(first >= KEPT, "{what}: first piece after {first:?}");
    assert!(last >= first + Duration::from_millis(100), "{what}: all of it after {first:?}");
}

/// The grammar has seen one message: the frame that kept the client and the backend's own have become one.
#[tokio::test]
async fn a_slow_backends_answer_goes_on_in_the_frame_that_kept_the_client() {
    let all = across(&["late:1600", "late-body:1600"], streams());
    together(all.into_iter().map(|(act, crossing)| async move {
        let house = house().provider("first", crossing.backend, act).profile(SOON).open().await;
        let waited = wait(&house, crossing).await;
        check_kept(&waited, act);
        let heard = &waited.heard;
        assert!(heard.said.text.ends_with("middle."), "{act} {crossing:?}");
        assert_eq!((heard.failure.as_ref(), heard.header("x-coderouter-profile")), (None, "main"));
        if crossing.client == Anthropic {
            assert!(heard.said.first_usage["input_tokens"].as_u64() > Some(0), "an estimate: {crossing:?}");
        }
    }))
    .await;
}

/// However a backend begins, its beginning is merged into the frame that kept the client.
#[tokio::test]
async fn every_way_to_write_an_answer_goes_on_in_that_frame() {
    let all = Quirk::all().flat_map(|quirk| streams().map(move |crossing| (quirk, crossing)));
    together(all.filter(|(quirk, crossing)| speaks(crossing, *quirk)).map(|(quirk, crossing)| async move {
        let call = ToolCall::new("Write", &json!({ "content": "abc" })).in_pieces(4);
        let answer = Reply::words("One two. ").part(call).answer().quirk(quirk);
        let late = Act::from(answer).delay(Duration::from_millis(1_100));
        let plan =
            house().provider("first", crossing.backend, late).provider("second", crossing.backend, "ok");
        let heard = plan.profile(SOON).open().await.ask(&crossing.ask().tools()).await;
        let what = format!("{} {crossing:?} {}", quirk.name(), heard.everything());
        assert!(heard.failure.is_none(), "{what}");
        let answered = !FATAL.contains(&quirk.name()) && !NAMELESS.contains(&quirk.name());
        assert_eq!(heard.said.calls.len(), usize::from(answered), "{what}");
    }))
    .await;
}

#[tokio::test]
async fn fallback_still_works_behind_a_kept_client() {
    let all = across(&["hang", "hang-after-head", "hang-after-start"], streams());
    together(all.into_iter().map(|(act, crossing)| async move {
        let other = if crossing.backend == Anthropic { rehearsal::Dialect::OpenAi } else { Anthropic };
        let house = house()
            .provider_with("silent", crossing.backend, act, "ttft_timeout_s: 1.6")
            .provider("busy", other, "429")
            .provider("steady", crossing.backend, Reply::words("The steady answer."))
            .profile(SOON)
            .open()
            .await;
        let waited = wait(&house, crossing).await;
        check_kept(&waited, act);
        assert_eq!(waited.heard.said.text, "The steady answer.", "{act} {crossing:?}");
        assert_eq!(waited.heard.failure, None, "{act} {crossing:?}");
    }))
    .await;
}

#[tokio::test]
async fn an_error_behind_a_kept_client_comes_in_the_stream() {
    together(streams().map(|crossing| async move {
        let plan = house().provider_with("silent", crossing.backend, "hang", "ttft_timeout_s: 1.6").provider(
            "broken",
            crossing.backend,
            "500",
        );
        let house = plan.profile(SOON).open().await;
        let waited = wait(&house, crossing).await;
        check_kept(&waited, "hang, 500");
        assert_eq!(waited.heard.status(), 200, "{crossing:?}");
        let failure = waited.heard.failed();
        assert!(failure.message.contains("all providers failed"), "{crossing:?} {failure:?}");
    }))
    .await;
}

/// While a fault can still be a status, it is one.
#[tokio::test]
async fn nothing_is_sent_before_its_time() {
    together(streams().map(|crossing| async move {
        let plan = house().provider_with("silent", crossing.backend, "hang", "timeout_s: 1");
        let waited = wait(&plan.open().await, crossing).await;
        assert_eq!(waited.heard.status(), 502, "{crossing:?}");
    }))
    .await;
}
