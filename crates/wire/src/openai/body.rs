//! Writes a request as a Chat Completions body for one backend: the client's own body with what must change spliced
//! in where the client speaks this dialect, a translation where it speaks another. Reading one is
//! [`request`](super::request)'s business.

mod fold;
mod foreign;
mod media;
mod own;
mod own_message;
mod said;
mod tool;
mod words;

use super::rest;
use crate::codec::Encoded;
use crate::json::Writer;
use canon::dialect::Dialect;
use canon::extra::Losses;
use canon::request::Request;
use canon::target::{Droppable, Target};
use canon::text::Text;

/// Writes a request of any dialect for one backend.
///
/// In the client's own dialect the body's fields are kept as they came; the words that a shape may have changed
/// (limits, sampling, tool choice, tools, messages, the stream flag) are compared and written anew where they differ.
/// Earlier thinking that the backend can't be handed is history, not a demand, and no loss.
pub fn encode_request(request: &Request, target: &Target<'_>) -> Encoded {
    let mut losses = Losses::default();
    let is_own = request.dialect == Dialect::OpenAi;
    let body = match &request.source {
        Some(source) if is_own => own::splice(request, source, target, &mut losses),
        _ => {
            let room =
                request.source.as_ref().map_or(1 << 12, |source| source.body.len() + source.body.len() / 4);
            let mut out = Vec::with_capacity(room);
            Writer::new(&mut out).object(|w| words::write(request, target, &mut losses, w));
            out.into()
        }
    };
    let verbatim = is_own && own::messages_stand(request, target) && own::tools_stand(request, target);
    Encoded { body, losses, verbatim }
}

/// Whether the backend has refused a field or is known to.
fn is_dropped(target: &Target<'_>, field: Droppable) -> bool {
    target.dropped.contains(&field)
}

/// The output limit: the request's, lowered to the backend's.
fn limit(request: &Request, target: &Target<'_>) -> Option<u64> {
    let limit = request.max_output?;
    Some(target.max_output.map_or(limit, |most| most.min(limit)))
}

/// What asks a stream's backend for token counts, with the client's other options.
fn stream_options(request: &Request, w: &mut Writer<'_>) {
    w.object(|w| {
        w.key("include_usage").bool(true);
        rest::write(request.extra.find("stream_options").filter(|_| request.dialect == Dialect::OpenAi), w);
    });
}

/// Writes texts as one string, joined by line feeds.
fn joined<'a>(texts: impl IntoIterator<Item = &'a Text>, w: &mut Writer<'_>) {
    w.string(|out| {
        for (number, text) in texts.into_iter().enumerate() {
            if number > 0 {
                out.extend_from_slice(b"\\n");
            }
            text.write_escaped(out);
        }
    });
}
