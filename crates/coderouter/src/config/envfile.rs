//! Env files: `[export ]KEY=value` lines that fill gaps in the environment. No expansion, no commands, no
//! multi-line values.

use std::fmt;
use std::path::{Path, PathBuf};

use super::environment::{Env, is_variable_name};
use super::source;

/// Which value counts where the environment has one already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precedence {
    /// The environment's; of several files the first.
    #[default]
    Environment,
    /// The file's; of several files the last.
    File,
}

/// What one file did. `Display` is a line with the names, never the values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The file.
    pub path: PathBuf,
    /// The variables it set, sorted.
    pub names: Vec<String>,
}

impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.names.len() {
            0 => write!(f, "{path}: 0 variables applied, the environment has them all"),
            1 => write!(f, "{path}: 1 variable applied: {}", self.names[0]),
            count => write!(f, "{path}: {count} variables applied: {}", self.names.join(", ")),
        }
    }
}

/// Why an env file is not usable, as `path:line: reason`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvFileError {
    /// The file.
    pub path: PathBuf,
    /// Counted from 1; none where the file could not be read.
    pub line: Option<usize>,
    /// What is wrong, without the line's text.
    pub reason: String,
}

impl fmt::Display for EnvFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path.display(), self.reason),
            None => write!(f, "{}: {}", self.path.display(), self.reason),
        }
    }
}

impl std::error::Error for EnvFileError {}

/// Reads env files from left to right into the environment; nothing is changed where one of them is wrong.
pub fn apply(paths: &[PathBuf], precedence: Precedence, env: &mut Env) -> Result<Vec<Applied>, EnvFileError> {
    let files = paths.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let mut applied = Vec::with_capacity(files.len());
    for (path, variables) in paths.iter().zip(files) {
        let fills = |name: &str| precedence == Precedence::File || env.get(name).is_none();
        let new: Vec<_> = variables.into_iter().filter(|(name, _)| fills(name)).collect();
        let mut names: Vec<String> = new.iter().map(|(name, _)| name.clone()).collect();
        names.sort();
        names.dedup();
        for (name, value) in new {
            env.set(name, value);
        }
        applied.push(Applied { path: path.clone(), names });
    }
    Ok(applied)
}

fn read(path: &Path) -> Result<Vec<(String, String)>, EnvFileError> {
    let text = source::read(path).map_err(|error| EnvFileError {
        path: path.to_owned(),
        line: None,
        reason: error.to_string(),
    })?;
    parse(&text).map_err(|(line, reason)| EnvFileError {
        path: path.to_owned(),
        line: Some(line),
        reason: reason.to_owned(),
    })
}

/// The variables of a text in file order, or the line, counted from 1, that is wrong, and why.
fn parse(text: &str) -> Result<Vec<(String, String)>, (usize, &'static str)> {
    let mut variables = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        variables.push(parse_line(line).map_err(|reason| (index + 1, reason))?);
    }
    Ok(variables)
}

fn parse_line(line: &str) -> Result<(String, String), &'static str> {
    let line = match line.strip_prefix("export") {
        Some(rest) if rest.starts_with([' ', '\t']) => rest.trim_start(),
        _ => line,
    };
    let (name, value) = line.split_once('=').ok_or("there is no = in this line")?;
    let name = name.trim_end();
    if !is_variable_name(name) {
        return Err("the name before = is not one of letters, digits and underscores");
    }
    let value = value.trim_start();
    let value = match value.chars().next() {
        Some('"') => double_quoted(&value[1..])?,
        Some('\'') => single_quoted(&value[1..])?,
        _ => bare(value),
    };
    Ok((name.to_owned(), value))
}

/// Up to a `#` with a blank before it.
fn bare(value: &str) -> String {
    let comment = value
        .char_indices()
        .find(|(index, c)| *c == '#' && (*index == 0 || value[..*index].ends_with([' ', '\t'])));
    value[..comment.map_or(value.len(), |(index, _)| index)].trim_end().to_owned()
}

fn single_quoted(rest: &str) -> Result<String, &'static str> {
    let (value, tail) = rest.split_once('\'').ok_or("the single quote is not closed")?;
    check_tail(tail)?;
    Ok(value.to_owned())
}

/// With `\n \t \r \" \\ \$` and an escaped backtick; before any other character the backslash stays.
fn double_quoted(rest: &str) -> Result<String, &'static str> {
    let mut value = String::new();
    let mut chars = rest.char_indices();
    while let Some((index, c)) = chars.next() {
        match c {
            '"' => {
                check_tail(&rest[index + 1..])?;
                return Ok(value);
            }
            '\\' => match chars.next().map(|(_, escaped)| escaped) {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some('r') => value.push('\r'),
                Some(plain @ ('"' | '\\' | '$' | '`')) => value.push(plain),
                Some(other) => value.extend(['\\', other]),
                None => break,
            },
            other => value.push(other),
        }
    }
    Err("the double quote is not closed")
}

fn check_tail(tail: &str) -> Result<(), &'static str> {
    let tail = tail.trim_start();
    if tail.is_empty() || tail.starts_with('#') {
        Ok(())
    } else {
        Err("there is text after the closing quote")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expect: Result<(&str, &str), &str>) {
        let parsed = parse(line).map(|variables| variables[0].clone());
        let parsed = parsed.as_ref().map(|(name, value)| (name.as_str(), value.as_str()));
        assert_eq!(parsed.map_err(|(_, reason)| *reason), expect, "{line}");
    }

    #[test]
    fn the_grammar() {
        check("A=b", Ok(("A", "b")));
        check("  export\tA = b ", Ok(("A", "b")));
        check("exported=1", Ok(("exported", "1")));
        check("A=", Ok(("A", "")));
        check("A=foo#bar", Ok(("A", "foo#bar")));
        check("A=foo\t# bar", Ok(("A", "foo")));
        check("A= # bar", Ok(("A", "")));
        check("A=b=c", Ok(("A", "b=c")));
        check(r#"A="x \n\t\r\"\\\$\`\q" # c"#, Ok(("A", "x \n\t\r\"\\$`\\q")));
        check("A='x \\n $B'#c", Ok(("A", "x \\n $B")));
        check("A=$HOME/${X}", Ok(("A", "$HOME/${X}")));
        check("A", Err("there is no = in this line"));
        check("1A=b", Err("the name before = is not one of letters, digits and underscores"));
        check("A B=c", Err("the name before = is not one of letters, digits and underscores"));
        check("=b", Err("the name before = is not one of letters, digits and underscores"));
        check("A=\"b", Err("the double quote is not closed"));
        check("A=\"b\\", Err("the double quote is not closed"));
        check("A='b", Err("the single quote is not closed"));
        check("A=\"b\" c", Err("there is text after the closing quote"));
    }

    #[test]
    fn blank_lines_and_comments_count_as_lines() {
        assert_eq!(parse("\n# c\r\nA=1\r\nB"), Err((4, "there is no = in this line")));
    }

    #[test]
    fn the_environment_wins_unless_told_otherwise() {
        let folder = std::env::temp_dir().join(format!("coderouter-envfile-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let paths = [folder.join("one"), folder.join("two")];
        std::fs::write(&paths[0], "A=1\nB=1\n").unwrap();
        std::fs::write(&paths[1], "B=2\nC=2\nC=3\n").unwrap();

        let mut env = Env::from_iter([("A", "0")]);
        let applied = apply(&paths, Precedence::Environment, &mut env).unwrap();
        assert_eq!((env.get("A"), env.get("B"), env.get("C")), (Some("0"), Some("1"), Some("3")));
        assert_eq!(applied[0].names, ["B"]);
        assert!(applied[1].to_string().ends_with("two: 1 variable applied: C"));

        let mut env = Env::from_iter([("A", "0")]);
        apply(&paths, Precedence::File, &mut env).unwrap();
        assert_eq!((env.get("A"), env.get("B")), (Some("1"), Some("2")));

        std::fs::write(&paths[1], "B=2\nC").unwrap();
        let mut env = Env::default();
        let error = apply(&paths, Precedence::Environment, &mut env).unwrap_err();
        assert!(error.to_string().ends_with("two:2: there is no = in this line"), "{error}");
        assert_eq!(env.get("A"), None);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
