//! Made-up text: words, lines of code, files as a tool prints them. The same for the same seed.

const WORDS: &[&str] = &[
    "the",
    "file",
    "is",
    "read",
    "before",
    "it",
    "changes",
    "and",
    "a",
    "call",
    "returns",
    "what",
    "was",
    "asked",
    "when",
    "no",
    "path",
    "given",
    "use",
    "absolute",
    "names",
    "never",
    "write",
    "outside",
    "of",
    "project",
    "result",
    "may",
    "be",
    "cut",
    "after",
    "lines",
    "tests",
    "run",
    "once",
    "more",
    "in",
    "this",
    "folder",
    "with",
    "\"quoted\"",
    "words",
    "`code`",
    "so",
    "that",
    "nothing",
    "breaks;",
    "prefer",
    "small",
    "steps",
    "over",
    "large",
];

/// A source of made-up text.
pub struct Prose(u64);

impl Prose {
    /// Starts at this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Sentences in lines of some 80 bytes, at least this long in all.
    pub fn text(&mut self, bytes: usize) -> String {
        let (mut text, mut column) = (String::with_capacity(bytes + 80), 0);
        while text.len() < bytes {
            let word = WORDS[self.below(WORDS.len())];
            text.push_str(word);
            column += word.len() + 1;
            text.push(if column > 80 { '\n' } else { ' ' });
            column = if column > 80 { 0 } else { column };
        }
        text
    }

    /// A source file as an agent's reading tool prints it: numbered lines, indented code.
    pub fn file(&mut self, bytes: usize) -> String {
        let (mut text, mut line) = (String::with_capacity(bytes + 80), 0);
        while text.len() < bytes {
            line += 1;
            let indent = "    ".repeat(self.below(4));
            let (a, b) = (WORDS[self.below(30)], WORDS[self.below(30)]);
            let number = self.below(1000);
            text.push_str(&match self.below(5) {
                0 => format!("{line:>6}\t\n"),
                1 => format!("{line:>6}\t{indent}if {a}.{b}(\"{a} {b}\\n\") > {number} {{\n"),
                2 => format!("{line:>6}\t{indent}}}\n"),
                3 => format!("{line:>6}\t{indent}// {}\n", self.text(30).trim_end().replace('\n', " ")),
                _ => format!("{line:>6}\t{indent}let {a}_{b} = {b}::new({number}, &self.{a})?;\n"),
            });
        }
        text
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}
