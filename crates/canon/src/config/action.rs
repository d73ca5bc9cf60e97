//! What guards, shapes and endings may do: each setting a closed set of words.

use super::word::words;

words! {
    /// What a run of identical tool calls leads to.
    ToolLoopAction {
        /// Tell it, nothing else.
        Warn = "warn",
        /// Append a hint to the system prompt.
        Inject = "inject",
        /// Refuse the request.
        Break = "break",
    }
}

words! {
    /// What an out-of-memory answer leads to.
    MemoryPressureAction {
        /// Nothing.
        Off = "off",
        /// Tell it.
        Warn = "warn",
        /// Leave the provider out until its cooldown ends.
        Skip = "skip",
    }
}

words! {
    /// What a run of failures leads to.
    BackendHealthAction {
        /// Nothing is recorded.
        Off = "off",
        /// Record and tell.
        Warn = "warn",
        /// Move unhealthy providers to the end of the chain.
        Demote = "demote",
        /// Take them out until a recovery probe succeeds.
        Exclude = "exclude",
        /// Pass over them, with one trial per interval.
        Skip = "skip",
    }
}

words! {
    /// What the provider health cache does with an unhealthy provider.
    HealthCacheAction {
        /// Nothing.
        Off = "off",
        /// Move it to the end of the chain.
        Demote = "demote",
        /// Pass over it until its time is up.
        Skip = "skip",
    }
}

words! {
    /// What a prompt near the context window leads to.
    ContextBudgetAction {
        /// Nothing.
        Off = "off",
        /// Tell it.
        Warn = "warn",
        /// Drop old messages.
        Trim = "trim",
        /// Refuse with the words that make a client compact.
        Reject = "reject",
    }
}

words! {
    /// What falling answer quality leads to.
    DriftAction {
        /// Nothing.
        Off = "off",
        /// Tell it.
        Warn = "warn",
        /// Move the drifting provider back, which promotes the others.
        Promote = "promote",
        /// The same, and have the backend unload its model.
        Reload = "reload",
    }
}

words! {
    /// How early drift is seen.
    DriftSensitivity {
        /// Late, few false alarms.
        Low = "low",
        /// The middle.
        Normal = "normal",
        /// Early.
        High = "high",
    }
}

words! {
    /// How a stream that dies after content was sent ends.
    PartialStitchAction {
        /// With a well-formed error of the client's dialect.
        Off = "off",
        /// Gracefully: open blocks are closed and the reason is the dialect's word for "cut".
        Surface = "surface",
        /// The next provider continues from the text already sent.
        Resume = "resume",
    }
}

words! {
    /// What a stream without its end leads to.
    StreamTruncationAction {
        /// The missing end is made up in silence.
        Off = "off",
        /// The same, and it is told.
        Warn = "warn",
        /// It is a fault of the provider.
        Error = "error",
    }
}

words! {
    /// What an answer without content leads to.
    EmptyResponseAction {
        /// It is passed on.
        Off = "off",
        /// It is passed on and told.
        Warn = "warn",
        /// The next provider is tried.
        Fallback = "fallback",
    }
}

words! {
    /// What a forced tool choice meets at a provider that cannot force one.
    ToolChoiceAction {
        /// It is sent as it is.
        Off = "off",
        /// It is sent and told.
        Warn = "warn",
        /// It is turned into a directive in the system prompt.
        Emulate = "emulate",
    }
}

words! {
    /// What cache markers meet at a provider without prompt cache.
    CacheControlAction {
        /// They are sent as they are.
        Off = "off",
        /// They are taken out.
        Strip = "strip",
    }
}

words! {
    /// What a request with deferred tools (tool search) meets.
    DeferredToolsAction {
        /// Passed through where every provider of the chain is Anthropic's own, refused elsewhere.
        Auto = "auto",
        /// Refused.
        Reject = "reject",
        /// The search tool and the flags are dropped, all tools are sent.
        Expand = "expand",
        /// Sent as they are.
        Passthrough = "passthrough",
    }
}

words! {
    /// How far broken tool calls are mended.
    ToolRepair {
        /// Not at all.
        Off = "off",
        /// Calls written as text are read.
        Parse = "parse",
        /// Their arguments are mended too.
        Repair = "repair",
        /// A call that still fails its schema is asked for once more.
        Reask = "reask",
    }
}

words! {
    /// What happens to the attribution block that opens Claude Code's system prompt.
    BillingBlock {
        /// Its volatile parts are made constant for backends other than Anthropic's own.
        Auto = "auto",
        /// It is sent as it came.
        Keep = "keep",
        /// It is left out.
        Drop = "drop",
    }
}

words! {
    /// Whether prompts move between the slots of a llama.cpp server and files on its disk.
    SlotFiles {
        /// They don't.
        Off = "off",
        /// They do, where the server is a local one and was started with a folder for them.
        Auto = "auto",
    }
}

words! {
    /// A filter over a provider's text.
    OutputFilter {
        /// Removes thinking that leaked into the text.
        StripThinking = "strip_thinking",
        /// Removes stop markers of chat templates.
        StripStopMarkers = "strip_stop_markers",
        /// Removes tool calls written as XML.
        StripToolCallXml = "strip_tool_call_xml",
        /// Joins characters that arrived as byte tokens.
        RepairByteFallback = "repair_byte_fallback",
    }
}
