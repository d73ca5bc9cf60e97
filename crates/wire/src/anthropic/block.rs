//! The blocks of an answer: whole in a plain one, almost empty where a stream begins them.

use canon::delta::{Block, Delta};
use canon::request::Arguments;
use canon::text::{Json, Text};

use crate::json::{Kind, Problem, Reader, Writer, text_of};

/// A block and what it already holds.
pub(super) struct Begun {
    pub(super) block: Block,
    /// Its text or thinking.
    pub(super) body: Option<Text>,
    pub(super) signature: Option<Text>,
    /// A call's input, unless it is empty.
    pub(super) input: Option<Text>,
    /// What the text cites, as deltas of a stream.
    pub(super) citations: Vec<Json>,
    /// Whether it says all that a client needs of it.
    pub(super) faithful: bool,
}

/// Reads a block object; what has no type is no block.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<Option<Begun>, Problem> {
    let start = reader.position();
    if reader.kind() != Kind::Object {
        return reader.skip().map(|()| None);
    }
    let kind = reader.glance("type")?;
    let mut fields = Fields::default();
    reader.object(|reader, key| fields.read(key.name(), reader))?;
    Ok(kind.map(|kind| fields.begun(&kind, reader.since(start))))
}

#[derive(Default)]
struct Fields {
    text: Option<Text>,
    thinking: Option<Text>,
    data: Option<Text>,
    id: Option<Text>,
    name: Option<Text>,
    signature: Option<Text>,
    input: Option<Json>,
    citations: Vec<Json>,
}

impl Fields {
    fn read(&mut self, name: &str, reader: &mut Reader<'_>) -> Result<(), Problem> {
        let place = match name {
            "text" => &mut self.text,
            "thinking" => &mut self.thinking,
            "data" => &mut self.data,
            "id" => &mut self.id,
            "name" => &mut self.name,
            "signature" => &mut self.signature,
            "input" => {
                self.input = Some(reader.raw()?);
                return Ok(());
            }
            "citations" if reader.kind() == Kind::Array => {
                return reader.array(|reader, _| {
                    self.citations.push(citation_delta(&reader.raw()?));
                    Ok(())
                });
            }
            _ => return reader.skip(),
        };
        *place = reader.text_or_skip()?;
        Ok(())
    }

    fn begun(self, kind: &str, whole: Json) -> Begun {
        let (mut body, mut signature, mut input, mut faithful) = (None, None, None, true);
        let block = match kind {
            "text" => {
                faithful = self.text.is_some();
                body = self.text;
                Block::Text
            }
            "thinking" => {
                faithful = self.thinking.is_some() && self.signature.is_some();
                body = self.thinking;
                signature = self.signature;
                Block::Thinking
            }
            "redacted_thinking" => Block::Redacted(self.data.unwrap_or_default()),
            "tool_use" => {
                input = self.input.as_ref().and_then(arguments);
                faithful = self.id.as_ref().is_some_and(|id| !id.is_empty())
                    && self.name.is_some()
                    && self.input.is_some_and(|input| input.is_object());
                let (id, name) = (self.id.unwrap_or_default(), self.name.unwrap_or_default());
                Block::Call { id, name, signature: None }
            }
            _ => Block::Opaque(whole),
        };
        let nonempty = |text: &Text| !text.is_empty();
        Begun {
            citations: if block == Block::Text { self.citations } else { Vec::new() },
            block,
            body: body.filter(nonempty),
            signature: signature.filter(nonempty),
            input,
            faithful,
        }
    }
}

/// A call's input as pieces of a stream would give it; nothing for an empty one.
fn arguments(input: &Json) -> Option<Text> {
    let inside = input.bytes().strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}"));
    if input.is_null() || inside.is_some_and(|inside| inside.trim_ascii().is_empty()) {
        return None;
    }
    // A string is what the model wrote, perhaps JSON.
    let string = input.bytes().strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    match string {
        Some([]) => None,
        Some(inside) => Some(Text::escaped(input.bytes().slice_ref(inside))),
        None => Some(text_of(input)),
    }
}

fn citation_delta(citation: &Json) -> Json {
    let mut delta = Vec::new();
    Writer::new(&mut delta).object(|w| {
        w.key("type").str("citations_delta");
        w.key("citation").json(citation);
    });
    Json::raw(delta.into())
}

/// The citation inside a `citations_delta`.
pub(super) fn citation_of(delta: &Json) -> Option<Json> {
    let mut reader = Reader::new(delta.bytes()).ok()?;
    let mut citation = None;
    reader
        .object(|reader, key| match key.name() {
            "citation" => reader.once(&mut citation, Reader::raw),
            _ => reader.skip(),
        })
        .ok()?;
    citation
}

impl Begun {
    /// A block that holds nothing yet.
    pub(super) fn empty(block: Block) -> Self {
        Self { block, body: None, signature: None, input: None, citations: Vec::new(), faithful: false }
    }

    /// The id of a call.
    pub(super) fn call_id(&self) -> Option<&Text> {
        if let Block::Call { id, .. } = &self.block { Some(id) } else { None }
    }

    /// Whether the block holds nothing yet, as at the start of a stream's block.
    pub(super) fn is_bare(&self) -> bool {
        self.body.is_none() && self.signature.is_none() && self.input.is_none() && self.citations.is_empty()
    }

    /// The block as the deltas of a stream.
    pub(super) fn spread(self, out: &mut Vec<Delta>) {
        let is_thinking = self.block == Block::Thinking;
        out.push(Delta::Open(self.block));
        out.extend(self.body.map(if is_thinking { Delta::Thinking } else { Delta::Text }));
        out.extend(self.signature.map(Delta::Signature));
        out.extend(self.input.map(Delta::Arguments));
        out.extend(self.citations.into_iter().map(Delta::Opaque));
        out.push(Delta::Close);
    }
}

/// Writes a call's arguments as the object that the wire demands.
pub(super) fn write_input(body: &Text, w: &mut Writer<'_>) {
    w.json(&super::mend::object_of(&Arguments::Text(body.clone())));
}
