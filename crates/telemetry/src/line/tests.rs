//! Every fact as both lines, a row each: its name, level, fields and words. The laws of all lines are in `laws`.

mod auto_routed;
mod backend;
mod flow;
mod guarded;
mod laws;
mod process;
mod quality;
mod requests;
mod skips;

use super::*;
use crate::redact::Redactor;
use canon::event::{Event, Fact};
use canon::id::RequestId;
use std::time::{Duration, UNIX_EPOCH};

fn redactor() -> Redactor {
    Redactor::new([("KEY".to_owned(), "abcdEFGH12345678".to_owned())])
}

fn event(fact: Fact) -> Event {
    let at = UNIX_EPOCH + Duration::from_millis(1_770_091_506_789);
    Event { at, request: Some(RequestId::new(0x1a2b_0000_0000_0000)), fact }
}

fn lines(event: &Event) -> (String, String) {
    let (mut json, mut short) = (Vec::new(), Vec::new());
    write_json(event, &redactor(), &mut json);
    write_short(event, &redactor(), UtcOffset::default(), &mut short);
    (String::from_utf8(json).unwrap(), String::from_utf8(short).unwrap())
}

/// The payload between what begins and ends every line, and the words behind the time and the request.
#[track_caller]
fn check(fact: Fact, level: &str, payload: &str, words: &str) {
    let told = event(fact);
    let (json, short) = lines(&told);
    let head = format!(r#"{{"ts":"2026-02-03T04:05:06.789Z","level":"{level}","logger":"coderouter","msg":"#);
    let tail = ",\"request_id\":\"req_1a2b000000000000\"}\n";
    assert_eq!(json, format!("{head}{payload}{tail}"));
    serde_json::from_str::<serde_json::Value>(&json).unwrap();
    let (name, word) = name(&told.fact);
    let mut fields = Vec::new();
    write_fields(&told, &redactor(), &mut fields);
    let fields = String::from_utf8(fields).unwrap();
    let rest = payload.strip_prefix(&format!("\"{name}\"")).unwrap().trim_start_matches(',');
    let comma = if rest.is_empty() { "" } else { "," };
    assert_eq!((word, fields), (level, format!("{{{rest}{comma}{}}}", &tail[1..tail.len() - 2])));
    let words = if words.is_empty() { String::new() } else { format!("04:05:06 req_1a2b {words}\n") };
    assert_eq!(short, words);
}
