//! A `/v1/messages` body into the shared vocabulary, in one pass. Also the bodies of `count_tokens`.

use std::borrow::Cow;

use bytes::Bytes;
use canon::dialect::Dialect;
use canon::fault::Fault;
use canon::request::{Request, Source, SourceField, Sourced};

use super::part::{self, Place};
use super::{settings, tool, turn};
use crate::json::{Key, Problem, Reader, UNKNOWN_LIMIT, mend_surrogates};

/// Reads a request. Everything real clients send is taken in; what has no word is carried.
///
/// # Errors
/// An invalid request, with the field's path.
pub fn decode_request(body: &Bytes) -> Result<Request, Fault> {
    let problem = match read(body) {
        Ok(request) => return Ok(request),
        Err(problem) => problem,
    };
    let mended = mend_surrogates(body).and_then(|body| read(&body).ok());
    mended.ok_or_else(|| problem.into())
}

/// What `/v1/messages` demands and `count_tokens` does not.
///
/// # Errors
/// An invalid request that names `max_tokens`.
pub fn require_max_tokens(request: &Request) -> Result<(), Fault> {
    match request.max_output {
        Some(_) => Ok(()),
        None => Err(Fault::invalid("max_tokens", "field required")),
    }
}

fn read(body: &Bytes) -> Result<Request, Problem> {
    let mut reader = Reader::new(body)?;
    let mut request = Request::new(Dialect::Anthropic);
    let mut fields = Vec::with_capacity(16);
    let mut names: Vec<Cow<'_, str>> = Vec::with_capacity(16);
    reader.object(|reader, key| {
        if names.len() == UNKNOWN_LIMIT {
            return Err(reader.problem("too many fields"));
        }
        if names.iter().any(|name| *name == key.name()) {
            return Err(reader.problem("duplicate field"));
        }
        names.push(key.word());
        let start = reader.position();
        field(&mut request, key, reader)?;
        let end = reader.taken();
        fields.push(SourceField { key: key.text(), field: key.field(end), value: start..end });
        Ok(())
    })?;
    reader.end()?;
    if request.messages.is_empty() {
        return Err(reader.problem("field required").under("messages"));
    }
    request.source = Some(Source { body: body.clone(), fields });
    Ok(request)
}

fn field<'a>(request: &mut Request, key: &Key<'a>, reader: &mut Reader<'a>) -> Result<(), Problem> {
    match key.name() {
        "model" => request.model = reader.maybe(Reader::text)?,
        "messages" => request.messages = turn::read_all(reader)?,
        "system" => {
            let start = reader.position();
            let content = reader.maybe(|reader| part::read_content(reader, Place::CallResult))?;
            request.system = content.map(|content| Sourced::read(content, reader.since(start)));
        }
        "tools" => {
            if let Some(tools) = reader.maybe(tool::read_all)? {
                request.tools = tools;
            }
        }
        "profile" => request.profile = reader.maybe(Reader::text)?,
        name => {
            if !settings::read(request, name, reader)? {
                reader.keep(&mut request.extra, key)?;
            }
        }
    }
    Ok(())
}
