//! Filters over the text that a client sees, by the names of the configuration. They run on what repair has left, so
//! that none can delete a call.

mod bytes;
mod markers;
mod xml;

pub use bytes::ByteTokens;

use canon::config::OutputFilter;
use markers::StopMarkers;
use xml::ToolCallXml;

/// A filter and its state.
#[derive(Debug)]
enum Filter {
    Markers(StopMarkers),
    Xml(ToolCallXml),
}

/// The filters of one text, in the order they are configured.
#[derive(Debug, Default)]
pub struct Filters {
    chain: Vec<Filter>,
}

impl Filters {
    /// The filters that work on text alone; the others are done where thinking and bytes are known.
    pub fn new(names: &[OutputFilter]) -> Self {
        let chain = names.iter().filter_map(|name| match name {
            OutputFilter::StripStopMarkers => Some(Filter::Markers(StopMarkers::default())),
            OutputFilter::StripToolCallXml => Some(Filter::Xml(ToolCallXml::default())),
            OutputFilter::StripThinking | OutputFilter::RepairByteFallback => None,
        });
        Self { chain: chain.collect() }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.chain.is_empty()
    }

    /// Whether any holds text back.
    pub fn is_holding(&self) -> bool {
        self.chain.iter().any(|filter| match filter {
            Filter::Markers(filter) => filter.is_holding(),
            Filter::Xml(filter) => filter.is_holding(),
        })
    }

    /// Takes text in and returns what may be seen of it.
    pub fn push(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for filter in &mut self.chain {
            text = match filter {
                Filter::Markers(filter) => filter.push(&text),
                Filter::Xml(filter) => filter.push(&text),
            };
        }
        text
    }

    /// Takes the end of the text in and returns what was held back.
    pub fn finish(&mut self) -> String {
        let mut text = String::new();
        for filter in &mut self.chain {
            text = match filter {
                Filter::Markers(filter) => filter.push(&text) + &filter.finish(),
                Filter::Xml(filter) => filter.push(&text) + &filter.finish(),
            };
        }
        text
    }

    /// The names of those that changed something.
    pub fn fired(&self) -> Vec<OutputFilter> {
        let fired = self.chain.iter().filter_map(|filter| match filter {
            Filter::Markers(filter) => filter.fired().then_some(OutputFilter::StripStopMarkers),
            Filter::Xml(filter) => filter.fired().then_some(OutputFilter::StripToolCallXml),
        });
        fired.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[OutputFilter], text: &str, expected: &str) {
        let mut whole = Filters::new(names);
        assert_eq!(whole.push(text) + &whole.finish(), expected, "{text}");
        for size in 1..6 {
            let mut cut = Filters::new(names);
            let chars: Vec<char> = text.chars().collect();
            let mut out: String =
                chars.chunks(size).map(|piece| cut.push(&piece.iter().collect::<String>())).collect();
            out += &cut.finish();
            assert_eq!(out, expected, "{text} in pieces of {size}");
        }
    }

    #[test]
    fn stop_markers_go_where_they_leak() {
        let names = [OutputFilter::StripStopMarkers];
        check(&names, "Done.<|im_end|>", "Done.");
        check(&names, "Done.<|eot_id|>\n", "Done.\n");
        check(&names, "<|im_start|>assistant\nHello", "Hello");
        check(&names, "a\n<|end|>\nb", "a\n\nb");
        check(
            &names,
            "It ends with <|im_end|> in that template.",
            "It ends with <|im_end|> in that template.",
        );
        check(&names, "Use `<|im_end|>`", "Use `<|im_end|>`");
        check(&names, "```\n<|im_end|>\n```\n", "```\n<|im_end|>\n```\n");
        check(&names, "x <| y |> z <|", "x <| y |> z <|");
        check(&names, "Gut.<｜end▁of▁sentence｜>", "Gut.");
        check(&names, "Done.</s>", "Done.");
    }

    #[test]
    fn calls_in_xml_go_whole() {
        let names = [OutputFilter::StripToolCallXml];
        check(&names, "a <tool_call>{\"name\":\"x\"}</tool_call> b", "a  b");
        check(&names, "a <tool_call> without an end", "a <tool_call> without an end");
        check(&names, "a <tool", "a <tool");
    }
}
