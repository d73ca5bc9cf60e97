//! What the shapes did to a request, for those who tell it.

use crate::context::trim::Trimmed;
use canon::event::{Fact, ToolChoiceEmulated};
use canon::id::ProviderName;
use canon::target::Droppable;
use canon::text::Text;

/// One thing a shape did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShapeNote {
    /// Old turns were dropped or shortened.
    ContextTrimmed(Trimmed),
    /// Empty text blocks were left out: how many.
    EmptyTextDropped(usize),
    /// Ids of calls were put into the form that the backend takes: how many, results counted.
    CallIdsFitted(usize),
    /// The part of the attribution line that changes per request was made constant.
    BillingLineMasked,
    /// The attribution line was left out.
    BillingLineDropped,
    /// The provider's or profile's own directive was appended to the system prompt.
    PromptAppended,
    /// What the tool-loop guard has to say was appended to the system prompt.
    LoopHintAppended,
    /// A forced tool choice was said in words: the tool, where one was named.
    ToolChoiceEmulated(Option<Text>),
    /// A forced tool choice goes to a provider that can't force one.
    ToolChoiceUnsupported,
    /// System turns in mid-conversation were made user text in place: how many.
    SystemTurnsFolded(usize),
    /// Prompt-cache markers were taken out: how many.
    CacheControlStripped(usize),
    /// The tool search was taken out and all tools are sent.
    ToolSearchExpanded,
    /// A field was left out because the provider is known not to take it.
    Unsupported(Droppable),
}

impl ShapeNote {
    /// What is told about it; most shapes change nothing that anybody would miss.
    pub fn fact(&self, provider: &ProviderName) -> Option<Fact> {
        let provider = provider.clone();
        match self {
            Self::CacheControlStripped(markers) => {
                Some(Fact::CacheControlStripped { provider, markers: *markers })
            }
            Self::ToolChoiceEmulated(tool) => Some(Fact::ToolChoiceEmulated(Box::new(ToolChoiceEmulated {
                provider,
                tool: tool.as_ref().map(|tool| tool.read().into_owned()),
                mode: if tool.is_some() { "tool" } else { "any" },
            }))),
            Self::ToolChoiceUnsupported => Some(Fact::Degraded {
                provider,
                dropped: vec!["tool_choice".to_owned()],
                reason: "unsupported-backend",
            }),
            Self::Unsupported(field) => Some(Fact::Degraded {
                provider,
                dropped: vec![field.name().to_owned()],
                reason: "provider-does-not-support",
            }),
            Self::EmptyTextDropped(_) | Self::BillingLineMasked | Self::BillingLineDropped => None,
            Self::PromptAppended | Self::SystemTurnsFolded(_) | Self::ToolSearchExpanded => None,
            // Told with the profile and the verdict, by whoever decided the cut or gave the hint.
            Self::CallIdsFitted(_) | Self::ContextTrimmed(_) | Self::LoopHintAppended => None,
        }
    }
}
