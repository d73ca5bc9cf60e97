//! Backends that write their dialect differently: what comes in may be in any order and shape, what goes out is
//! legal. The task is a file to be written, so that quirks of calls show too.

use crate::ask::{Anthropic, Crossing, OpenAi, Stream, crossings};
use crate::heard::Heard;
use crate::house::house;
use crate::together::together;
use rehearsal::{Quirk, Task};
use serde_json::json;

/// Quirks of streams that leave no answer: the next provider gives it.
pub(crate) const FATAL: &[&str] = &["anthropic-error-first", "openai-error-first"];

/// In a stream, quirks that take the call's name away: what remains is the text before it.
pub(crate) const NAMELESS: &[&str] = &["anthropic-no-block-start"];

async fn ask(crossing: Crossing, quirk: Quirk) -> Heard {
    let second = rehearsal::Act::from(Task::create_file());
    let plan = house().provider("first", crossing.backend, quirk.name()).provider(
        "second",
        crossing.backend,
        second,
    );
    let user = json!([{ "role": "user", "content": "Create the file a.txt with the text abc." }]);
    plan.open().await.ask(&crossing.ask().tools().with("messages", user)).await
}

fn check(crossing: Crossing, quirk: Quirk, heard: &Heard) {
    let what = format!("{} {crossing:?}\n{}", quirk.name(), heard.everything());
    assert_eq!((heard.status(), heard.failure.as_ref()), (200, None), "{what}");
    let said = &heard.said;
    if NAMELESS.contains(&quirk.name()) && crossing.form == Stream {
        return assert_eq!((said.text.trim(), said.calls.len()), ("I will do that.", 0), "{what}");
    }
    assert_eq!(said.calls.len(), 1, "{what}");
    let call = &said.calls[0];
    assert_eq!((call.name.as_str(), call.input()["content"].as_str()), ("Write", Some("abc")), "{what}");
    let stop = if crossing.client == Anthropic { "tool_use" } else { "tool_calls" };
    assert_eq!(said.stop, stop, "{what}");
    let fatal = FATAL.contains(&quirk.name()) && crossing.form == Stream;
    let provider = if fatal { "second" } else { "first" };
    assert_eq!(heard.header("x-coderouter-provider"), provider, "{what}");
}

/// Whether the quirk is one of the backend's dialect.
pub(crate) fn speaks(crossing: &Crossing, quirk: Quirk) -> bool {
    match quirk {
        Quirk::Sse(_) => true,
        Quirk::Anthropic(_) => crossing.backend == Anthropic,
        Quirk::OpenAi(_) => crossing.backend == OpenAi,
    }
}

#[tokio::test]
async fn whatever_comes_in_what_goes_out_is_legal() {
    let all = Quirk::all().flat_map(|quirk| crossings().map(move |crossing| (quirk, crossing)));
    let all = all.filter(|(quirk, crossing)| speaks(crossing, *quirk));
    together(all.map(|(quirk, crossing)| async move {
        check(crossing, quirk, &ask(crossing, quirk).await);
    }))
    .await;
}

/// Two calls whose pieces alternate come out as two.
#[tokio::test]
async fn parallel_calls_stay_apart() {
    use rehearsal::{Reply, ToolCall, anthropic, openai};
    let read = |path: &str| ToolCall::new("Read", &json!({ "file_path": path })).in_pieces(4);
    let rows: &[(Quirk, rehearsal::Dialect)] = &[
        (anthropic::Quirk::InterleavedBlocks.into(), Anthropic),
        (anthropic::Quirk::IndexGaps.into(), Anthropic),
        (openai::Quirk::InterleavedCalls.into(), OpenAi),
        (openai::Quirk::SameToolIndex.into(), OpenAi),
        (openai::Quirk::NoToolIndex.into(), OpenAi),
        (openai::Quirk::RepeatedIds.into(), OpenAi),
        (openai::Quirk::WholeCalls.into(), OpenAi),
        (openai::Quirk::NullIds.into(), OpenAi),
    ];
    for (quirk, backend) in rows {
        for crossing in crossings().filter(|crossing| crossing.backend == *backend) {
            let answer = Reply::empty().part(read("/first")).part(read("/second")).answer().quirk(*quirk);
            let heard =
                house().provider("first", *backend, answer).open().await.ask(&crossing.ask().tools()).await;
            let calls: Vec<_> =
                heard.said.calls.iter().map(|call| call.input()["file_path"].clone()).collect();
            assert_eq!(calls, ["/first", "/second"], "{} {crossing:?} {}", quirk.name(), heard.body());
        }
    }
}
