//! What tags are for: the vocabulary of all families in one table.

use super::{Side, Style};

/// What a tag is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Surrounds calls: `<tool_calls>`, `<|tool_calls_section_begin|>`.
    Section,
    /// Surrounds one call, or the list of them: `<tool_call>`, `<|tool_call_begin|>`, `<|python_tag|>`.
    Call,
    /// Begins a call and names the tool: `<function=NAME>`, `<invoke name="NAME">`.
    Named,
    /// Begins an argument: `<parameter=KEY>`.
    Key,
    /// Holds the name of an argument: `<arg_key>`.
    KeyName,
    /// Holds the value of the argument named before: `<arg_value>`.
    Value,
    /// Stands between the parts of a call: `<tool_sep>`, `<|tool_call_argument_begin|>`.
    Separator,
    /// Ends a call or a section by a name of its own: `<|tool_call_end|>`.
    End,
    /// Ends a turn: `<|im_end|>`.
    Stop,
    /// Begins the result of a call, which only the client may give.
    Result,
    /// Surrounds thinking.
    Think,
    /// Surrounds the answer: the tag goes, its content stays.
    Answer,
    /// A part of the header of a Harmony message.
    Harmony,
}

impl Role {
    /// Whether a tag of this role and side ends a call.
    pub fn closes_calls(self, side: Side) -> bool {
        match self {
            Self::Section | Self::Call | Self::Named => side == Side::Close,
            Self::End | Self::Stop => true,
            _ => false,
        }
    }
}

/// The role of a tag by its folded name.
pub fn role(name: &str, style: Style) -> Option<Role> {
    if style == Style::Kimi3 {
        return kimi(name);
    }
    opening(name).or_else(|| inner(name, style)).or_else(|| closing(name, style)).or_else(|| result(name))
}

fn kimi(name: &str) -> Option<Role> {
    Some(match name {
        "tools" => Role::Section,
        "call" => Role::Named,
        "argument" => Role::Key,
        "think" => Role::Think,
        "response" | "message" => Role::Answer,
        _ => return None,
    })
}

/// Tags that surround or begin calls.
#[rustfmt::skip]
fn opening(name: &str) -> Option<Role> {
    Some(match name {
        "toolcalls" | "functioncalls" | "calls" | "toolcallsbegin" | "toolcallssectionbegin" | "toolcallsectionbegin"
        | "tooluse" | "toolcallssection" => Role::Section,
        "toolcall" | "functioncall" | "toolcallbegin" | "toolcallstart" | "startfunctioncall" | "longcattoolcall"
        | "iquesttoolcall" | "dotsfunctioncall" | "toolsprefix" | "pythontag" | "pythonstart" | "startaction"
        | "actionstart" | "contentinvoketooljson" | "toolcallsstart" | "messagesep" => Role::Call,
        "function" | "invoke" | "tool" => Role::Named,
        _ => return None,
    })
}

/// Tags inside of calls and around the other parts of an answer.
#[rustfmt::skip]
fn inner(name: &str, style: Style) -> Option<Role> {
    Some(match name {
        "parameter" | "param" | "argument" => Role::Key,
        "argkey" => Role::KeyName,
        "argvalue" => Role::Value,
        "toolsep" | "toolcallargumentbegin" | "plugin" | "toolcallargument" | "argumentbegin" | "rolesep" => Role::Separator,
        "think" | "thinking" | "thought" | "reasoning" | "startthinking" | "endthinking" => Role::Think,
        "response" | "starttext" | "endtext" | "startresponse" | "endresponse" => Role::Answer,
        "channel" | "message" | "start" | "constrain" if style == Style::Barred => Role::Harmony,
        _ => return None,
    })
}

/// Tags that end a call or a turn by a name of their own.
#[rustfmt::skip]
fn closing(name: &str, style: Style) -> Option<Role> {
    Some(match name {
        "toolcallend" | "toolcallsend" | "toolcallssectionend" | "toolcallsectionend" | "endaction" | "actionend"
        | "endfunctioncall" | "toolssuffix" | "pythonend" | "call" | "toolcallargumentend" => Role::End,
        "s" | "eos" | "endofturn" | "endoftext" | "endofmsg" | "endofmessage" | "endofsentence" | "turn" => Role::Stop,
        // Ordinary words are special tokens only between bars.
        "imend" | "eotid" | "eomid" | "end" | "return" | "endmessage" | "eot" | "eom" | "user" | "eod" | "eosid"
        | "endturn" | "endofturntoken" | "startofturntoken" | "chatbottoken" if style == Style::Barred => Role::Stop,
        _ => return None,
    })
}

/// Tags that begin what only the client may say.
#[rustfmt::skip]
fn result(name: &str) -> Option<Role> {
    Some(match name {
        "toolresponse" | "toolresponses" | "toolresult" | "toolresults" | "functionresults" | "functionresult"
        | "functionresponse" | "tooloutputsbegin" | "tooloutputbegin" | "tooloutputs" | "tooloutput"
        | "startfunctionresponse" | "observation" | "toolcallresult" | "toolresponsestart" | "starttoolresult"
        | "imsystem" | "startheaderid" | "systemtoken" => Role::Result,
        _ => return None,
    })
}
