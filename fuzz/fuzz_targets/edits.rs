//! Files of people: any text is edited as meant, or refused, without a panic; a second time nothing changes.
#![no_main]

use amend::{Edit, Step, edit, edit_json, read, read_json};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str, u32)| {
    let (text, word, number) = input;
    let ways = [
        vec![Step::key("providers"), Step::item("name", word), Step::key("extra_body"), Step::key("options")],
        vec![Step::key(word)],
    ];
    for way in ways {
        let edits = [Edit::new(way.into_iter().chain([Step::key("num_ctx")]), number)];
        if let Ok(once) = edit(text, &edits) {
            assert!(read(&once).is_ok(), "what was written can't be read: {once:?}");
            assert_eq!(edit(&once, &edits).ok().as_ref(), Some(&once), "a second edit changed something");
        }
    }
    let edits = [Edit::new([Step::key("env"), Step::key(word)], number)];
    if let Ok(once) = edit_json(text, &edits) {
        assert!(read_json(&once).is_ok(), "what was written can't be read: {once:?}");
        assert_eq!(edit_json(&once, &edits).ok().as_ref(), Some(&once), "a second edit changed something");
    }
});
