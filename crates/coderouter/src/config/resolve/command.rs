//! Restart commands: split into words as a POSIX shell would, and nothing else a shell does.

use super::super::notice::Notice;
use super::super::reader::Spanned;

/// What a shell would interpret and we do not.
const SHELL_SYNTAX: &[&str] = &["&&", "||", "|", ";", ">", "<", "$(", "`"];

/// The words of a provider's command; none where there is none or it can't be split.
pub(super) fn split(
    command: Option<&Spanned<String>>,
    provider: &str,
    notices: &mut Vec<Notice>,
) -> Vec<String> {
    let Some(command) = command else { return Vec::new() };
    let reasons = shell_syntax(&command.value);
    if !reasons.is_empty() {
        notices.push(Notice::RestartCommandShellSyntax { provider: provider.to_owned(), reasons });
    }
    words(&command.value).unwrap_or_else(|| {
        notices.push(Notice::RestartCommandUnreadable { provider: provider.to_owned() });
        Vec::new()
    })
}

fn shell_syntax(command: &str) -> Vec<String> {
    let mut reasons: Vec<String> = SHELL_SYNTAX
        .iter()
        .filter(|syntax| command.contains(**syntax))
        .map(|syntax| (*syntax).to_owned())
        .collect();
    if command.starts_with("~/") {
        reasons.push("~/ at its beginning".to_owned());
    }
    let first = command.split_whitespace().next().unwrap_or_default();
    if first.split_once('=').is_some_and(|(name, _)| super::super::environment::is_variable_name(name)) {
        reasons.push("NAME= at its beginning".to_owned());
    }
    reasons
}

/// Words between blanks; quotes group, a backslash takes the next character as it is (in double quotes only before
/// `"` and `\`). None where a quote is not closed.
fn words(command: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = command.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' => word.get_or_insert_default().push_str(&quoted(&mut chars)?),
            '"' => word.get_or_insert_default().push_str(&double_quoted(&mut chars)?),
            '\\' => word.get_or_insert_default().push(chars.next()?),
            c if c.is_whitespace() => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

fn quoted(chars: &mut std::str::Chars<'_>) -> Option<String> {
    let (inside, rest) = chars.as_str().split_once('\'')?;
    *chars = rest.chars();
    Some(inside.to_owned())
}

fn double_quoted(chars: &mut std::str::Chars<'_>) -> Option<String> {
    let mut inside = String::new();
    loop {
        match chars.next()? {
            '"' => return Some(inside),
            '\\' => match chars.next()? {
                escaped @ ('"' | '\\') => inside.push(escaped),
                other => inside.extend(['\\', other]),
            },
            c => inside.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(command: &str, expect: Option<&[&str]>) {
        let expect = expect.map(|words| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(words(command), expect, "{command}");
    }

    #[test]
    fn commands_are_split_into_words() {
        check("systemctl restart ollama", Some(&["systemctl", "restart", "ollama"]));
        check(r#"a 'b  c' "d \" \x" e\ f """#, Some(&["a", "b  c", r#"d " \x"#, "e f", ""]));
        check("  ", Some(&[]));
        check("a 'b", None);
        check("a \"b", None);
        check("a \\", None);
    }

    #[test]
    fn shell_syntax_is_named() {
        assert_eq!(shell_syntax("a && b; c > d"), ["&&", ";", ">"]);
        assert_eq!(shell_syntax("~/bin/x $(y)"), ["$(", "~/ at its beginning"]);
        assert_eq!(shell_syntax("A=1 x"), ["NAME= at its beginning"]);
        assert!(shell_syntax("/usr/bin/x --a=b").is_empty());
    }
}
