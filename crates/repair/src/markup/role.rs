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
        return match name {
            "tools" => Some(Role::Section),
            "call" => Some(Role::Named),
            "argument" => Some(Role::Key),
            "think" => Some(Role::Think),
            "response" | "message" => Some(Role::Answer),
            _ => None,
        };
    }
    Some(match name {
        "toolcalls"
        | "functioncalls"
        | "calls"
        | "toolcallsbegin"
        | "toolcallssectionbegin"
        | "toolcallsectionbegin"
        | "tooluse"
        | "toolcallssection" => Role::Section,
        "toolcall"
        | "functioncall"
        | "toolcallbegin"
        | "toolcallstart"
        | "startfunctioncall"
        | "longcattoolcall"
        | "iquesttoolcall"
        | "dotsfunctioncall"
        | "toolsprefix"
        | "pythontag"
        | "pythonstart"
        | "startaction"
        | "actionstart"
        | "contentinvoketooljson"
        | "toolcallsstart"
        | "messagesep" => Role::Call,
        "function" | "invoke" | "tool" => Role::Named,
        "parameter" | "param" | "argument" => Role::Key,
        "argkey" => Role::KeyName,
        "argvalue" => Role::Value,
        "toolsep" | "toolcallargumentbegin" | "plugin" | "toolcallargument" | "argumentbegin" | "rolesep" => {
            Role::Separator
        }
        "toolcallend"
        | "toolcallsend"
        | "toolcallssectionend"
        | "toolcallsectionend"
        | "endaction"
        | "actionend"
        | "endfunctioncall"
        | "toolssuffix"
        | "pythonend"
        | "call"
        | "toolcallargumentend" => Role::End,
        "imend" | "eotid" | "eomid" | "endoftext" | "endofsentence" | "endofturn" | "s" | "end"
        | "return" | "turn" | "eos" | "endmessage" | "eot" | "eom" | "endofmsg" | "endofmessage" | "user"
        | "eod" | "eosid" | "endturn" | "endofturntoken" | "startofturntoken" | "chatbottoken"
            if is_stop(name, style) =>
        {
            Role::Stop
        }
        "toolresponse"
        | "toolresult"
        | "toolresults"
        | "functionresults"
        | "functionresult"
        | "functionresponse"
        | "tooloutputsbegin"
        | "tooloutputbegin"
        | "tooloutputs"
        | "tooloutput"
        | "startfunctionresponse"
        | "observation"
        | "toolresponses"
        | "toolcallresult"
        | "toolresponsestart"
        | "starttoolresult"
        | "imsystem"
        | "startheaderid"
        | "systemtoken" => Role::Result,
        "think" | "thinking" | "thought" | "reasoning" | "startthinking" | "endthinking" => Role::Think,
        "response" | "starttext" | "endtext" | "startresponse" | "endresponse" => Role::Answer,
        "channel" | "message" | "start" | "constrain" if style == Style::Barred => Role::Harmony,
        _ => return None,
    })
}

/// Stop markers that are ordinary words are special tokens only between bars.
fn is_stop(name: &str, style: Style) -> bool {
    match name {
        "s" | "eos" | "endofturn" | "endoftext" | "endofmsg" | "endofmessage" | "endofsentence" | "turn" => {
            true
        }
        _ => style == Style::Barred,
    }
}
