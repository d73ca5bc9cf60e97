//! `strip_tool_call_xml`: what is left of calls in `<tool_call>` elements once those that can be run were taken out.

const OPEN: &str = "<tool_call>";
const CLOSE: &str = "</tool_call>";

/// The longest element that is waited for, in bytes.
const MAX_HELD: usize = 1 << 20;

/// Removes `<tool_call>` elements, across pieces. One without an end is text.
#[derive(Debug, Default)]
pub(super) struct ToolCallXml {
    held: String,
    fired: bool,
}

impl ToolCallXml {
    pub(super) fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    pub(super) fn fired(&self) -> bool {
        self.fired
    }

    pub(super) fn push(&mut self, text: &str) -> String {
        let searched = self.held.len().saturating_sub(CLOSE.len());
        self.held.push_str(text);
        if self.held.starts_with(OPEN)
            && self.held.len() < MAX_HELD
            && !self.held[boundary(&self.held, searched)..].contains(CLOSE)
        {
            return String::new();
        }
        let all = std::mem::take(&mut self.held);
        let mut out = String::with_capacity(all.len());
        let mut rest = all.as_str();
        while let Some(at) = rest.find('<') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            if rest.starts_with(OPEN) {
                match rest.find(CLOSE) {
                    Some(len) => {
                        self.fired = true;
                        rest = &rest[len + CLOSE.len()..];
                        continue;
                    }
                    None if rest.len() < MAX_HELD => {
                        rest.clone_into(&mut self.held);
                        return out;
                    }
                    None => {}
                }
            } else if OPEN.starts_with(rest) {
                rest.clone_into(&mut self.held);
                return out;
            }
            out.push('<');
            rest = &rest[1..];
        }
        out.push_str(rest);
        out
    }

    pub(super) fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }
}

fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
