//! Plain answers and errors: any body and status is read without a panic, and an error can be told in either dialect.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use wire::{anthropic, openai};

fuzz_target!(|input: (u16, &[u8])| {
    let (status, body) = (input.0, Bytes::copy_from_slice(input.1));
    // What cannot be read as an answer is a fault, and that is told too.
    let answers =
        [anthropic::decode_reply(&body, &mut Vec::new()), openai::decode_reply(&body, &mut Vec::new())];
    let errors = [anthropic::decode_fault(status, &body), openai::decode_fault(status, &body)];
    for fault in answers.into_iter().filter_map(Result::err).chain(errors) {
        for told in [anthropic::encode_fault(&fault), openai::encode_fault(&fault)] {
            assert!((400..600).contains(&told.status), "an error with status {}", told.status);
            assert!(serde_json::from_slice::<Value>(&told.body).is_ok(), "not JSON: {:?}", told.body);
        }
    }
});
