//! Answers that break off and go on at another provider.

use crate::ask::{Anthropic, streams};
use crate::house::house;
use crate::together::together;
use rehearsal::{Answer, Dialect, Mishap, Part, Point, Reply, ToolCall, Usage};
use serde_json::{Value, json};

const RESUME: &str = "partial_stitch_action: resume";
const PREFILL: &str = "capabilities: {prefill: plain}";
const SAID: &str = "This answer has a ";

/// The text of the last turn of a request, whatever its form.
fn last_turn(request: &Value) -> (String, String) {
    let turn = request["messages"].as_array().and_then(|turns| turns.last()).expect("a turn").clone();
    let text = match &turn["content"] {
        Value::String(text) => text.clone(),
        parts => parts[0]["text"].as_str().unwrap_or_default().to_owned(),
    };
    (turn["role"].as_str().unwrap_or_default().to_owned(), text)
}

#[tokio::test]
async fn an_answer_goes_on_at_the_next_provider() {
    let breaks = ["die-mid-stream:4", "end-mid-stream:4", "error-frame:4"];
    let all = breaks.into_iter().flat_map(|act| streams().map(move |crossing| (act, crossing)));
    together(all.map(|(act, crossing)| async move {
        let other = if crossing.backend == Anthropic { Dialect::OpenAi } else { Anthropic };
        let house = house()
            .provider("first", crossing.backend, act)
            .provider("unable", crossing.backend, "ok")
            .provider_with("second", other, Reply::words("happy end."), PREFILL)
            .profile(RESUME)
            .open()
            .await;
        let heard = house.ask(&crossing.ask()).await;
        assert_eq!(heard.failure, None, "{act} {crossing:?} {}", heard.everything());
        assert_eq!(heard.said.text, format!("{SAID}happy end."), "{act} {crossing:?}");
        let asked = house.backend("second").requests();
        assert_eq!(last_turn(&asked[0].json()), ("assistant".to_owned(), SAID.trim_end().to_owned()));
        assert_eq!(house.backend("unable").requests().len(), 0);
        assert!(house.log().contains("partial-stitch-resumed"));
    }))
    .await;
}

#[tokio::test]
async fn nobody_is_paid_for_what_another_wrote() {
    together(streams().map(|crossing| async move {
        let usage = Usage { input: 10, output: 3, ..Usage::default() };
        let house = house()
            .root("allow_paid: true")
            .provider("first", crossing.backend, "die-mid-stream:4")
            .provider_with(
                "dear",
                crossing.backend,
                Reply::words("happy end.").usage(usage),
                "paid: true\ncost: {input_tokens_per_million: 0, output_tokens_per_million: 1000000}\ncapabilities: {prefill: plain}",
            )
            .profile(RESUME)
            .open()
            .await;
        let heard = house.ask(&crossing.ask()).await;
        assert_eq!(heard.said.text, format!("{SAID}happy end."), "{crossing:?}");
        let log = house.log();
        let line = log.lines().find(|line| line.contains("\"cache-observed\"") && line.contains("\"dear\""));
        let line: Value = serde_json::from_str(line.expect("a line of what it cost")).expect("JSON");
        assert_eq!((&line["output_tokens"], &line["cost_usd"]), (&3.into(), &3.into()), "{crossing:?}");
    }))
    .await;
}

#[tokio::test]
async fn a_repeated_beginning_is_said_once() {
    together(streams().map(|crossing| async move {
        let house = house()
            .provider("first", crossing.backend, "die-mid-stream:4")
            .provider_with("second", crossing.backend, Reply::words("This answer has a happy end."), PREFILL)
            .profile(RESUME)
            .open()
            .await;
        let heard = house.ask(&crossing.ask()).await;
        assert_eq!(heard.said.text, format!("{SAID}happy end."), "{crossing:?}");
    }))
    .await;
}

#[tokio::test]
async fn nobody_to_go_on_means_a_short_answer() {
    together(streams().map(|crossing| async move {
        let house = house()
            .provider("first", crossing.backend, "die-mid-stream:4")
            .provider("second", crossing.backend, "ok")
            .profile(RESUME)
            .open()
            .await;
        let heard = house.ask(&crossing.ask()).await;
        assert_eq!(heard.failure, None, "{crossing:?}");
        assert!(heard.said.text.starts_with(SAID), "{crossing:?}");
        assert!(matches!(&*heard.said.stop, "max_tokens" | "length"), "{crossing:?} {}", heard.said.stop);
    }))
    .await;
}

#[tokio::test]
async fn a_call_that_broke_off_is_made_by_the_next() {
    together(streams().map(|crossing| async move {
        let call = || ToolCall::new("Write", &json!({ "content": "abcdefghijklmnop" })).in_pieces(3);
        let broken: Answer = Reply::words("I write it. ").part(call()).answer();
        let broken = broken.fails(Point::Contents(6), Mishap::Close);
        let house = house()
            .provider("first", crossing.backend, broken)
            .provider_with(
                "second",
                crossing.backend,
                Reply::empty().part(Part::words("Now. ")).part(call()),
                PREFILL,
            )
            .profile(RESUME)
            .open()
            .await;
        let heard = house.ask(&crossing.ask().tools()).await;
        assert_eq!(heard.failure, None, "{crossing:?} {}", heard.everything());
        assert_eq!(heard.said.text, "I write it. Now. ", "{crossing:?}");
        assert_eq!(heard.said.calls.len(), 1, "{crossing:?}");
        assert_eq!(heard.said.calls[0].input(), json!({ "content": "abcdefghijklmnop" }));
    }))
    .await;
}

#[tokio::test]
async fn a_chain_of_breaks_is_one_answer() {
    together(streams().map(|crossing| async move {
        let house = house()
            .provider("first", crossing.backend, "die-mid-stream:4")
            .provider_with("second", crossing.backend, "refuses", PREFILL)
            .provider_with("third", crossing.backend, "500", "capabilities: {prefill: vllm}")
            .provider_with(
                "fourth",
                crossing.backend,
                Reply::words("long way home."),
                "capabilities: {prefill: vllm}",
            )
            .profile(RESUME)
            .open()
            .await;
        let heard = house.ask(&crossing.ask()).await;
        assert_eq!(heard.said.text, format!("{SAID}long way home."), "{crossing:?}");
        let asked = house.backend("fourth").requests()[0].json();
        assert_eq!(asked["continue_final_message"], true, "{crossing:?}");
        assert_eq!(asked["add_generation_prompt"], false, "{crossing:?}");
    }))
    .await;
}

/// No wire takes both the beginning of an answer and a demand to think first, and the counts are those of one answer.
#[tokio::test]
async fn who_goes_on_is_not_asked_to_think_first() {
    together(streams().map(|crossing| async move {
        let house = house()
            .provider("first", crossing.backend, "die-mid-stream:4")
            .provider_with("second", crossing.backend, Reply::words("happy end."), PREFILL)
            .profile(RESUME)
            .open()
            .await;
        let heard = house.ask(&crossing.ask().thinking()).await;
        assert_eq!(heard.said.text, format!("{SAID}happy end."), "{crossing:?}");
        assert!(matches!(&*heard.said.stop, "end_turn" | "stop"), "{crossing:?} {}", heard.said.stop);
        let asked = house.backend("second").requests()[0].json();
        for field in ["thinking", "reasoning_effort", "reasoning"] {
            assert!(asked.get(field).is_none(), "{crossing:?} {field} {asked}");
        }
    }))
    .await;
}
