//! Shares of a text, from 0 to 1: how much of it stands in code fences, how much of it is Chinese, Japanese or Korean.

use crate::estimate::is_cjk;

const FENCE: &str = "```";

/// The share of characters in code fences, the fences included. One that is not closed counts nothing.
pub(super) fn in_code_fences(text: &str) -> f64 {
    let (mut fenced, mut rest) = (0, text);
    while let Some(span) = first_fenced(rest) {
        fenced += rest[span.clone()].chars().count();
        rest = &rest[span.end..];
    }
    // What is fenced is at most the whole, so nothing is counted where there is nothing.
    if fenced == 0 { 0.0 } else { fenced as f64 / text.chars().count() as f64 }
}

fn first_fenced(text: &str) -> Option<std::ops::Range<usize>> {
    let start = text.find(FENCE)?;
    let inside = start + FENCE.len();
    let length = text[inside..].find(FENCE)?;
    Some(start..inside + length + FENCE.len())
}

/// The share of Chinese, Japanese and Korean among the characters that are no white space.
pub(super) fn of_cjk(text: &str) -> f64 {
    let (mut cjk, mut all) = (0_u64, 0_u64);
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        cjk += u64::from(is_cjk(u32::from(c)));
        all += 1;
    }
    if cjk == 0 { 0.0 } else { cjk as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fences_are_counted_with_their_marks() {
        for (text, expect) in [
            ("", 0.0),
            ("prose", 0.0),
            ("```a```", 1.0),
            ("```é```éé", 7.0 / 9.0),
            ("abc```x", 0.0),
            ("``````", 1.0),
            ("`````", 0.0),
            ("```a``` and ```b", 7.0 / 16.0),
            ("```a```bcdefg```h```", 14.0 / 20.0),
            ("```\nlines\nof it\n```", 1.0),
        ] {
            assert_eq!(in_code_fences(text), expect, "{text:?}");
        }
    }

    #[test]
    fn every_script_is_counted_and_no_blank() {
        for (text, expect) in [
            ("", 0.0),
            (" \n\u{3000}", 0.0),
            ("abc", 0.0),
            ("日本語", 1.0),
            ("ab 日\u{3000}本", 0.5),
            ("ひらカタ", 1.0),
            ("한국어", 1.0),
            ("\u{1100}\u{11ff}", 1.0),
            ("、。「」", 1.0),
            ("Ａｂｃ！", 1.0),
            ("\u{20000}\u{2a6df}", 1.0),
            ("\u{3400}\u{4dbf}\u{4e00}\u{9fff}\u{f900}\u{faff}\u{ff00}\u{ffef}\u{ac00}\u{d7a3}", 1.0),
            (
                "\u{33ff}\u{4dc0}\u{a000}\u{abff}\u{d7a4}\u{f8ff}\u{fb00}\u{fff0}\u{10ff}\u{1200}\u{2a6e0}",
                0.0,
            ),
            ("aэ日ü", 0.25),
        ] {
            assert_eq!(of_cjk(text), expect, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn shares_are_shares(text in "[`a日 é\\n]{0,40}") {
            prop_assert!((0.0..=1.0).contains(&in_code_fences(&text)));
            prop_assert!((0.0..=1.0).contains(&of_cjk(&text)));
        }

        /// The same as the expression by which the Python program finds fences.
        #[test]
        fn fences_are_those_of_the_expression(text in "[`a\\n]{0,40}") {
            let fences = fancy_regex::Regex::new("(?s)```.*?```").unwrap();
            let fenced: usize = fences.find_iter(&text).map(|found| found.unwrap().as_str().len()).sum();
            let expect = if text.is_empty() { 0.0 } else { fenced as f64 / text.len() as f64 };
            prop_assert_eq!(in_code_fences(&text), expect);
        }
    }
}
