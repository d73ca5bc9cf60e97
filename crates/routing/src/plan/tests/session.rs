//! Sessions: a conversation stays with the provider that has its prompt, as long as nothing speaks against it.

use super::case::{ANSWERED, Case, check, down};
use crate::claim::Ending;
use crate::conversation::Conversation;
use canon::config::BackendHealthAction;
use canon::fault::{Fault, FaultKind, Phase};

/// A provider answers the conversation that plans are made for.
fn at_home(case: &Case, provider: &str) {
    ended(case, provider, ANSWERED);
}

fn ended(case: &Case, provider: &str, ending: Ending<'_>) {
    let plan = case.plan();
    let claim = case.claim(&plan, provider).unwrap();
    case.settle(&plan, claim, ending);
}

#[test]
fn session_goes_first_to_who_answered_it_last() {
    let mut case = Case::of(&["a", "b", "c"]);
    at_home(&case, "c");
    check(&case, "c a b", &[]);
    case.conversation = Conversation::named("another");
    check(&case, "a b c", &[]);
}

#[test]
fn session_stays_for_two_minutes_and_then_goes_as_declared() {
    let case = Case::of(&["a", "b"]);
    at_home(&case, "b");
    let case = case.after(119);
    assert_eq!(case.order(), "b a");
    check(&case.after(1), "a b", &[]);
}

/// What had to be paid for once, or had to leave this machine, goes back as soon as it can.
#[test]
fn session_never_overtakes_somebody_of_another_kind() {
    let paid = Case::of(&["a", "B"]).with(|config| config.allow_paid = true);
    at_home(&paid, "B");
    check(&paid, "a B", &[]);
    let cloud = Case::of(&["a", "b"]).provider("b", |provider| provider.local = false);
    at_home(&cloud, "b");
    check(&cloud, "a b", &[]);
}

#[test]
fn session_overtakes_nobody_for_a_doubtful_home() {
    let case = Case::of(&["a", "b"]).health(BackendHealthAction::Demote);
    at_home(&case, "b");
    case.down("b", 3);
    check(&case, "a b", &["b later backend-unhealthy"]);
    case.answers("b");
    check(&case, "b a", &[]);
}

/// A provider that broke the conversation goes last in it, prompt or not.
#[test]
fn session_leaves_a_home_that_has_just_failed_it() {
    let case = Case::of(&["a", "b"]);
    at_home(&case, "a");
    let fault = &Fault::new(FaultKind::Cut, "broken pipe");
    ended(&case, "a", Ending::Failed { fault, midstream: true });
    check(&case, "b a", &["a later just-failed"]);
}

/// A local server that ran out of time has read a part of the prompt, and its next try gets further.
#[test]
fn session_stays_where_a_prompt_is_being_read() {
    let case = Case::of(&["a", "b"]);
    let fault = &Fault::new(FaultKind::Timeout(Phase::FirstByte), "timeout");
    ended(&case, "b", Ending::Failed { fault, midstream: false });
    check(&case, "b a", &[]);
    let cloud = Case::of(&["a", "b"]).provider("a", |provider| provider.local = false);
    let cloud = cloud.provider("b", |provider| provider.local = false);
    ended(&cloud, "b", Ending::Failed { fault, midstream: false });
    check(&cloud, "a b", &[]);
    let refused = Case::of(&["a", "b"]);
    ended(&refused, "b", Ending::Failed { fault: &down(), midstream: false });
    check(&refused, "a b", &[]);
}
