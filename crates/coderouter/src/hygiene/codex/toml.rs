//! As much TOML as settings of agents need: tables, dotted keys, single values and small tables in braces. What it does not
//! understand it passes over.

use std::collections::BTreeMap;

/// Single values under their whole names, such as `model_providers.x.base_url`.
#[derive(Debug, Default)]
pub(super) struct Toml(BTreeMap<String, String>);

impl Toml {
    /// Reads a text.
    pub(super) fn read(text: &str) -> Self {
        let (mut values, mut table, mut lines) = (BTreeMap::new(), Some(String::new()), text.lines());
        while let Some(line) = lines.next() {
            let line = line.trim();
            if let Some(header) = line.strip_prefix('[') {
                table =
                    header.split(']').next().filter(|_| !header.starts_with('[')).map(|name| path("", name));
                continue;
            }
            let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
                continue;
            };
            let value = value.trim();
            if let Some(fence) = ["\"\"\"", "'''"].into_iter().find(|fence| value.starts_with(fence)) {
                // A text of lines is no setting that is looked for; it goes on up to its end.
                let mut rest = &value[3..];
                while !rest.contains(fence) {
                    match lines.next() {
                        Some(next) => rest = next,
                        None => break,
                    }
                }
                continue;
            }
            if let Some(table) = &table {
                put(&mut values, &path(table, key), value);
            }
        }
        Self(values)
    }

    /// A value, as text.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// A name below a table, without quotes and blanks around its parts.
fn path(table: &str, key: &str) -> String {
    let parts = key.split('.').map(|part| part.trim().trim_matches(['"', '\'']));
    let all = table.split('.').filter(|part| !part.is_empty()).chain(parts);
    all.collect::<Vec<_>>().join(".")
}

fn put(values: &mut BTreeMap<String, String>, name: &str, value: &str) {
    if let Some(inside) = value.strip_prefix('{') {
        let inside = inside.rsplit_once('}').map_or(inside, |(inside, _)| inside);
        for (key, value) in inside.split(',').filter_map(|pair| pair.split_once('=')) {
            put(values, &path(name, key), value.trim());
        }
        return;
    }
    let value = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => value[1..].split(quote).next().unwrap_or_default(),
        Some('[') | None => return,
        Some(_) => value.split('#').next().unwrap_or_default().trim_end(),
    };
    values.insert(name.to_owned(), value.to_owned());
}

#[cfg(test)]
mod tests {
    use super::Toml;

    #[test]
    fn settings_are_found_under_their_whole_names() {
        let text = "# c = 1\nmodel = \"m\" # why\nflag = true # x\nnotes = \"\"\"\nflag = false\n\"\"\"\nlist = [\"a\"]\n\
                    model_providers.dotted.base_url = 'http://d'\n[model_providers.\"plain\"]\nbase_url = \"http://p#x\"\n\
                    [[many]]\nname = \"x\"\n[model_providers]\nbraces = { name = \"B\", base_url = \"http://b\" }\n";
        let toml = Toml::read(text);
        let get = |name| toml.get(name);
        assert_eq!(
            (get("model"), get("flag"), get("c"), get("list"), get("name")),
            (Some("m"), Some("true"), None, None, None)
        );
        assert_eq!(get("model_providers.dotted.base_url"), Some("http://d"));
        assert_eq!(get("model_providers.plain.base_url"), Some("http://p#x"));
        assert_eq!(get("model_providers.braces.base_url"), Some("http://b"));
    }
}
