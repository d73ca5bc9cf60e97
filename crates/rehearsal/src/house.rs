//! What a backend answers beside model calls when no script says otherwise: model lists, token counts, its
//! root.

use crate::anthropic;
use crate::ask::{Ask, Endpoint};
use crate::json::{Object, array, quote};
use crate::response::Response;
use crate::seen::Seen;
use crate::step::Step;
use crate::transport::Transport;

/// The usual answer to anything but a model call.
pub(crate) fn steps(seen: &Seen, ask: &Ask, models: &[String]) -> Vec<Step> {
    let response = match ask.endpoint {
        Endpoint::Models => Response::json_text(200, model_list(models)),
        Endpoint::CountTokens => Response::json_text(200, anthropic::token_count(seen.body.len() / 4)),
        Endpoint::Root => Response::json_text(200, Object::new().text("service", "rehearsal").finish()),
        Endpoint::Unknown | Endpoint::Generate(_) => Response::status(404).message("no such path"),
    };
    Transport::default().steps(response.to_message(ask.dialect()), ask.head_only)
}

/// A list that clients of both dialects read.
fn model_list(models: &[String]) -> String {
    let model = |id: &String| {
        Object::new()
            .text("type", "model")
            .text("object", "model")
            .text("id", id)
            .text("display_name", id)
            .text("created_at", "2025-01-01T00:00:00Z")
            .raw("created", 1_735_689_600)
            .text("owned_by", "rehearsal")
            .finish()
    };
    let list: Vec<String> = models.iter().map(model).collect();
    let name = |id: Option<&String>| id.map_or(String::from("null"), |id| quote(id));
    Object::new()
        .text("object", "list")
        .raw("data", array(&list))
        .raw("has_more", false)
        .raw("first_id", name(models.first()))
        .raw("last_id", name(models.last()))
        .finish()
}
