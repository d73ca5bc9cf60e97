//! The corpus of model texts through real sockets: each case on one of the crossings, in turn, so that every family meets
//! every wire. What must come out is told by the corpus.

#[path = "../../../repair/tests/golden/case.rs"]
#[expect(dead_code, reason = "the tests of the scanner need all of it")]
mod case;

use crate::ask::{Ask, Crossing, OpenAi, crossings};
use crate::house::{House, house};
use case::{Block, Case};
use rehearsal::{Dialect, Part, Reply, Script, Stop};
use repair::cursor::Edge;
use repair::value::Value;
use serde_json::json;

/// Characters in a piece of a stream.
const PIECE: usize = 7;

#[tokio::test]
async fn the_corpus_comes_out_right_on_every_wire() {
    let crossings: Vec<Crossing> = crossings().collect();
    let mut houses = Vec::new();
    for crossing in &crossings {
        houses.push(house().provider("first", crossing.backend, "ok").open().await);
    }
    let (mut all, mut wrong) = (0, Vec::new());
    let corpus = case::cases("formats").into_iter().chain(case::cases("negatives"));
    for (at, case) in
        corpus.filter(|case| case.tools && !case.thinking && !case.raw.trim().is_empty()).enumerate()
    {
        let place = at % crossings.len();
        all += 1;
        if let Err(how) = check(&case, crossings[place], &houses[place]).await {
            wrong.push(format!("{:?} {}: {}: {how}\n{}", crossings[place], case.file, case.title, case.raw));
        }
    }
    wrong.iter().take(10).for_each(|it| println!("{it}\n"));
    assert!(wrong.len() * 100 <= all, "{} of {all} came out wrong", wrong.len());
}

async fn check(case: &Case, crossing: Crossing, house: &House) -> Result<(), String> {
    let chars: Vec<char> = case.raw.chars().collect();
    let pieces = chars.chunks(PIECE).map(|piece| piece.iter().collect()).collect();
    let mut reply = Reply::empty().part(Part::Text(pieces));
    if case.edge == Edge::Cut {
        reply = reply.stop(Stop::MaxTokens);
    }
    house.backend("first").switch_to(Script::always(reply));
    let ask: Ask = crossing.ask().with("tools", tools(crossing.client));
    let heard = house.ask(&ask).await;
    let expected: Vec<(&String, Value<'_>)> = case
        .expected
        .iter()
        .filter_map(|block| match block {
            Block::Call(name, arguments) => Some((name, case::json(arguments))),
            Block::Text(_) | Block::Thinking(_) => None,
        })
        .collect();
    let got: Vec<(String, Value<'_>)> =
        heard.said.calls.iter().map(|call| (call.name.clone(), case::json(&call.arguments))).collect();
    let same = got.len() == expected.len()
        && got.iter().zip(&expected).all(|(got, expected)| got.0 == *expected.0 && got.1.same(&expected.1));
    if !same {
        return Err(format!("{got:?} instead of {expected:?}"));
    }
    let negative = case.expected.is_empty() && case.edge == Edge::Stopped;
    if negative && heard.said.text != case.raw {
        return Err(format!("the text became {}", heard.said.text));
    }
    Ok(())
}

/// The tools of the corpus, as a dialect declares them.
fn tools(client: Dialect) -> serde_json::Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../golden/repair/tools.json");
    let text = std::fs::read_to_string(path).expect("tools.json");
    let tools: Vec<serde_json::Value> = serde_json::from_str(&text).expect("a list of tools");
    let declared = tools.into_iter().map(|tool| match client {
        OpenAi => json!({ "type": "function", "function": tool }),
        Dialect::Anthropic => json!({
            "name": tool["name"], "description": tool["description"], "input_schema": tool["parameters"],
        }),
    });
    declared.collect()
}
