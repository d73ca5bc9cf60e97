//! Exact token counts of prompts, by whoever has a model's tokenizer. None lives here.

use crate::estimate::ToolContent;
use crate::prompt::{self, Measure};
use canon::request::Request;
use canon::text::{Json, Text};

/// A model's tokenizer.
pub trait TokenCounter {
    /// The tokens of a text; none where the tokenizer fails on it.
    fn count(&self, text: &str) -> Option<u64>;
}

/// Counts the prompt of a request in tokens, text by text; none where the tokenizer fails. What a chat template puts
/// around the texts is not in it. Pictures, sound and what nobody can read count nothing.
pub fn count_tokens(request: &Request, tool_content: ToolContent, counter: &dyn TokenCounter) -> Option<u64> {
    let mut count = Count { counter, tokens: Some(0) };
    prompt::measure(request, tool_content, &mut count);
    count.tokens
}

struct Count<'a> {
    counter: &'a dyn TokenCounter,
    /// None after a failure.
    tokens: Option<u64>,
}

impl Count<'_> {
    fn add(&mut self, text: &str) {
        let sum = self.tokens.zip(self.counter.count(text));
        self.tokens = sum.map(|(sum, tokens)| sum.saturating_add(tokens));
    }
}

impl Measure for Count<'_> {
    fn text(&mut self, text: &Text) {
        if self.tokens.is_some() {
            self.add(&text.read());
        }
    }

    fn json(&mut self, value: &Json) {
        if self.tokens.is_some() {
            self.add(&String::from_utf8_lossy(value.bytes()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use bytes::Bytes;
    use canon::dialect::Dialect;
    use canon::request::{Content, Part, Role, ToolKind};

    /// Counts words; fails on "no".
    struct Words;

    impl TokenCounter for Words {
        fn count(&self, text: &str) -> Option<u64> {
            let words = text.split_whitespace();
            (!text.contains("no")).then(|| words.count() as u64)
        }
    }

    fn check(request: &Request, expect: Option<u64>) {
        assert_eq!(count_tokens(request, ToolContent::Counted, &Words), expect);
    }

    #[test]
    fn system_messages_and_tools_count() {
        let mut request = fixture::request(Dialect::Anthropic, &["be brief"], &[(Role::User, "how are you")]);
        check(&request, Some(5));
        request.tools.edit().push(fixture::tool("ask", ToolKind::Function));
        check(&request, Some(6));
        let escaped = Part::text(Text::escaped(Bytes::from_static(br"a\nb\tc")));
        request.messages.edit().push(fixture::turn(Role::User, Content::Parts(vec![escaped])));
        check(&request, Some(9));
    }

    #[test]
    fn one_failure_leaves_no_count() {
        let turns = [(Role::User, "say no"), (Role::User, "again")];
        check(&fixture::request(Dialect::Anthropic, &[], &turns), None);
        check(&Request::new(Dialect::Anthropic), Some(0));
    }
}
