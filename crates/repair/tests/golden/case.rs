//! Reads the corpus: cases with a raw text and what must come of it.

use canon::text::{Json, Text};
use repair::cursor::{Cursor, Edge};
use repair::lenient::Reader;
use repair::toolbox::Toolbox;
use repair::value::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// The file, without its folder and ending.
    pub file: String,
    /// What it is about.
    pub title: String,
    /// Corruptions it has.
    pub damage: Vec<String>,
    /// What follows the text.
    pub edge: Edge,
    /// Whether it came as thinking.
    pub thinking: bool,
    /// Whether tools are declared.
    pub tools: bool,
    /// The model's text.
    pub raw: String,
    /// What must come out.
    pub expected: Vec<Block>,
}

/// A piece of the outcome.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    Text(String),
    Thinking(String),
    Call(String, String),
}

/// The declared tools of all cases.
pub fn tools() -> Arc<Toolbox> {
    let text = std::fs::read_to_string(folder().join("tools.json")).expect("tools.json");
    let list = json(&text);
    Arc::new(Toolbox::new(list.items().iter().map(|tool| {
        let name = tool.field("name").and_then(Value::as_text).expect("a name");
        let schema = tool.field("parameters").expect("parameters").to_json();
        (Text::plain(name), Some(Json::raw(schema.into())))
    })))
}

/// A JSON text that must be valid.
pub fn json(text: &str) -> Value<'_> {
    let mut reader = Reader::new(Cursor::new(text, 0, Edge::Stopped));
    let value = reader.value().unwrap_or_else(|stop| panic!("{stop:?}: {text}"));
    assert!(reader.damage.is_empty(), "{:?}: {text}", reader.damage);
    value
}

/// All cases of a folder of the corpus.
pub fn cases(name: &str) -> Vec<Case> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder().join(name))
        .expect("the corpus")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files.iter().flat_map(|path| read(path)).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../golden/repair")
}

fn read(path: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(path).expect("a file");
    let file = path.file_stem().expect("a name").to_string_lossy().into_owned();
    let mut cases: Vec<Case> = Vec::new();
    let mut section: Option<(String, String)> = None;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end_matches('\n');
        if let Some(title) = bare.strip_prefix("=== ") {
            close(&mut section, &mut cases);
            cases.push(begin(&file, title));
        } else if let Some(name) = bare.strip_prefix("--- ") {
            close(&mut section, &mut cases);
            section = Some((name.to_owned(), String::new()));
        } else if let Some((_, body)) = &mut section {
            body.push_str(line);
        }
    }
    close(&mut section, &mut cases);
    cases
}

fn begin(file: &str, title: &str) -> Case {
    let (title, attributes) = match title.strip_suffix(']').and_then(|it| it.rsplit_once(" [")) {
        Some((title, attributes)) => (title, attributes),
        None => (title, ""),
    };
    let words: Vec<&str> = attributes.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    Case {
        file: file.to_owned(),
        title: title.to_owned(),
        damage: words.iter().filter(|it| it.starts_with('C')).map(|it| (*it).to_owned()).collect(),
        edge: if words.contains(&"finish=length") { Edge::Cut } else { Edge::Stopped },
        thinking: words.contains(&"field=thinking"),
        tools: !words.contains(&"tools=none"),
        raw: String::new(),
        expected: Vec::new(),
    }
}

fn close(section: &mut Option<(String, String)>, cases: &mut [Case]) {
    let (Some((name, body)), Some(case)) = (section.take(), cases.last_mut()) else { return };
    let body = body.strip_suffix('\n').unwrap_or(&body).to_owned();
    match name.split_once(' ') {
        _ if name == "raw" => case.raw = body,
        _ if name == "text" => case.expected.push(Block::Text(body.trim().to_owned())),
        _ if name == "thinking" => case.expected.push(Block::Thinking(body.trim().to_owned())),
        Some(("call", tool)) => case.expected.push(Block::Call(tool.to_owned(), body)),
        _ => panic!("{}: {}: no section is called {name}", case.file, case.title),
    }
}
