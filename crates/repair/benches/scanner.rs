//! How fast the scanner is: plain prose, the corpus, and inputs made to be slow.

use canon::text::{Json, Text};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use repair::cursor::Edge;
use repair::scanner::{Found, Limits, Rejected, Scanner, Sink};
use repair::toolbox::Toolbox;
use std::hint::black_box;
use std::sync::Arc;

/// How long each input is, in bytes.
const SIZE: usize = 1 << 20;

/// The pieces that models stream in, in bytes.
const PIECES: [usize; 3] = [SIZE, 64, 5];

struct Count(usize);

impl Sink for Count {
    fn text(&mut self, text: &str) {
        self.0 += text.len();
    }
    fn thinking(&mut self, text: &str) {
        self.0 += text.len();
    }
    fn call(&mut self, _: Found) {
        self.0 += 1;
    }
    fn misfit(&mut self, _: Rejected) {}
    fn dropped(&mut self, _: &str) {}
}

const PROSE: &str = "The parser reads each line once and keeps what it needs. \
    When a value is missing, the caller gets an error that names the field; nothing else changes. \
    It's (mostly) linear, see https://example.com/notes: 3 < 4 and a > b, so `x` stays.\n\n\
    - First, the file is opened and its header checked.\n- Then, each record is decoded, e.g. with \"quotes\".\n\n";

const CODE: &str = "```rust\nfn read(path: &Path) -> Result<Vec<u8>, Error> {\n    let mut out = Vec::new();\n    \
    for byte in [1, 2, 3] { out.push(byte); }\n    Ok(out)\n}\n```\n\nThen:\n\n";

fn inputs() -> Vec<(&'static str, String)> {
    let long = |unit: &str| unit.repeat(SIZE / unit.len() + 1);
    let written = format!(
        "<tool_call>\n<function=Write>\n<parameter=file_path>\na\n</parameter>\n<parameter=content>\n{}</parameter>\n</function>\n</tool_call>",
        long(CODE)
    );
    let json = format!(
        "{{\"name\": \"Write\", \"arguments\": {{\"file_path\": \"a\", \"content\": \"{}\"}}}}",
        long("let x = \\\"a\\\";\\n")
    );
    vec![
        ("prose", long(PROSE)),
        ("markdown", long(&format!("{PROSE}{CODE}"))),
        ("data", long("{\"id\": 1, \"tags\": [\"a\", \"b\"], \"name\": \"Anna\"}\n")),
        ("write-xml", written),
        ("write-json", json),
        ("tags", long("<a>")),
        ("braces", long("{")),
        ("brackets", long("[")),
        ("openers", long("<tool_call>")),
        ("unclosed-quotes", long("{\"name\":\"Read\",\"arguments\":{\"a\":\"")),
        ("unclosed-values", long("<function=Read><parameter=limit>")),
        ("nested", long("{\"name\":{\"arguments\":")),
        ("names", long("Read Bash Write\n")),
        ("backticks", long("``` ")),
        ("harmony", long("<|channel|>commentary to=functions.Read ")),
        ("fences", long("```json\n{\"name\": \"Read\", \n")),
        ("python", long("[Read(a=[Read(")),
        ("half-a-tag", long("<function name=\"")),
    ]
}

fn tools() -> Arc<Toolbox> {
    let tool = |name, schema| (Text::fixed(name), Some(Json::fixed(schema)));
    Arc::new(Toolbox::new([
        tool(
            "Read",
            r#"{"type":"object","properties":{"file_path":{"type":"string"},"limit":{"type":"integer"}},"required":["file_path"]}"#,
        ),
        tool(
            "Bash",
            r#"{"type":"object","properties":{"command":{"type":"string"}},"required":["command"]}"#,
        ),
        tool(
            "Write",
            r#"{"type":"object","properties":{"file_path":{"type":"string"},"content":{"type":"string"}},"required":["file_path","content"]}"#,
        ),
    ]))
}

fn scan(text: &str, piece: usize, tools: &Arc<Toolbox>) -> usize {
    let mut count = Count(0);
    let mut scanner = Scanner::new(Arc::clone(tools), Limits::default());
    let mut from = 0;
    while from < text.len() {
        let mut to = (from + piece).min(text.len());
        while !text.is_char_boundary(to) {
            to += 1;
        }
        scanner.push(&text[from..to], &mut count);
        from = to;
    }
    scanner.finish(Edge::Stopped, &mut count);
    count.0
}

/// Each text of the corpus under `golden/`, as often as it takes.
fn corpus() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../golden/repair/formats");
    let files = std::fs::read_dir(folder).expect("the corpus");
    let mut families: Vec<(String, String)> = files
        .map(|file| {
            let path = file.expect("a file").path();
            let text = std::fs::read_to_string(&path).expect("UTF-8");
            let raws = text.split("--- raw\n").skip(1).filter_map(|case| case.split("\n--- ").next());
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, raws.collect::<Vec<_>>().join("\n\n"))
        })
        .collect();
    families.sort();
    families
}

fn families(criterion: &mut Criterion) {
    let tools = tools();
    let mut group = criterion.benchmark_group("corpus");
    group.sample_size(10);
    for (name, text) in corpus() {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), &text, |bencher, text| {
            bencher.iter(|| black_box(scan(text, text.len(), &tools)));
        });
    }
    group.finish();
}

fn bench(criterion: &mut Criterion) {
    let tools = tools();
    let mut group = criterion.benchmark_group("scanner");
    group.sample_size(10);
    for (name, text) in inputs() {
        group.throughput(Throughput::Bytes(text.len() as u64));
        for piece in PIECES {
            group.bench_with_input(BenchmarkId::new(name, piece), &text, |bencher, text| {
                bencher.iter(|| black_box(scan(text, piece, &tools)));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, bench, families);
criterion_main!(benches);
