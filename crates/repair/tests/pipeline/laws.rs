//! Laws: whatever comes in, what goes out is in a legal order, and the same for every cutting.

use crate::fixture::{answer, call, run, terms, text, thinking};
use canon::delta::{Delta, StopReason};
use proptest::prelude::*;

/// Pieces that texts are made of: markup of all kinds, whole and broken, and prose.
const PIECES: &[&str] = &[
    "<tool_call>",
    "</tool_call>",
    "{\"name\": \"Read\", \"arguments\": {\"file_path\": \"a\"}}",
    "{\"name\":\"Bash\",",
    "\"arguments\":{\"command\":\"ls\"}}",
    "<function=Read>",
    "<parameter=file_path>",
    "a.rs",
    "</parameter>",
    "</function>",
    "[TOOL_CALLS]",
    "Read[ARGS]",
    "[Read(file_path=\"a\")]",
    "Read(",
    "<think>",
    "</think>",
    "<|channel|>analysis<|message|>",
    "<|channel|>commentary to=functions.Read<|message|>",
    "<|call|>",
    "<|end|>",
    "```json\n",
    "```\n",
    "`",
    "\n",
    "\n\n",
    " ",
    "for example ",
    "I will look. ",
    "\"",
    "'",
    "}",
    "]",
    "<",
    "｜",
    "<｜DSML｜invoke name=\"Read\">",
    "call:Read{file_path:<|\"|>a<|\"|>}",
    "Action: Read\n",
    "Action Input: {\"file_path\": \"a\"}",
    "Read\n<arg_key>file_path</arg_key><arg_value>",
    "</arg_value>",
    ">>>Read\n",
    "functools[",
    "<tool_response>",
    "é",
    "{",
    "[{",
    "\\",
    "&lt;",
    "Read",
];

fn said() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..14).prop_map(|pieces| pieces.concat())
}

fn block() -> impl Strategy<Value = Vec<Delta>> {
    prop_oneof![
        4 => said().prop_map(|it| text(&it)),
        1 => said().prop_map(|it| thinking(&it)),
        1 => (said(), prop::sample::select(&["", "c", "d"][..])).prop_map(|(it, id)| call(id, "Read", &it)),
        1 => prop::sample::select(&["c", "d"][..]).prop_map(|id| call(id, "bash", "{\"command\": \"ls\"}")),
    ]
}

fn reason() -> impl Strategy<Value = StopReason> {
    prop::sample::select(vec![
        StopReason::EndTurn,
        StopReason::MaxOutput,
        StopReason::Calls,
        StopReason::Other(None),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_cutting_of_every_answer_is_the_same(blocks in prop::collection::vec(block(), 0..4), reason in reason()) {
        let deltas = answer(&blocks, reason);
        let whole = run(terms(), &deltas, usize::MAX >> 8);
        for size in [1, 2, 5, 9] {
            let cut = run(terms(), &deltas, size);
            prop_assert_eq!(&cut.blocks, &whole.blocks, "in pieces of {}", size);
            prop_assert_eq!(&cut.reason, &whole.reason);
            prop_assert_eq!(&cut.ids, &whole.ids);
            prop_assert_eq!(cut.changed, whole.changed);
        }
        // What was not changed is what came in.
        if !whole.changed {
            let came: String = deltas.iter().filter_map(|it| match it {
                Delta::Text(text) | Delta::Thinking(text) | Delta::Arguments(text) => Some(text.read().into_owned()),
                _ => None,
            }).collect();
            let went: String = whole.blocks.iter().map(|it| it.split_once(' ').map_or("", |it| it.1)).collect();
            prop_assert_eq!(came, went);
        }
    }
}
