//! Quirks: ways in which real backends write their dialect differently. Each dialect lists its own; here they
//! are one type, and a set.

use crate::{anthropic, openai, sse};

/// One deviation, of any of the three layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quirk {
    /// Of the event stream framing, in both dialects.
    Sse(sse::Quirk),
    /// Of the Anthropic Messages dialect; nothing happens in the other.
    Anthropic(anthropic::Quirk),
    /// Of the OpenAI Chat dialect; nothing happens in the other.
    OpenAi(openai::Quirk),
}

impl Quirk {
    /// Every quirk there is.
    pub fn all() -> impl Iterator<Item = Self> {
        let sse = sse::Quirk::ALL.iter().map(|quirk| Self::Sse(*quirk));
        let anthropic = anthropic::Quirk::ALL.iter().map(|quirk| Self::Anthropic(*quirk));
        sse.chain(anthropic).chain(openai::Quirk::ALL.iter().map(|quirk| Self::OpenAi(*quirk)))
    }

    /// Its name on a command line, such as `openai-no-done`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sse(quirk) => quirk.name(),
            Self::Anthropic(quirk) => quirk.name(),
            Self::OpenAi(quirk) => quirk.name(),
        }
    }

    /// What it does, in one sentence.
    pub fn summary(self) -> &'static str {
        match self {
            Self::Sse(quirk) => quirk.summary(),
            Self::Anthropic(quirk) => quirk.summary(),
            Self::OpenAi(quirk) => quirk.summary(),
        }
    }
}

impl From<sse::Quirk> for Quirk {
    fn from(quirk: sse::Quirk) -> Self {
        Self::Sse(quirk)
    }
}

impl From<anthropic::Quirk> for Quirk {
    fn from(quirk: anthropic::Quirk) -> Self {
        Self::Anthropic(quirk)
    }
}

impl From<openai::Quirk> for Quirk {
    fn from(quirk: openai::Quirk) -> Self {
        Self::OpenAi(quirk)
    }
}

/// The quirks of one answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Quirks(Vec<Quirk>);

impl Quirks {
    pub(crate) fn add(&mut self, quirk: Quirk) {
        self.0.push(quirk);
    }

    pub(crate) fn has(&self, quirk: impl Into<Quirk>) -> bool {
        self.0.contains(&quirk.into())
    }
}

/// Declares a dialect's quirks: the sentence above each is both its documentation and its summary for people.
macro_rules! quirks {
    ($about:literal: $($(#[doc = $summary:literal])+ $variant:ident = $name:literal,)+) => {
        #[doc = $about]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Quirk {
            $($(#[doc = $summary])+ $variant,)+
        }

        impl Quirk {
            /// Every quirk of this layer.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name on a command line.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// What it does, in one sentence.
            pub fn summary(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($summary),+).trim_start(),)+
                }
            }
        }
    };
}

pub(crate) use quirks;
