//! Versions of agents, as they print them.

/// The first three numbers with dots between them in a text.
pub(super) fn parse(text: &str) -> Option<[u32; 3]> {
    text.split(|c: char| !c.is_ascii_digit() && c != '.').find_map(|word| {
        let mut numbers = word.split('.').map(str::parse);
        match (numbers.next(), numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch))) => Some([major, minor, patch]),
            _ => None,
        }
    })
}

/// As people write it.
pub(super) fn show([major, minor, patch]: [u32; 3]) -> String {
    format!("{major}.{minor}.{patch}")
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn versions_are_found_in_what_agents_print() {
        assert_eq!(parse("2.1.304 (Claude Code)\n"), Some([2, 1, 304]));
        assert_eq!(parse("codex-cli 0.169.0"), Some([0, 169, 0]));
        assert_eq!(parse("v1.18.33-beta.2"), Some([1, 18, 33]));
        assert_eq!(parse("error 12"), None);
    }
}
