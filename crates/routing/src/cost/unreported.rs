//! Token counts that a backend did not report, estimated: an answer nobody counted must not look free.

use canon::usage::Usage;

/// Fills in what a backend left out of its counts, or reported as nothing where something was there. The prompt is
/// `input_estimate` tokens, the answer a token for every four of its characters, thinking and calls included.
///
/// What the backend did report stays as it is, so this may be called on every answer.
pub fn estimated_usage(reported: &Usage, input_estimate: u64, output_chars: u64) -> Usage {
    let mut usage = reported.clone();
    if usage.prompt() == 0 && input_estimate > 0 {
        usage.input = Some(input_estimate);
    }
    if usage.output.unwrap_or(0) == 0 && output_chars > 0 {
        usage.output = Some(output_chars.div_ceil(CHARS_PER_TOKEN));
    }
    usage
}

/// The same of an answer that did not come to its end: what a backend counts at its beginning is not yet what it
/// wrote, so the larger of count and estimate holds.
pub fn partial_usage(reported: &Usage, input_estimate: u64, output_chars: u64) -> Usage {
    let mut usage = estimated_usage(reported, input_estimate, output_chars);
    if output_chars > 0 {
        usage.output = usage.output.max(Some(output_chars.div_ceil(CHARS_PER_TOKEN)));
    }
    usage
}

/// As in the estimate of prompts.
const CHARS_PER_TOKEN: u64 = 4;

#[cfg(test)]
mod tests {
    use super::super::bill;
    use super::*;
    use canon::config::Cost;
    use canon::money::Usd;

    #[test]
    fn only_what_is_missing_is_estimated() {
        let check = |reported: [Option<u64>; 3], expect: [Option<u64>; 3]| {
            let [input, cache_read, output] = reported;
            let usage = estimated_usage(&Usage { input, cache_read, output, ..Usage::default() }, 100, 10);
            assert_eq!([usage.input, usage.cache_read, usage.output], expect);
        };
        check([None, None, None], [Some(100), None, Some(3)]);
        check([Some(0), None, Some(0)], [Some(100), None, Some(3)]);
        check([Some(7), None, None], [Some(7), None, Some(3)]);
        check([Some(0), Some(90), Some(5)], [Some(0), Some(90), Some(5)]);
        assert_eq!(estimated_usage(&Usage::default(), 0, 0), Usage::default());
    }

    #[test]
    fn an_answer_without_counts_is_not_free() {
        let price = Cost { output_per_million: Usd::from_dollars(15.0), ..Cost::default() };
        assert_eq!(bill(&Usage::default(), &price).cost, Usd::ZERO);
        let estimated = estimated_usage(&Usage::default(), 1_000, 4_000);
        assert_eq!(bill(&estimated, &price).cost, Usd::from_dollars(0.015));
    }
}
