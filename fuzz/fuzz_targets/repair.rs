//! Model text: nothing a model writes breaks the scanner, is lost in it, or depends on how it was cut.
#![no_main]

use canon::text::{Json, Text};
use libfuzzer_sys::fuzz_target;
use repair::cursor::Edge;
use repair::scanner::{Found, Limits, Rejected, Scanner, Sink};
use repair::toolbox::Toolbox;
use std::sync::{Arc, LazyLock};

static TOOLS: LazyLock<Arc<Toolbox>> = LazyLock::new(|| {
    let tool = |name, schema| (Text::fixed(name), Some(Json::fixed(schema)));
    Arc::new(Toolbox::new([
        tool("Read", r#"{"type":"object","properties":{"file_path":{"type":"string"},"limit":{"type":"integer"}},"required":["file_path"]}"#),
        tool("Bash", r#"{"type":"object","properties":{"command":{"type":"string"},"env":{"type":"object"}},"required":["command"]}"#),
        tool("TodoList", r#"{"type":"object","properties":{}}"#),
    ]))
});

#[derive(Default)]
struct Out {
    /// What came out, with a mark for its kind; pieces of a kind are one.
    said: Vec<(char, String)>,
    whole: String,
}

impl Out {
    fn add(&mut self, kind: char, text: &str) {
        match self.said.last_mut() {
            Some((last, said)) if *last == kind => said.push_str(text),
            _ => self.said.push((kind, text.to_owned())),
        }
    }
}

impl Sink for Out {
    fn text(&mut self, text: &str) {
        self.whole.push_str(text);
        self.add('t', text);
    }

    fn thinking(&mut self, text: &str) {
        self.whole.push_str(text);
        self.add('k', text);
    }

    fn call(&mut self, call: Found) {
        self.said.push(('c', format!("{} {}", call.name, call.arguments.to_json())));
    }

    fn misfit(&mut self, _: Rejected) {}

    fn dropped(&mut self, text: &str) {
        self.whole.push_str(text);
    }
}

fuzz_target!(|input: (bool, bool, u8, &str)| {
    let (cut_off, is_thinking, size, text) = input;
    let edge = if cut_off { Edge::Cut } else { Edge::Stopped };
    let whole = scan(text, is_thinking, edge, usize::MAX);
    assert_eq!(whole.whole, text);
    let cut = scan(text, is_thinking, edge, usize::from(size).max(1));
    assert_eq!(cut.whole, text);
    assert_eq!(cut.said, whole.said);
});

fn scan(text: &str, is_thinking: bool, edge: Edge, size: usize) -> Out {
    let mut out = Out::default();
    let mut scanner = Scanner::new(Arc::clone(&TOOLS), Limits { is_thinking, ..Limits::default() });
    let mut from = 0;
    while from < text.len() {
        let mut to = from.saturating_add(size).min(text.len());
        while !text.is_char_boundary(to) {
            to += 1;
        }
        scanner.push(&text[from..to], &mut out);
        from = to;
    }
    scanner.finish(edge, &mut out);
    out
}
