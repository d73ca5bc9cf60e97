//! What an encoder says of itself to the client, whichever backend answers.

use canon::text::Text;

/// The parts of an answer that are ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Voice {
    /// The id of the answer where no backend of the same dialect gives one; encoders put their dialect's prefix in
    /// front where it lacks.
    pub id: Text,
    /// The model the client asked for; it stands in every answer, as clients loop when it differs.
    pub model: Text,
    /// When the request came, in seconds since 1970.
    pub created: u64,
    /// Whether the client of a stream asked for token counts, where its dialect has it ask.
    pub include_usage: bool,
    /// Our estimate of the prompt, in tokens, for a backend that does not count.
    pub input_estimate: u64,
}
