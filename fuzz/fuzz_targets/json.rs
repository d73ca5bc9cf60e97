//! JSON bodies: any bytes are read without a panic, and our reader and serde_json agree on what is JSON.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use wire::json::{NESTING_LIMIT, Reader};

fuzz_target!(|body: &[u8]| {
    let body = Bytes::copy_from_slice(body);
    let ours = Reader::new(&body).and_then(|mut reader| reader.skip().and_then(|()| reader.end())).is_ok();
    let theirs = serde_json::from_slice::<Value>(&body).is_ok();
    // Both limit the depth, each in its own way of counting.
    let deep = body.iter().filter(|byte| matches!(byte, b'[' | b'{')).count() + 1 >= NESTING_LIMIT as usize;
    assert!(ours == theirs || deep, "ours: {ours}, theirs: {theirs}");
});
