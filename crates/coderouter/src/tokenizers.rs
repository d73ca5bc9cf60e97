//! Exact token counts with the tokenizers that providers name. Each is loaded from its file when it is first needed;
//! loading and counting run on threads for work that takes its time. What texts a prompt has is `routing`'s business.
//!
//! Without the feature `tokenizer` there are none, and nobody gets a count.

#[cfg(feature = "tokenizer")]
mod hugging_face;

use canon::request::Request;
use routing::estimate::{ToolContent, estimate_by_length};
use routing::tokens::{TokenCounter, count_tokens};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The tokens of a prompt by its tokenizer, and a quarter of its characters.
pub type Counts = OnceLock<(u64, u64)>;

/// All tokenizers by their files. A file that can't be read counts nothing, and is not tried again.
#[derive(Default)]
pub struct Tokenizers {
    loaded: Mutex<HashMap<PathBuf, Arc<Slot>>>,
}

/// A tokenizer once somebody has asked for it; none in it where its file is no use.
type Slot = OnceLock<Option<Box<dyn TokenCounter + Send + Sync>>>;

impl Tokenizers {
    /// Counts the prompt of a request with the tokenizer of a file; none where there is no such tokenizer or it fails.
    /// Dropped, the count goes on to its end for nobody.
    pub async fn count(&self, file: PathBuf, request: Request, tool_content: ToolContent) -> Option<u64> {
        let slot = self.slot(&file);
        let count = move || {
            let counter = slot.get_or_init(|| load(&file)).as_deref()?;
            count_tokens(&request, tool_content, counter)
        };
        // A tokenizer that panics on a text is as good as one that fails.
        tokio::task::spawn_blocking(count).await.ok().flatten()
    }

    /// Counts beside whatever else is done; what comes of it is there for those who look later.
    pub fn count_beside(
        &self,
        file: PathBuf,
        request: Arc<Request>,
        tool_content: ToolContent,
        into: Arc<Counts>,
    ) {
        let slot = self.slot(&file);
        tokio::task::spawn_blocking(move || {
            let Some(counter) = slot.get_or_init(|| load(&file)).as_deref() else { return };
            let Some(accurate) = count_tokens(&request, tool_content, counter) else { return };
            let by_length = estimate_by_length(&request, tool_content);
            // Somebody else's count of the same prompt is as good.
            let _ = into.set((accurate, by_length));
        });
    }

    fn slot(&self, file: &Path) -> Arc<Slot> {
        // Whole entries are put in; a panic elsewhere leaves no half one.
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(loaded.entry(file.to_owned()).or_default())
    }
}

#[cfg(feature = "tokenizer")]
fn load(file: &Path) -> Option<Box<dyn TokenCounter + Send + Sync>> {
    hugging_face::HuggingFace::load(file).map(|counter| Box::new(counter) as _)
}

#[cfg(not(feature = "tokenizer"))]
fn load(_: &Path) -> Option<Box<dyn TokenCounter + Send + Sync>> {
    None
}
