//! Requests: any body is read without a panic, and one that is taken can be written for a backend of either dialect.
#![no_main]

use bytes::Bytes;
use canon::target::Target;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use wire::{anthropic, openai};

fuzz_target!(|body: &[u8]| {
    let body = Bytes::copy_from_slice(body);
    for decode in [anthropic::decode_request, openai::decode_request] {
        let Ok(request) = decode(&body) else { continue };
        for encode in [anthropic::encode_request, openai::encode_request] {
            let encoded = encode(&request, &Target::default());
            let written = serde_json::from_slice::<Value>(&encoded.body);
            assert!(written.is_ok_and(|value| value.is_object()), "not a JSON object: {:?}", encoded.body);
        }
    }
});
