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

/// A name of the vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) name: &'static str,
    role: Role,
    /// Whether it means this only between bars.
    barred: bool,
}

impl Known {
    /// What a tag of this name and syntax is for.
    pub(super) fn role(self, style: Style) -> Option<Role> {
        (!self.barred || style == Style::Barred).then_some(self.role)
    }

    /// The entry of a folded name.
    pub(super) fn of(name: &[u8]) -> Option<Self> {
        let mut slot = hash(name);
        while let Some(known) = SLOTS[slot] {
            if known.name.as_bytes() == name {
                return Some(known);
            }
            slot = (slot + 1) % SLOTS.len();
        }
        None
    }

    /// The same for Kimi K3, whose tags have names of their own.
    pub(super) fn of_kimi(name: &str) -> Option<Self> {
        let (name, role) = match name {
            "tools" => ("tools", Role::Section),
            "call" => ("call", Role::Named),
            "argument" => ("argument", Role::Key),
            "think" => ("think", Role::Think),
            "response" => ("response", Role::Answer),
            "message" => ("message", Role::Answer),
            _ => return None,
        };
        Some(Self { name, role, barred: false })
    }
}

/// The role of a tag by its folded name.
pub fn role(name: &str, style: Style) -> Option<Role> {
    let known = if style == Style::Kimi3 { Known::of_kimi(name) } else { Known::of(name.as_bytes()) };
    known.and_then(|it| it.role(style))
}

/// The vocabulary by roles. No name is in it twice.
#[rustfmt::skip]
const GROUPS: &[(Role, &[&str])] = &[
    (Role::Section, &["toolcalls", "functioncalls", "calls", "toolcallsbegin", "toolcallssectionbegin",
        "toolcallsectionbegin", "tooluse", "toolcallssection"]),
    (Role::Call, &["toolcall", "functioncall", "toolcallbegin", "toolcallstart", "startfunctioncall", "longcattoolcall",
        "iquesttoolcall", "dotsfunctioncall", "toolsprefix", "pythontag", "pythonstart", "startaction", "actionstart",
        "contentinvoketooljson", "toolcallsstart", "messagesep"]),
    (Role::Named, &["function", "invoke", "tool"]),
    (Role::Key, &["parameter", "param", "argument"]),
    (Role::KeyName, &["argkey"]),
    (Role::Value, &["argvalue"]),
    (Role::Separator, &["toolsep", "toolcallargumentbegin", "plugin", "toolcallargument", "argumentbegin", "rolesep"]),
    (Role::Think, &["think", "thinking", "thought", "reasoning", "startthinking", "endthinking"]),
    (Role::Answer, &["response", "starttext", "endtext", "startresponse", "endresponse"]),
    // What ends a call or a turn by a name of its own.
    (Role::End, &["toolcallend", "toolcallsend", "toolcallssectionend", "toolcallsectionend", "endaction", "actionend",
        "endfunctioncall", "toolssuffix", "pythonend", "call", "toolcallargumentend"]),
    (Role::Stop, &["s", "eos", "endofturn", "endoftext", "endofmsg", "endofmessage", "endofsentence", "turn"]),
    // What only the client may say.
    (Role::Result, &["toolresponse", "toolresponses", "toolresult", "toolresults", "functionresults", "functionresult",
        "functionresponse", "tooloutputsbegin", "tooloutputbegin", "tooloutputs", "tooloutput", "startfunctionresponse",
        "observation", "toolcallresult", "toolresponsestart", "starttoolresult", "imsystem", "startheaderid",
        "systemtoken"]),
    // Ordinary words are special tokens only between bars.
    (Role::Harmony, &["channel", "message", "start", "constrain"]),
    (Role::Stop, &["imend", "eotid", "eomid", "end", "return", "endmessage", "eot", "eom", "user", "eod", "eosid",
        "endturn", "endofturntoken", "startofturntoken", "chatbottoken"]),
];

/// The first of the groups whose names mean something only between bars.
const FIRST_BARRED: usize = GROUPS.len() - 2;

/// The names of [`GROUPS`], each at its hash or in the next slot that was free.
static SLOTS: [Option<Known>; 512] = {
    let mut slots = [None; 512];
    let mut group = 0;
    while group < GROUPS.len() {
        let (role, names) = GROUPS[group];
        let barred = group >= FIRST_BARRED;
        let mut place = 0;
        while place < names.len() {
            let mut slot = hash(names[place].as_bytes());
            while slots[slot].is_some() {
                slot = (slot + 1) % 512;
            }
            slots[slot] = Some(Known { name: names[place], role, barred });
            place += 1;
        }
        group += 1;
    }
    slots
};

/// Of a name's length, its ends, and its middle, which tell nearly all names of the vocabulary apart.
const fn hash(name: &[u8]) -> usize {
    let len = name.len();
    if len == 0 {
        return 0;
    }
    let mix = name[0] as usize * 31 + name[len / 2] as usize * 7 + name[len - 1] as usize * 3 + len * 17;
    (mix ^ (mix >> 5)) % 512
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_with_its_role() {
        let mut all = Vec::new();
        for (group, (role, names)) in GROUPS.iter().enumerate() {
            for name in *names {
                let known = Known::of(name.as_bytes());
                let barred = group >= FIRST_BARRED;
                assert_eq!(known, Some(Known { name, role: *role, barred }), "{name}");
                assert_eq!(super::role(name, Style::Barred), Some(*role), "{name}");
                assert_eq!(super::role(name, Style::Plain), (!barred).then_some(*role), "{name}");
                all.push(name);
            }
        }
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count, "a name has two roles");
        assert_eq!(Known::of(b"div"), None);
        assert_eq!(Known::of(b""), None);
    }
}
