//! Tokenizers in the form of a `tokenizer.json`.

use routing::tokens::TokenCounter;
use std::path::Path;
use tokenizers::Tokenizer;

/// A tokenizer that was read from its file.
pub(super) struct HuggingFace(Tokenizer);

impl HuggingFace {
    /// Reads a file; none where it is no tokenizer. What the file says about cutting and filling up texts is for
    /// training, and would make counts wrong.
    pub(super) fn load(file: &Path) -> Option<Self> {
        let mut tokenizer = Tokenizer::from_file(file).ok()?;
        tokenizer.with_truncation(None).ok()?;
        tokenizer.with_padding(None);
        Some(Self(tokenizer))
    }
}

impl TokenCounter for HuggingFace {
    fn count(&self, text: &str) -> Option<u64> {
        self.0.encode_fast(text, false).ok().map(|encoding| encoding.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tokenizers;
    use canon::dialect::Dialect;
    use canon::request::{Content, Request, Sourced};
    use routing::estimate::ToolContent;
    use std::path::{Path, PathBuf};

    /// A token a word, cut at two of them, as files for training have it.
    const WORDS: &str = r#"{"version": "1.0",
        "truncation": {"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0},
        "padding": null, "added_tokens": [], "normalizer": null, "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": null, "decoder": null,
        "model": {"type": "WordLevel", "vocab": {"[UNK]": 0, "a": 1}, "unk_token": "[UNK]"}}"#;

    fn file(name: &str, text: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("coderouter-tokenizer-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        path
    }

    async fn count(tokenizers: &Tokenizers, path: &Path, text: &str) -> Option<u64> {
        let mut request = Request::new(Dialect::Anthropic);
        request.system = Some(Sourced::new(Content::Text(text.into())));
        tokenizers.count(path.to_owned(), request, ToolContent::Counted).await
    }

    #[tokio::test]
    async fn counts_are_exact_and_files_are_read_once() {
        let (tokenizers, path) = (Tokenizers::default(), file("words", WORDS));
        assert_eq!(count(&tokenizers, &path, "a b a b, a").await, Some(6));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(count(&tokenizers, &path, "a").await, Some(1));
    }

    #[tokio::test]
    async fn a_file_that_is_no_tokenizer_counts_nothing() {
        let (tokenizers, path) = (Tokenizers::default(), file("broken", "{}"));
        assert_eq!(count(&tokenizers, &path, "a").await, None);
        assert_eq!(count(&tokenizers, Path::new("/nowhere/tokenizer.json"), "a").await, None);
        std::fs::remove_file(&path).unwrap();
    }
}
