//! Why something that has the form of a call is none, in words for people. The words for damage stand beside its ids.

use crate::scanner::Reason;
use crate::toolbox::Misfit;

impl Reason {
    /// Why it is none; fits after "because".
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Misfit(misfit) => misfit.phrase(),
            Self::Example => "the sentence before it presents it as an example",
            Self::GoesOn => "text goes on behind it, and no markup says that it is a call",
            Self::CutOff => "the output limit cut it off",
            Self::Mended => "it would have to be mended, and calls are only to be read",
            Self::Repeated => "the same call stands right before it",
        }
    }
}

impl Misfit {
    /// Why it fits no declared tool; fits after "because".
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Unknown => "no declared tool has this name, or several could be meant",
            Self::Incomplete => "an argument that the tool requires is missing",
            Self::Shapeless => "its arguments are no JSON object, nor can they be made one",
        }
    }
}
