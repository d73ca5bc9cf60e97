//! Shell globs over whole names: `*`, `?`, `[seq]`, `[!seq]`. A slash is a character like any other.

/// A compiled glob.
#[derive(Debug)]
pub(super) struct Glob(Vec<Part>);

#[derive(Debug)]
enum Part {
    /// `*`
    Any,
    /// `?`
    One,
    Literal(char),
    Set {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Glob {
    /// Every text is a glob: a `[` without its `]` stands for itself.
    pub(super) fn new(pattern: &str) -> Self {
        let chars: Vec<char> = pattern.chars().collect();
        let mut parts = Vec::with_capacity(chars.len());
        let mut index = 0;
        while let Some(c) = chars.get(index) {
            index += 1;
            parts.push(match c {
                '*' => Part::Any,
                '?' => Part::One,
                '[' => match set(&chars[index..]) {
                    Some((set, len)) => {
                        index += len;
                        set
                    }
                    None => Part::Literal('['),
                },
                other => Part::Literal(*other),
            });
        }
        Self(parts)
    }

    /// Whether the whole text fits. Work is at most the product of both lengths.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut part, mut index) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while index < text.len() {
            match self.0.get(part) {
                Some(Part::Any) => {
                    star = Some((part, index));
                    part += 1;
                }
                Some(other) if other.fits(text[index]) => {
                    part += 1;
                    index += 1;
                }
                Some(_) | None => {
                    let Some((star_part, star_index)) = star.as_mut() else { return false };
                    *star_index += 1;
                    (part, index) = (*star_part + 1, *star_index);
                }
            }
        }
        self.0[part..].iter().all(|rest| matches!(rest, Part::Any))
    }
}

impl Part {
    fn fits(&self, c: char) -> bool {
        match self {
            Self::Any => false,
            Self::One => true,
            Self::Literal(literal) => *literal == c,
            Self::Set { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated
            }
        }
    }
}

/// The set that begins behind a `[`, and its length with the `]`.
fn set(chars: &[char]) -> Option<(Part, usize)> {
    let negated = chars.first() == Some(&'!');
    let start = usize::from(negated);
    let end = start + 1 + chars.get(start + 1..)?.iter().position(|c| *c == ']')?;
    let mut ranges = Vec::new();
    let mut members = &chars[start..end];
    while let [low, rest @ ..] = members {
        match rest {
            ['-', high, tail @ ..] => {
                ranges.push((*low, *high));
                members = tail;
            }
            _ => {
                ranges.push((*low, *low));
                members = rest;
            }
        }
    }
    Some((Part::Set { negated, ranges }, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, fits: &[&str], others: &[&str]) {
        let glob = Glob::new(pattern);
        for text in fits {
            assert!(glob.matches(text), "{pattern} should fit {text}");
        }
        for text in others {
            assert!(!glob.matches(text), "{pattern} should not fit {text}");
        }
    }

    #[test]
    fn globs_fit_whole_names() {
        check("", &[""], &["a"]);
        check("*", &["", "a/b"], &[]);
        check("claude-*", &["claude-", "claude-opus-4-1"], &["Claude-x", "a claude-x"]);
        check("*gpt-oss*", &["openai/gpt-oss-20b", "gpt-oss"], &["gpt-os"]);
        check("GLM-4.[5-9]*", &["GLM-4.5", "GLM-4.9-air"], &["GLM-4.4", "GLM-4"]);
        check("a?c", &["abc", "aéc"], &["ac", "abbc"]);
        check("[!a-c]x", &["dx", "éx"], &["ax", "bx", "x"]);
        check("[]a]", &["]", "a"], &["b"]);
        check("[a", &["[a"], &["a"]);
        check("[", &["["], &[""]);
        check("[!]", &["[!]"], &["x"]);
        check("[a-]", &["a", "-"], &["b"]);
        check("*a*b*c", &["xaxbxc", "abc"], &["acb", "abcx"]);
    }

    #[test]
    fn many_stars_stay_cheap() {
        let glob = Glob::new(&"*a".repeat(64));
        assert!(!glob.matches(&"a".repeat(63)));
        assert!(!glob.matches(&format!("{}b", "a".repeat(10_000))));
    }
}
