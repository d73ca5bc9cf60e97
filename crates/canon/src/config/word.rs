//! Words of a closed set, as the file writes them; the readers, the JSON Schema and the logs share one table.

/// A setting whose value is one of a few words.
pub trait Word: Copy + PartialEq + Sized + 'static {
    /// Every word with what it means, in the order the documentation lists them.
    const CHOICES: &'static [(&'static str, Self)];

    /// The word for this value.
    fn word(self) -> &'static str {
        Self::CHOICES.iter().find(|(_, value)| *value == self).map_or("", |(word, _)| word)
    }

    /// The value of a word, exactly as written.
    fn from_word(word: &str) -> Option<Self> {
        Self::CHOICES.iter().find(|(known, _)| *known == word).map(|(_, value)| *value)
    }
}

/// Declares an enum together with its words.
macro_rules! words {
    ($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $type {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $crate::config::Word for $type {
            const CHOICES: &'static [(&'static str, Self)] = &[$(($word, Self::$variant),)+];
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::config::Word::word(*self))
            }
        }
    };
}
pub(crate) use words;
