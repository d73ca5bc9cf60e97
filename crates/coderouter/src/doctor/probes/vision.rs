//! Whether it sees pictures. Where it does not, the router puts a note in a picture's place.

use super::super::asking::Question;
use super::super::finding::Finding;
use super::super::fix::Fix;
use super::super::patient::Patient;
use crate::ledger::Learned;
use canon::config::Support;
use serde_json::json;

/// A square of 64 by 64 points, all red, as PNG in base64.
const RED: &str = "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAS0lEQVR42u3PQQkAAAgAsetfWiP4FgYrsKZeS0BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEDgsqnc8OJg6Ln3AAAAAElFTkSuQmCC";

pub(super) async fn run(patient: &Patient) -> Finding {
    let declared = patient.provider().facts.vision;
    if patient.server.cannot("vision") && declared != Support::Yes {
        let learned = Learned { vision: Some(false), ..Learned::default() };
        return Finding::ok("the server says that its model sees no pictures; they become a note")
            .learned(learned);
    }
    let question = Question {
        body: json!({
            "max_tokens": patient.budget(64, 512),
            "messages": [{"role": "user", "content": [
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": RED}},
                {"type": "text", "text": "Which colour is this square? One word."}]}],
        }),
        stream: false,
        patience: patient.patience,
    };
    let (sees, why) = match patient.ask(&question).await {
        Ok(heard) => (
            heard.text().to_ascii_lowercase().contains("red"),
            "it does not see the colour of a red square".to_owned(),
        ),
        Err(fault) if fault.counts_against_health() => {
            return Finding::skip(patient.shown(&fault.to_string()));
        }
        Err(fault) => (false, format!("it refuses pictures: {}", patient.shown(&fault.message))),
    };
    let set = |can: bool, why| Fix::provider(patient.name(), &["capabilities", "vision"], can, why);
    let learned = Learned { vision: Some(sees), ..Learned::default() };
    match (sees, declared) {
        (true, Support::No) => {
            Finding::tuning("it sees pictures, though the configuration says that it does not")
                .fix(set(true, "it does see pictures"))
        }
        (true, _) => Finding::ok("it sees pictures"),
        (false, Support::Yes) => {
            Finding::tuning(format!("{why}, though the configuration says that it sees"))
                .feels("screenshots that the agent sends are refused, or answered at random")
                .fix(set(false, "pictures go to providers that see"))
        }
        (false, _) => Finding::ok(format!("{why}; pictures become a note")),
    }
    .learned(learned)
}
