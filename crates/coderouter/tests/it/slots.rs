//! Slots of a llama.cpp server: asked for beside requests, handed out to conversations, moved to files and back.

use crate::ask::{Anthropic, Ask, OpenAi, Stream};
use crate::house::{House, house};
use rehearsal::{Act, Reply, Response, Script, Seen, Step};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How a server answers questions about itself.
#[derive(Clone, Copy)]
struct Server {
    slots: u32,
    has_folder: bool,
    /// Whether moves work that it says it can do.
    moves: bool,
    /// Whether its template leaves instructions where they stand.
    keeps: bool,
}

impl Server {
    fn answer(self, seen: &Seen) -> Act {
        let text = |status, text: String| Act::from(Response::json_text(status, text));
        let target = seen.target.as_str();
        if target.ends_with("/props") {
            return text(200, json!({ "total_slots": self.slots, "model_path": "tiny.gguf" }).to_string());
        }
        if target.ends_with("/apply-template") {
            let refusal = json!({ "error": { "message": "System message must be at the beginning" } });
            let body: Value = serde_json::from_slice(&seen.body).expect("JSON");
            let prompt = json!({ "prompt": body["messages"].to_string() });
            return if self.keeps { text(200, prompt.to_string()) } else { text(400, refusal.to_string()) };
        }
        if target.contains("/slots/") {
            return match (self.has_folder, is_probe(seen) || !self.moves) {
                (false, _) => text(501, json!({ "error": { "code": 501 } }).to_string()),
                (true, true) => text(400, json!({ "error": { "message": "Invalid filename" } }).to_string()),
                (true, false) => text(200, json!({ "n_written": 1000 }).to_string()),
            };
        }
        Act::from(Reply::text("Done."))
    }

    async fn open(self, settings: &str) -> House {
        self.open_with(settings, move |seen| self.answer(seen)).await
    }

    /// The same where some requests are answered in another way.
    async fn open_with(self, settings: &str, answer: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> House {
        let script = Script::function(answer).everywhere();
        let house = house().provider_with("first", OpenAi, script, settings).open().await;
        let wanted = if self.has_folder && settings.contains("slot_files: auto") { 3 } else { 2 };
        house.backend("first").wait_for(wanted).await.expect("questions");
        // The answer to the last question is on its way.
        tokio::time::sleep(Duration::from_millis(100)).await;
        house
    }
}

/// Whether it is the question for a folder.
fn is_probe(seen: &Seen) -> bool {
    seen.body.starts_with(br#"{"filename":"../"#)
}

const LINE: &str = "x-anthropic-billing-header: cc_version=2.1.197.68e; cc_entrypoint=cli;";

fn turn(session: &str) -> Ask {
    let text = |text: &str| json!({ "type": "text", "text": text });
    Ask::new(Anthropic, Stream)
        .with("system", json!([text(LINE), text("You are a coding agent.")]))
        .with("messages", json!([{ "role": "user", "content": "Do it." }]))
        .header("x-claude-code-session-id", session)
        .tools()
}

/// The slot a request asked for and whether it kept the line.
async fn asked(house: &House, ask: &Ask) -> (Option<u64>, bool) {
    assert_eq!(house.ask(ask).await.status(), 200);
    let seen = calls(house).pop().expect("a request");
    let body: Value = serde_json::from_slice(&seen.body).expect("JSON");
    (body["id_slot"].as_u64(), body.to_string().contains("billing-header"))
}

fn calls(house: &House) -> Vec<Seen> {
    let mut seen = house.backend("first").requests();
    seen.retain(|seen| seen.target.ends_with("/chat/completions"));
    seen
}

/// The moves so far: the action, the slot, the number of the file.
fn moves(house: &House) -> Vec<String> {
    let seen = house.backend("first").requests().into_iter();
    let moves = seen.filter(|seen| seen.target.contains("/slots/") && !is_probe(seen));
    moves
        .map(|seen| {
            let body: Value = serde_json::from_slice(&seen.body).expect("JSON");
            let file = body["filename"].as_str().expect("a name");
            let number = file.trim_end_matches(".bin").rsplit('-').next().expect("a number");
            let (slot, action) = seen.target["/slots/".len()..].split_once("?action=").expect("an action");
            format!("{action} {slot} {number}")
        })
        .collect()
}

#[tokio::test]
async fn conversations_get_slots_where_there_are_enough() {
    let server = Server { slots: 2, has_folder: false, moves: false, keeps: false };
    let house = server.open("slot_affinity_slots: auto").await;
    for _ in 0..2 {
        assert_eq!(asked(&house, &turn("a")).await, (Some(0), true));
        assert_eq!(asked(&house, &turn("b")).await, (Some(1), true));
    }
    assert_eq!(asked(&house, &turn("c")).await, (None, true), "more than there are slots");
    assert_eq!(asked(&house, &turn("a")).await, (None, true));
}

#[tokio::test]
async fn one_slot_is_the_servers_own() {
    let server = Server { slots: 1, has_folder: true, moves: true, keeps: false };
    let house = server.open("slot_affinity_slots: auto").await;
    assert_eq!(asked(&house, &turn("a")).await, (None, true));
    assert_eq!(moves(&house), [""; 0]);
}

#[tokio::test]
async fn prompts_are_moved_to_files_and_back() {
    let server = Server { slots: 1, has_folder: true, moves: true, keeps: false };
    let house = server.open("slot_affinity_slots: auto\nslot_files: auto").await;
    for session in ["a", "b", "a"] {
        assert_eq!(asked(&house, &turn(session)).await, (Some(0), false));
    }
    assert_eq!(moves(&house), ["save 0 0", "save 0 1", "restore 0 0"]);
}

#[tokio::test]
async fn conversations_that_start_in_one_moment_read_their_beginning_once() {
    let server = Server { slots: 2, has_folder: true, moves: true, keeps: false };
    let slow = move |seen: &Seen| match seen.target.ends_with("/chat/completions") {
        true => server.answer(seen).delay(Duration::from_millis(200)),
        false => server.answer(seen),
    };
    let house = server.open_with("slot_affinity_slots: auto\nslot_files: auto", slow).await;
    let (first, second) = (turn("a"), turn("b"));
    tokio::join!(house.ask(&first), house.ask(&second));
    assert_eq!(moves(&house), ["save 0 0", "restore 1 0"]);
    assert_eq!(calls(&house).len(), 2);
}

#[tokio::test]
async fn a_comment_while_a_prompt_is_read_is_no_answer() {
    let server = Server { slots: 2, has_folder: true, moves: true, keeps: false };
    let first = AtomicBool::new(true);
    let slow = move |seen: &Seen| {
        if !seen.target.ends_with("/chat/completions") || !first.swap(false, Ordering::Relaxed) {
            return server.answer(seen);
        }
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n:\n\n";
        let chunk =
            json!({ "choices": [{ "index": 0, "delta": { "content": "Done." }, "finish_reason": "stop" }] });
        let rest = format!("data: {chunk}\n\ndata: [DONE]\n\n");
        let pause = Step::Pause(Duration::from_millis(500));
        Act::steps([Step::Write(head.into()), pause, Step::Write(rest.into()), Step::Close])
    };
    let house = server.open_with("slot_affinity_slots: auto\nslot_files: auto", slow).await;
    let (first, second) = (turn("a"), turn("b"));
    tokio::join!(house.ask(&first), house.ask(&second));
    assert_eq!(moves(&house), ["save 0 0", "restore 1 0"]);
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_costs_no_move() {
    let server = Server { slots: 1, has_folder: true, moves: true, keeps: false };
    let is_open = AtomicBool::new(true);
    let closing = move |seen: &Seen| {
        let is_move = seen.target.contains("/slots/") && !is_probe(seen);
        if is_move && is_open.swap(false, Ordering::Relaxed) {
            return Act::drop_connection();
        }
        server.answer(seen)
    };
    let house = server.open_with("slot_affinity_slots: auto\nslot_files: auto", closing).await;
    for session in ["a", "b"] {
        assert_eq!(asked(&house, &turn(session)).await, (Some(0), false));
    }
    assert_eq!(moves(&house), ["save 0 0", "save 0 0"], "asked again");
    assert!(!house.log().contains("slot-files-failed"));
}

#[tokio::test]
async fn instructions_stay_where_they_are_where_the_template_takes_them() {
    let later =
        json!([{ "role": "user", "content": "Do it." }, { "role": "system", "content": "Be quick." }]);
    for keeps in [true, false] {
        let server = Server { slots: 1, has_folder: false, moves: false, keeps };
        let house = server.open("slot_affinity_slots: auto").await;
        house.ask(&turn("a").with("messages", later.clone())).await;
        let body: Value = serde_json::from_slice(&calls(&house)[0].body).expect("JSON");
        let last = body["messages"].as_array().and_then(|turns| turns.last()).expect("a message");
        assert_eq!(last["role"], if keeps { "system" } else { "user" });
    }
}

#[tokio::test]
async fn a_move_that_fails_costs_no_request_and_is_told_once() {
    let server = Server { slots: 1, has_folder: true, moves: false, keeps: false };
    let house = server.open("slot_affinity_slots: auto\nslot_files: auto").await;
    assert_eq!(asked(&house, &turn("a")).await, (Some(0), false));
    assert_eq!(asked(&house, &turn("b")).await, (None, false));
    let log = house.log();
    assert_eq!(log.matches("slot-files-failed").count(), 1, "{log}");
}

#[tokio::test]
async fn a_clients_own_slot_is_left_alone() {
    let server = Server { slots: 2, has_folder: false, moves: false, keeps: false };
    let house = server.open("slot_affinity_slots: auto\nextra_body: {id_slot: 7}").await;
    assert_eq!(asked(&house, &turn("a")).await.0, Some(7));
}

#[tokio::test]
async fn a_broken_prefix_is_told_with_its_part() {
    let house = house().provider("first", OpenAi, "ok").open().await;
    let with = |system: &str| {
        turn("a")
            .with("system", json!([{ "type": "text", "text": LINE }, { "type": "text", "text": system }]))
    };
    for system in ["It is noon.", "It is noon.", "It is one."] {
        house.ask(&with(system)).await;
    }
    let log = house.log();
    let told: Vec<&str> = log.lines().filter(|line| line.contains("prompt-prefix-broken")).collect();
    let [line] = told[..] else { panic!("one line: {log}") };
    let fact: Value = serde_json::from_str(line).expect("JSON");
    assert_eq!((&fact["part"], &fact["at_byte"]), (&json!("system"), &json!(LINE.len())), "{fact:#}");
}
