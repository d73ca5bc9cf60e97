//! The guard's hint at the end of the instructions.

use super::*;

fn hinted(request: Request, provider: Provider) -> Case {
    Case { hint: Some("stop"), ..Case::new(request, provider) }
}

const NOTE: [ShapeNote; 1] = [ShapeNote::LoopHintAppended];

#[test]
fn a_hint_goes_behind_instructions_of_every_form() {
    let user = r#"user: ["hi"]"#;
    let mut asked = request(Dialect::Anthropic, &[], &[(Role::User, "hi")]);
    hinted(asked.clone(), provider("a")).check(&NOTE, &[r#"system*: "stop""#, user]);
    for (text, expect) in [("be kind", r#"system*: "be kind\n\nstop""#), ("", r#"system*: "stop""#)] {
        asked.system = Some(sourced(Content::Text(text.into())));
        hinted(asked.clone(), native("a", CLAUDE)).check(&NOTE, &[expect, user]);
    }
    let marked = Part { cache_control: Some(Json::EMPTY_OBJECT), ..Part::text("be kind") };
    asked.system = Some(sourced(Content::Parts(vec![marked])));
    hinted(asked, native("a", CLAUDE)).check(&NOTE, &[r#"system*: [!"be kind", "stop"]"#, user]);
}

#[test]
fn without_a_field_the_last_turn_of_instructions_gets_it() {
    let turns =
        [(Role::System, "be kind"), (Role::Developer, "be brief"), (Role::User, "hi"), (Role::System, "x")];
    hinted(request(Dialect::OpenAi, &[], &turns), provider("a")).check(
        &NOTE,
        &[
            r#"system: ["be kind"]"#,
            r#"developer*: ["be brief", "stop"]"#,
            r#"user: ["hi"]"#,
            r#"system: ["x"]"#,
        ],
    );
    let bare = request(Dialect::OpenAi, &[], &[(Role::User, "hi")]);
    hinted(bare, provider("a")).check(&NOTE, &[r#"system*: "stop""#, r#"user: ["hi"]"#]);
}

#[test]
fn it_is_the_last_word() {
    let mut asked = request(Dialect::OpenAi, &[], &[(Role::User, "hi")]);
    asked.tools.edit().push(fixture::tool("Bash", ToolKind::Function));
    asked.tool_choice = Some(ToolChoice::Any);
    let mut case = hinted(asked, Provider { append_system_prompt: Some("be brief".into()), ..provider("a") });
    case.profile.tool_choice = ToolChoiceAction::Emulate;
    let shaped = shape(
        &case.request,
        &case.provider,
        &case.profile,
        super::Terms { hint: case.hint, ..Default::default() },
    );
    let system = picture(&shaped.request.messages[0].content);
    assert!(system.starts_with(r#""be brief\n\nYou MUST"#) && system.ends_with(r#"\n\nstop""#), "{system}");
    assert_eq!(
        shaped.notes,
        [ShapeNote::PromptAppended, ShapeNote::ToolChoiceEmulated(None), ShapeNote::LoopHintAppended]
    );
}
