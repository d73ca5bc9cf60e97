//! The examples of the recommendation, and the laws.

use super::{LENGTH, SpanId, TraceContext, TraceFlags, TraceId, is_trace_state};
use proptest::prelude::*;

const EXAMPLE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn read(value: &str) -> Option<TraceContext> {
    TraceContext::read(value.as_bytes())
}

#[test]
fn a_traceparent_says_which_trace_and_which_span() {
    let context = read(EXAMPLE).expect("a traceparent");
    assert_eq!(context.trace.number(), 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c);
    assert_eq!(context.span.number(), 0xb7ad_6b71_6920_3331);
    assert!(context.flags.is_sampled());
    assert_eq!(context.write().as_slice(), EXAMPLE.as_bytes());
}

#[test]
fn what_breaks_a_rule_is_none() {
    for value in [
        "",
        "00",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
        // No more and no less.
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        // No letters in upper case.
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-B7AD6B7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0A",
        // No id that is all zeros.
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        // Nothing else between the fields, nothing else in them.
        "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
        "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
        "00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        // The version that is none, and a later one that goes on without a dash.
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more",
        "0g-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ] {
        assert_eq!(read(value), None, "{value}");
    }
}

#[test]
fn later_versions_are_read_as_far_as_they_are_known() {
    for tail in ["", "-", "-what the future will be like"] {
        let value = format!("cc{}{tail}", &EXAMPLE[2..]);
        assert_eq!(read(&value), read(EXAMPLE), "{value}");
    }
    let flagged = read("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-fe").expect("a traceparent");
    assert!(!flagged.flags.is_sampled());
    assert!(flagged.write().ends_with(b"-02"), "unknown flags are not passed on");
}

#[test]
fn a_tracestate_is_a_list_of_members() {
    for value in ["rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "a=b", "a=1 , \tt@v= x!,,2/*_-=~", "a=b,a=b"] {
        assert!(is_trace_state(value.as_bytes()), "{value}");
    }
    let longest = format!("{}={}", "k".repeat(256), "v".repeat(256));
    assert!(is_trace_state(longest.as_bytes()));
    let (long_key, long_value) = (format!("{}=v", "k".repeat(257)), format!("k={}", "v".repeat(257)));
    let many = "a=b,".repeat(33);
    for value in [
        "",
        " , ",
        "a",
        "a=",
        "=b",
        "A=b",
        "a b=c",
        "_a=b",
        "a=b=c",
        "a=é",
        "a=\u{7}",
        &long_key,
        &long_value,
        &many,
    ] {
        assert!(!is_trace_state(value.as_bytes()), "{value}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(trace: u128, span: u64, flags in 0_u8..4) {
        let context =
            TraceContext { trace: TraceId::new(trace), span: SpanId::new(span), flags: TraceFlags(flags) };
        prop_assert_eq!(TraceContext::read(&context.write()), Some(context));
    }

    #[test]
    fn whatever_is_read_is_written_the_same(value in proptest::collection::vec(any::<u8>(), 0..80)) {
        if let Some(context) = TraceContext::read(&value) {
            prop_assert_eq!(TraceContext::read(&context.write()), Some(context));
        }
        let _ = is_trace_state(&value);
    }

    #[test]
    fn one_byte_more_or_another_one_is_none_or_the_same_form(place in 0..LENGTH, byte: u8) {
        let mut value = EXAMPLE.as_bytes().to_vec();
        value[place] = byte;
        let is_digit = byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let is_separator = [2, 35, 52].contains(&place);
        let is_version = place < 2;
        if let Some(context) = TraceContext::read(&value) {
            prop_assert!(is_separator == (byte == b'-') && (is_separator || is_digit));
            prop_assert!(is_version || place >= 53 || context.write() == value[..]);
        } else {
            prop_assert!(!is_digit || is_separator || is_version);
        }
        value.push(byte);
        prop_assert!(value[..2] != *b"00" || TraceContext::read(&value).is_none());
    }
}
