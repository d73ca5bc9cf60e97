//! Tables of rules about models: one that ships with the program, and one of the same form in the user's home.

use std::path::Path;

use super::environment::Env;
use super::reader::{Block, Reader, Setting, list, nested, read_block, whole};
use super::report::{Mistake, Part};
use super::source::{self, Unusable};
use super::tree;

/// The user's rules before the bundled ones. A missing user file is an empty one; a broken one comes back as the
/// part of a report, with the bundled rules alone. The number is that of the user's.
pub(super) fn load<R: Setting>(
    user_file: Option<&Path>,
    bundled: &str,
    env: &Env,
) -> (Vec<R>, usize, Option<Part>) {
    let (mut rules, part) = user_file.map_or((Vec::new(), None), |path| read(path, env));
    let users = rules.len();
    rules.extend(parse::<R>(bundled, env).0);
    (rules, users, part)
}

fn read<R: Setting>(path: &Path, env: &Env) -> (Vec<R>, Option<Part>) {
    let text = match source::read(path) {
        Ok(text) => text,
        Err(Unusable::Missing) => return (Vec::new(), None),
        Err(error) => {
            return (Vec::new(), Some(Part::unreadable(path, Mistake::new(format!("the file {error}")))));
        }
    };
    let (rules, reader) = parse(&text, env);
    let part = Part::of_file(path, &text, reader.secrets, reader.mistakes);
    (rules, Some(part))
}

/// The rules of a text, and the reader with its mistakes.
pub(super) fn parse<'e, R: Setting>(text: &str, env: &'e Env) -> (Vec<R>, Reader<'e>) {
    let mut reader = Reader::new(env);
    let (node, mistakes) = tree::parse(text);
    reader.mistakes = mistakes;
    let file: Option<File<R>> =
        node.filter(|node| !node.is_null()).and_then(|node| read_block(&mut reader, &node));
    (file.map(|file| file.rules).unwrap_or_default(), reader)
}

/// The file's top level.
struct File<R> {
    rules: Vec<R>,
}

impl<R: Setting> Setting for File<R> {
    fn read(block: &mut Block<'_, '_>) -> Self {
        block.or("version", whole(1..=1), 1, "The version of this format.");
        Self { rules: block.or("rules", list(nested()), Vec::new(), "The rules, first match first.") }
    }
}
