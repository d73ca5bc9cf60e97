//! A forced tool choice at providers that can and can't force one.

use super::*;
use canon::event::Fact;

fn forcing(choice: Option<ToolChoice>) -> Request {
    let mut asked = request(Dialect::Anthropic, &["be kind"], &[(Role::User, "hi")]);
    asked.tools.edit().push(fixture::tool("Bash", ToolKind::Function));
    asked.tool_choice = choice;
    asked
}

/// What becomes of a choice: what was noted, and the choice that is sent.
fn shaped(
    choice: Option<ToolChoice>,
    action: ToolChoiceAction,
    provider: &Provider,
) -> (Vec<ShapeNote>, Option<ToolChoice>) {
    let profile = Profile { tool_choice: action, ..profile("p", &[]) };
    let asked = forcing(choice);
    let shaped = shape(&asked, provider, &profile, super::Terms::default());
    (shaped.notes.clone(), shaped.request.tool_choice.clone())
}

fn knowing(support: Support, mut provider: Provider) -> Provider {
    provider.facts.tool_choice = support;
    provider
}

#[test]
fn emulated_the_choice_becomes_the_last_instruction() {
    let check = |choice, note, directive: &str| {
        let mut case = Case::new(forcing(Some(choice)), provider("a"));
        case.profile.tool_choice = ToolChoiceAction::Emulate;
        let system = format!(r#"system*: ["be kind", {directive:?}]"#);
        case.check(&[note], &[&system, r#"user: ["hi"]"#, "tool: Bash"]);
        let shaped = shape(&case.request, &case.provider, &case.profile, super::Terms::default());
        assert_eq!(shaped.request.tool_choice, None);
    };
    check(
        ToolChoice::Named("Bash".into()),
        ShapeNote::ToolChoiceEmulated(Some("Bash".into())),
        "You MUST answer with a call of the tool `Bash`. Do not answer with plain text.",
    );
    check(
        ToolChoice::Any,
        ShapeNote::ToolChoiceEmulated(None),
        "You MUST answer with a call of one of the provided tools. Do not answer with plain text.",
    );
}

#[test]
fn a_string_gets_a_blank_line_in_between() {
    let mut case = Case::new(forcing(Some(ToolChoice::Any)), provider("a"));
    case.request.system = Some(sourced(Content::Text("be kind".into())));
    case.profile.tool_choice = ToolChoiceAction::Emulate;
    let shaped = shape(&case.request, &case.provider, &case.profile, super::Terms::default());
    let system = picture(shaped.request.system.as_ref().unwrap());
    assert!(system.starts_with(r#""be kind\n\nYou MUST"#), "{system}");
}

#[test]
fn warned_the_choice_is_sent_and_told() {
    let sent = shaped(Some(ToolChoice::Any), ToolChoiceAction::Warn, &provider("a"));
    assert_eq!(sent, (vec![ShapeNote::ToolChoiceUnsupported], Some(ToolChoice::Any)));
    let mut case = Case::new(forcing(Some(ToolChoice::Any)), provider("a"));
    case.profile.tool_choice = ToolChoiceAction::Warn;
    case.check(
        &[ShapeNote::ToolChoiceUnsupported],
        &[r#"system: ["be kind"]"#, r#"user: ["hi"]"#, "tool: Bash"],
    );
}

#[test]
fn who_can_force_is_told_by_facts_then_by_kind() {
    let rows = [
        (provider("a"), true),
        (native("a", CLAUDE), false),
        (knowing(Support::Yes, provider("a")), false),
        (knowing(Support::No, provider("a")), true),
        (knowing(Support::Yes, native("a", LOCAL)), false),
        (knowing(Support::No, native("a", LOCAL)), true),
    ];
    for (provider, is_emulated) in rows {
        let (notes, sent) = shaped(Some(ToolChoice::Any), ToolChoiceAction::Emulate, &provider);
        assert_eq!((notes.len() == 1, sent.is_none()), (is_emulated, is_emulated), "{provider:?}");
        let untouched = (vec![], Some(ToolChoice::Any));
        assert_eq!(shaped(Some(ToolChoice::Any), ToolChoiceAction::Off, &provider), untouched);
    }
}

#[test]
fn only_a_forced_choice_is_touched() {
    let opaque = ToolChoice::Opaque(Json::fixed(r#"{"type":"allowed_tools"}"#));
    for choice in [None, Some(ToolChoice::Auto), Some(ToolChoice::None), Some(opaque)] {
        for action in [ToolChoiceAction::Warn, ToolChoiceAction::Emulate] {
            assert_eq!(shaped(choice.clone(), action, &provider("a")), (vec![], choice.clone()));
        }
    }
    let mut bare = forcing(Some(ToolChoice::Any));
    bare.tools.edit().clear();
    let profile = Profile { tool_choice: ToolChoiceAction::Emulate, ..profile("p", &[]) };
    assert!(matches!(
        shape(&bare, &provider("a"), &profile, super::Terms::default()).request,
        Cow::Borrowed(_)
    ));
}

#[test]
fn what_was_done_is_told() {
    let told = |note: ShapeNote| note.fact(&"a".into());
    let Some(Fact::ToolChoiceEmulated(fact)) = told(ShapeNote::ToolChoiceEmulated(Some("Bash".into())))
    else {
        panic!("no fact")
    };
    assert_eq!((fact.tool.as_deref(), fact.mode, fact.provider.as_str()), (Some("Bash"), "tool", "a"));
    let Some(Fact::ToolChoiceEmulated(fact)) = told(ShapeNote::ToolChoiceEmulated(None)) else {
        panic!("no fact")
    };
    assert_eq!((fact.tool.as_deref(), fact.mode), (None, "any"));
    let Some(Fact::Degraded { dropped, reason, .. }) = told(ShapeNote::ToolChoiceUnsupported) else {
        panic!("no fact")
    };
    assert_eq!((dropped, reason), (vec!["tool_choice".to_owned()], "unsupported-backend"));
    assert!(told(ShapeNote::LoopHintAppended).is_none());
}
