//! The page of all keys of the configuration, made from what its reader knows of itself.

use super::reference;
use coderouter::config::{schema, unbuilt_keys};
use serde_json::Value;
use std::fmt::Write;

const HEAD: &str = "\
# Configuration

Every key of `providers.yaml`. Written by a test: `BLESS=1 cargo test -p coderouter --test cli`. What the keys do together is told
in [usage.md](usage.md), [routing.md](routing.md) and [repair.md](repair.md); `examples/` has whole files.

**Which file.** The one named with `--config`, else with `CODEROUTER_CONFIG`; else `./providers.yaml`, if
`CODEROUTER_ALLOW_CWD_CONFIG=1` allows files of the current folder; else `~/.coderouter/providers.yaml`. A file that is named and
not there is an error.

**Variables.** `${NAME}` and `${NAME:-default}` stand for what is in the environment, in every value; `$${` is the text `${`.
`ALLOW_PAID` (`1` or `0`) wins over `allow_paid`, `CODEROUTER_MODE` (a profile or an alias) over `default_profile`;
`CODEROUTER_ALLOWED_HOSTS` (names with commas between them) adds to `server.allowed_hosts`, and `CODEROUTER_MAX_BODY_BYTES` wins
over `server.limits.max_body_bytes`.

**Mistakes.** A key that is not below is one, with the nearest that is. `coderouter check` shows all of them at once, each in its
place, and names the keys that load and do not act. `coderouter check --schema` prints all of this as a JSON Schema, for editors.

Where no default is shown the key is absent by default. Keys marked *not built* load, so that files of the Python program do, and
do nothing; `tokenizer_path` acts in builds with the feature `tokenizer`.
";

/// The sections that matter most come first, the rest as the file has it.
const FIRST: &[&str] = &["", "providers", "profiles", "server"];

#[test]
fn the_page_of_keys_is_fresh() {
    reference::expect_fresh("configuration.md", &page());
}

/// A block of keys.
struct Section {
    path: String,
    about: String,
    rows: Vec<String>,
}

fn page() -> String {
    let mut sections = Vec::new();
    collect("", "The top of the file.", &schema(), &mut sections);
    let root = |section: &Section| section.path.split(['.', '[']).next().unwrap_or_default().to_owned();
    let rank =
        |section: &Section| FIRST.iter().position(|first| *first == root(section)).unwrap_or(FIRST.len());
    sections.sort_by_key(|section| (is_unbuilt(&section.path), rank(section)));
    let mut page = String::from(HEAD);
    for Section { path, about, rows } in &sections {
        let title = if path.is_empty() { "The file".to_owned() } else { format!("`{path}`") };
        let about = format!("{about}{}", mark(path));
        let _ = write!(
            page,
            "\n## {title}\n\n{about}\n\n| key | what it takes | default | what it means |\n|---|---|---|---|\n"
        );
        page.push_str(&rows.concat());
    }
    page
}

/// Adds a block and the blocks in it.
fn collect(path: &str, about: &str, block: &Value, sections: &mut Vec<Section>) {
    let at = sections.len();
    sections.push(Section { path: path.to_owned(), about: about.to_owned(), rows: Vec::new() });
    let required = |key: &str| block["required"].as_array().is_some_and(|all| all.iter().any(|it| it == key));
    for (key, value) in block["properties"].as_object().into_iter().flatten() {
        let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let told = value["description"].as_str().unwrap_or_default();
        let meaning = &told.replace('*', "\\*").replace('|', "\\|");
        let default = match value.get("default") {
            _ if required(key) => "required".to_owned(),
            Some(default) => shown(default),
            None => String::new(),
        };
        // What stands at the block need not stand at each of its keys.
        let mark = if is_unbuilt(path) { String::new() } else { mark(&below) };
        // The same block under another name is shown once.
        let is_shown = meaning.starts_with("Another word");
        let taken = if is_shown { "the same".to_owned() } else { taken(&below, value) };
        sections[at].rows.push(format!("| `{key}` | {taken} | {default} | {meaning}{mark} |\n"));
        if let Some((path, inner)) = inner(&below, value).filter(|_| !is_shown) {
            collect(&path, meaning, inner, sections);
        }
    }
}

/// A default as one would write it.
fn shown(default: &Value) -> String {
    match default {
        Value::Number(number) => number.as_f64().map(|number| format!("`{number}`")).unwrap_or_default(),
        Value::String(text) => format!("`{text}`"),
        Value::Array(items) if items.is_empty() => String::new(),
        Value::Object(names) if names.is_empty() => String::new(),
        default => format!("`{default}`"),
    }
}

/// What of a key does nothing yet.
fn mark(path: &str) -> String {
    let values = unbuilt_keys().find(|(key, values)| *key == path && !values.is_empty());
    match values {
        Some((_, values)) => format!(" *Not built:* `{}`.", values.join("`, `")),
        None if is_unbuilt(path) => " *Not built.*".to_owned(),
        None => String::new(),
    }
}

/// The block in a value: the value itself, what a list holds, or what stands under names of the user's.
fn inner<'v>(path: &str, value: &'v Value) -> Option<(String, &'v Value)> {
    if value["properties"].is_object() {
        return Some((path.to_owned(), value));
    }
    let (path, below) = match (&value["items"], &value["additionalProperties"]) {
        (items @ Value::Object(_), _) => (format!("{path}[]"), items),
        (_, named @ Value::Object(_)) => (format!("{path}.NAME"), named),
        _ => return None,
    };
    inner(&path, below)
}

/// What a key takes, in words.
fn taken(path: &str, value: &Value) -> String {
    if let Some(forms) = value["anyOf"].as_array() {
        let forms = forms.iter().filter(|form| form["type"] != "null");
        return forms.map(|form| taken(path, form)).collect::<Vec<_>>().join(", ");
    }
    if let Some(words) = value["enum"].as_array() {
        let words = words.iter().map(|word| format!("`{}`", word.as_str().unwrap_or_default()));
        return words.collect::<Vec<_>>().join(", ");
    }
    let names: Vec<&str> = match &value["type"] {
        Value::String(name) => vec![name],
        names => names.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
    };
    // A text may stand for anything else where it names a variable.
    let name = names.iter().find(|name| !["string", "null"].contains(name)).or(names.first());
    match name.copied().unwrap_or_default() {
        "boolean" => "`true`, `false`".to_owned(),
        "integer" => format!("whole number{}", range(value)),
        "number" => format!("number{}", range(value)),
        "array" => format!("list of{}", of(&format!("{path}[]"), &value["items"])),
        "object" if value["properties"].is_object() => link(path),
        "object" => format!(
            "names of yours, each with{}",
            of(&format!("{path}.NAME"), &value["additionalProperties"])
        ),
        _ if value["format"] == "regex" => "expression".to_owned(),
        _ => "text".to_owned(),
    }
}

/// What a list or a map holds.
fn of(path: &str, value: &Value) -> String {
    if value.is_object() { format!(" {}", taken(path, value)) } else { " anything".to_owned() }
}

/// A link to the section of a block, as it is written where pages are shown.
fn link(path: &str) -> String {
    let anchor: String =
        path.to_lowercase().chars().filter(|c| c.is_alphanumeric() || "_-".contains(*c)).collect();
    format!("[block](#{anchor})")
}

/// The bounds of a number that a person may want to know.
fn range(value: &Value) -> String {
    let (least, above) = (value["minimum"].as_f64(), value["exclusiveMinimum"].as_f64());
    let most = value["maximum"].as_f64().filter(|most| *most < f64::from(u32::MAX));
    match (least, above, most) {
        (Some(least), _, Some(most)) => format!(", {least} to {most}"),
        (Some(least), _, None) => format!(", {least} or more"),
        (None, Some(above), Some(most)) => format!(", above {above}, to {most}"),
        _ => String::new(),
    }
}

/// Whether a key, or a block it is in, does nothing yet, whatever its value.
fn is_unbuilt(path: &str) -> bool {
    let optional = |key: &str| key.ends_with("tokenizer_path") || key.contains(".capabilities.");
    unbuilt_keys().any(|(key, values)| {
        let rest = path.strip_prefix(key);
        values.is_empty()
            && !optional(key)
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    })
}
