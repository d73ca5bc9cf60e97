//! Files that are no configurations: each ends soon, with one clear message, and never in a panic.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// Loads a file of these bytes and checks that its report is this short message.
fn check(name: &str, bytes: impl AsRef<[u8]>, expect: &str) {
    let folder = Folder::new("hostile");
    let path = folder.write(name, bytes);
    check_path(&path, expect);
}

fn check_path(path: &Path, expect: &str) {
    let env = Env::default();
    let begun = Instant::now();
    let sources = Sources { path: Some(path), env: &env, home: None, cwd: Path::new(".") };
    let LoadError::Broken(report) = load(sources).unwrap_err() else { panic!("{}", path.display()) };
    let text = report.to_string();
    assert!(text.contains(expect), "{text}");
    assert_eq!(report.len(), 1, "{text}");
    assert!(text.len() < 2000, "{text}");
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[test]
fn no_configuration_at_all() {
    check("empty", "", "the configuration is empty");
    check("blank", "\n# only a comment\n---\n", "the configuration is empty");
    check("null", "~\n", "the configuration is empty");
    check("binary", b"\x7fELF\x00\x01", "holds a zero byte in line 1");
    check("latin1", b"a: 1\nb: \xe4\n", "is not UTF-8 text: line 2 has other bytes");
    check("large", vec![b'a'; 10_000_000], "is larger than 1 MiB");
    check("list", "- a\n- b\n", "expected a mapping, found a list");
    check("word", "providers\n", "expected a mapping, found `providers`");
    check("two", "a: 1\n---\nb: 2\n", "a second YAML document begins here");
    check_path(&std::env::temp_dir(), "is a folder, not a file");
    #[cfg(unix)]
    check_path(Path::new("/dev/zero"), "is not a regular file");
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("unreadable");
    let path = folder.write("providers.yaml", "a: 1");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&path).is_err() {
        check_path(&path, "can't be read");
    }
}

#[test]
fn broken_yaml() {
    check("tab", "providers:\n\t- name: a\n", "the line is indented with a tab");
    check("open", "a: [1, 2\n", "not valid YAML");
    check("quote", "a: \"b\n", "not valid YAML");
    check("tag", "a: !include other.yaml\n", "the tag `!include` means nothing here");
    check("key", "? [a]\n: b\n", "a key must be a single word or text");
    check("alias", "a: *nowhere\n", "not valid YAML");
    check("circle", "a: &a [*a]\n", "this alias names the very list or mapping it stands in");
    check("deep", "- ".repeat(100_000), "nested more than 64 deep");
    check("flow", "[".repeat(100_000), "not valid YAML");
}

#[test]
fn aliases_that_explode() {
    let mut lists = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    let mut merges = String::from("a0: &a0 {x: 1}\n");
    for level in 1..50 {
        let below = level - 1;
        lists += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{below}"); 9].join(", "));
        merges += &format!("a{level}: &a{level} {{<<: [*a{below}, *a{below}], y{level}: *a{below}}}\n");
    }
    check("lists", lists, "the file stands for more than 200000 values");
    check("merges", merges, "the file stands for more than 200000 values");
    let text = format!("k: &k {}\nextra: [{}]\n", "x".repeat(100_000), "*k, ".repeat(10_000));
    check("texts", text, "the file stands for more than 200000 values");
}

#[test]
fn thousands_of_mistakes_are_counted_not_shown() {
    let mut text = String::new();
    for index in 0..50_000 {
        text += &format!("nonsense{index}: 1\n");
    }
    let begun = Instant::now();
    let shown = report(&text);
    // Quadratic work would take minutes.
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert!(shown.len() < 50_000, "{}", shown.len());
    assert!(shown.contains("more in providers.yaml"));
}

/// Tokens that make structure, so that random texts get past the first line.
const TOKENS: &[&str] = &[
    "providers:",
    "profiles:",
    "- ",
    "name: ",
    "a",
    "\n",
    "\n  ",
    "\n    ",
    "base_url: ",
    "http://h/",
    "model: ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    ": ",
    "&a ",
    "*a ",
    "<<: ",
    "!!str ",
    "|\n",
    ">-\n ",
    "\"",
    "'",
    "#",
    "\t",
    "\r\n",
    "---\n",
    "${A}",
    "${",
    "kind: ",
    "anthropic",
    "cost: ",
    "1e999",
    "-1",
    "~",
    "é",
    "\u{1F600}",
    "\u{feff}",
    "auto_router: ",
    "rules: ",
    "match: ",
    "content_regex: ",
    "(a+)+$",
    "launcher: ",
    "swap: ",
    "extra_body: ",
    "credential: ",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_end_well(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(text) = source::decode(bytes) {
            let _ = load_with(&text, &[]).map_err(|report| (report.to_string(), report.to_json()));
        }
    }

    #[test]
    fn any_tokens_end_well(tokens in proptest::collection::vec(proptest::sample::select(TOKENS), 0..120)) {
        let begun = Instant::now();
        let _ = load_with(&tokens.concat(), &[]).map_err(|report| (report.to_string(), report.to_json()));
        prop_assert!(begun.elapsed() < Duration::from_secs(2));
    }

    /// A right file with one byte changed, cut or doubled.
    #[test]
    fn any_slip_ends_well(at in 0usize..4000, byte in any::<u8>(), slip in 0u8..3) {
        let mut bytes = include_bytes!("../../../../../examples/providers.yaml").to_vec();
        let at = at.min(bytes.len() - 1);
        match slip {
            0 => bytes[at] = byte,
            1 => { bytes.remove(at); }
            _ => bytes.insert(at, byte),
        }
        if let Ok(text) = source::decode(bytes) {
            let _ = load_with(&text, &[]).map_err(|report| (report.to_string(), report.to_json()));
        }
    }
}
