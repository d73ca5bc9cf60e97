//! What rules can see of a request. What has to be looked for is found out when a rule first asks, and kept.

use super::{Question, share, user_turn};
use crate::estimate::estimate_tokens;
use canon::event::Signals;
use canon::request::Message;
use std::borrow::Cow;
use std::cell::OnceCell;

/// One request as the rules see it.
pub(super) struct Sight<'a> {
    pub(super) question: &'a Question<'a>,
    /// The model the client asked for; never empty.
    pub(super) model: Option<Cow<'a, str>>,
    turn: OnceCell<Option<&'a Message>>,
    has_image: OnceCell<bool>,
    text: OnceCell<Cow<'a, str>>,
    code_fence_ratio: OnceCell<f64>,
    cjk_ratio: OnceCell<f64>,
    tokens: OnceCell<u64>,
}

impl<'a> Sight<'a> {
    /// Looks at nothing yet.
    pub(super) fn new(question: &'a Question<'a>) -> Self {
        let model = question.request.model.as_ref().filter(|model| !model.is_empty());
        Self {
            question,
            model: model.map(|model| model.read()),
            turn: OnceCell::new(),
            has_image: OnceCell::new(),
            text: OnceCell::new(),
            code_fence_ratio: OnceCell::new(),
            cjk_ratio: OnceCell::new(),
            tokens: OnceCell::new(),
        }
    }

    /// The latest user turn. In a long loop of tools it may stand far in front.
    fn turn(&self) -> Option<&'a Message> {
        *self.turn.get_or_init(|| user_turn::latest(self.question.request))
    }

    /// Whether it has a picture.
    pub(super) fn has_image(&self) -> bool {
        *self.has_image.get_or_init(|| self.turn().is_some_and(user_turn::has_image))
    }

    /// The latest user text, which may be empty; none without a user turn.
    pub(super) fn text(&self) -> Option<&str> {
        let turn = self.turn()?;
        Some(self.text.get_or_init(|| user_turn::text(turn)))
    }

    /// The share of it in code fences.
    pub(super) fn code_fence_ratio(&self) -> Option<f64> {
        let text = self.text()?;
        Some(*self.code_fence_ratio.get_or_init(|| share::in_code_fences(text)))
    }

    /// The share of it that is Chinese, Japanese or Korean.
    pub(super) fn cjk_ratio(&self) -> Option<f64> {
        let text = self.text()?;
        Some(*self.cjk_ratio.get_or_init(|| share::of_cjk(text)))
    }

    /// The estimate of the whole body.
    pub(super) fn tokens(&self) -> u64 {
        let Question { request, tool_content, .. } = *self.question;
        *self.tokens.get_or_init(|| estimate_tokens(request, tool_content))
    }

    /// Whether tools are declared.
    pub(super) fn has_tools(&self) -> bool {
        self.question.request.declares_tools()
    }

    /// What was seen, for the event.
    pub(super) fn signals(self) -> Signals {
        Signals {
            has_tools: self.has_tools(),
            has_image: self.has_image.get().copied(),
            content_len: self.text.get().map(|text| text.chars().count() as u64),
            code_fence_ratio: self.code_fence_ratio.get().copied(),
            estimated_tokens: self.tokens.get().copied(),
            model: self.model.map(Cow::into_owned),
        }
    }
}
