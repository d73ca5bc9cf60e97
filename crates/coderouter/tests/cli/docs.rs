//! The pages for people: what they show loads, what they link to is there, what they name exists.

use super::process::Home;
use clap::Command;
use clap::error::ErrorKind;
use coderouter::command::Cli;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// A page.
struct Page {
    path: PathBuf,
    text: String,
}

/// A piece in a fence: its language, its text, and the line it begins in.
struct Block {
    language: String,
    text: String,
    line: usize,
}

#[test]
fn configurations_in_pages_load() {
    let home = Home::new();
    let mut count = 0;
    for page in pages() {
        let blocks = page.blocks();
        let whole = blocks.iter().filter(|block| block.language == "yaml" && has_providers(&block.text));
        for block in whole {
            let path = home.write("providers.yaml", &block.text);
            let told = home.run(&["check", "--config", path.to_str().unwrap()]);
            let loads = told.starts_with("exit: 0\n") || told.starts_with("exit: 2\n");
            assert!(loads, "{}:{}\n{told}", page.path.display(), block.line);
            count += 1;
        }
    }
    assert!(count > 10, "only {count} configurations were found");
}

#[test]
fn links_lead_somewhere() {
    let pages = pages();
    let mut dead = Vec::new();
    for page in &pages {
        for target in page.links() {
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let path = match file {
                "" => page.path.clone(),
                file => page.path.parent().unwrap().join(file),
            };
            let is_there = path.exists() && (anchor.is_empty() || anchors(&path).contains(anchor));
            if !is_there {
                dead.push(format!("{}: {target}", page.path.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
}

/// Every page can be found from the first one.
#[test]
fn no_page_is_alone() {
    let root = root();
    let mut found = HashSet::new();
    let mut open = vec![root.join("README.md").canonicalize().unwrap()];
    while let Some(path) = open.pop() {
        if path.extension().is_none_or(|ending| ending != "md") || !found.insert(path.clone()) {
            continue;
        }
        let page = Page { text: std::fs::read_to_string(&path).unwrap(), path };
        let files = page.links().into_iter().filter_map(|link| link.split('#').next().map(str::to_owned));
        let files = files.filter(|file| !file.is_empty());
        open.extend(files.filter_map(|file| page.path.parent()?.join(file).canonicalize().ok()));
    }
    for page in pages() {
        assert!(found.contains(&page.path.canonicalize().unwrap()), "{}", page.path.display());
    }
}

/// Command lines in pages are ones that the program takes.
#[test]
fn command_lines_in_pages_are_taken() {
    let mut refused = Vec::new();
    for page in pages() {
        for line in page.command_lines() {
            let taken = Cli::definition().try_get_matches_from(words(&line));
            // Prose may name a command without what it needs.
            let excused =
                [ErrorKind::DisplayHelp, ErrorKind::DisplayVersion, ErrorKind::MissingRequiredArgument];
            if let Err(error) = taken
                && !excused.contains(&error.kind())
            {
                refused.push(format!("{}: {line}\n{error}", page.path.display()));
            }
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

/// The third column of the table of symptoms: who finds it.
#[test]
fn checks_in_the_table_of_symptoms_exist() {
    let probes = Home::new().run(&["doctor", "--list"]);
    let probes: HashSet<&str> = probes.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let cli = Cli::definition();
    let text = std::fs::read_to_string(root().join("docs/troubleshooting.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| what"));
    let mut count = 0;
    for row in rows {
        let cell = row.split(" | ").nth(2).unwrap_or_else(|| panic!("{row}"));
        for name in spans(cell) {
            count += 1;
            assert!(probes.contains(name) || is_known(&cli, name), "`{name}` is no check: {row}");
        }
    }
    assert!(count > 20, "only {count} checks were found");
}

/// Whether this is a command, or an option of the doctor.
fn is_known(cli: &Command, name: &str) -> bool {
    let command = |name: &str| cli.get_subcommands().find(|command| command.get_name() == name).cloned();
    match name.strip_prefix("coderouter ") {
        Some(rest) => rest.split_whitespace().next().is_some_and(|name| command(name).is_some()),
        None => {
            let Some(option) = name.strip_prefix("--") else { return false };
            command("doctor")
                .is_some_and(|doctor| doctor.get_arguments().any(|arg| arg.get_long() == Some(option)))
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The first page, and all below `docs/`.
fn pages() -> Vec<Page> {
    let mut paths = vec![root().join("README.md")];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                paths.push(path);
            }
        }
    }
    paths.into_iter().map(|path| Page { text: std::fs::read_to_string(&path).unwrap(), path }).collect()
}

impl Page {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let mut is_open = false;
        for (at, line) in self.text.lines().enumerate() {
            if let Some(language) = line.trim_start().strip_prefix("```") {
                is_open = !is_open;
                if is_open {
                    blocks.push(Block { language: language.to_owned(), text: String::new(), line: at + 1 });
                }
            } else if is_open && let Some(block) = blocks.last_mut() {
                block.text.push_str(line);
                block.text.push('\n');
            }
        }
        assert!(!is_open, "{}: a fence is open", self.path.display());
        blocks
    }

    /// The lines outside of fences.
    fn prose(&self) -> String {
        let mut is_open = false;
        let lines = self.text.lines().filter(|line| {
            let is_fence = line.trim_start().starts_with("```");
            is_open ^= is_fence;
            !is_open && !is_fence
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// What its links lead to, of those that stay in the repository.
    fn links(&self) -> Vec<String> {
        let prose = self.prose();
        let in_brackets = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let in_marks = ["src=\"", "srcset=\""].into_iter().flat_map(|mark| prose.split(mark).skip(1));
        let in_marks = in_marks.filter_map(|rest| rest.split('"').next());
        let links = in_brackets.chain(in_marks).filter(|link| !link.contains("://"));
        links.map(str::to_owned).collect()
    }

    /// Command lines of the program, without its messages and what shows that something may be left out.
    fn command_lines(&self) -> Vec<String> {
        let blocks = self.blocks();
        let in_blocks =
            blocks.iter().filter(|block| block.language == "sh").flat_map(|block| block.text.lines());
        let prose = self.prose();
        let lines = in_blocks.chain(spans(&prose));
        let is_message = |line: &str| line.split(' ').nth(1).is_some_and(|word| word.ends_with(':'));
        let is_whole = |line: &str| !line.contains(['[', '…']) && !is_message(line);
        lines.filter(|line| line.starts_with("coderouter ") && is_whole(line)).map(str::to_owned).collect()
    }
}

/// The words of a command line up to where it ends, or to the wide gap behind which its meaning stands.
fn words(line: &str) -> Vec<String> {
    let line = line.split("   ").next().unwrap_or_default();
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() && !rest.starts_with(['#', '|', '>', '<', '&', ';']) {
        let quote = rest.chars().next().filter(|c| ['"', '\''].contains(c));
        let (word, after) = match quote {
            Some(quote) => rest[1..].split_once(quote).unwrap_or((&rest[1..], "")),
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

fn has_providers(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("providers:"))
}

/// What stands between backticks.
fn spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// What a page's headings are called in links.
fn anchors(path: &Path) -> HashSet<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let page = Page { path: path.to_owned(), text };
    let prose = page.prose();
    prose.lines().filter(|line| line.starts_with('#')).map(anchor).collect()
}

fn anchor(heading: &str) -> String {
    let title = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = title.chars().filter(|c| c.is_alphanumeric() || " _-".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}
