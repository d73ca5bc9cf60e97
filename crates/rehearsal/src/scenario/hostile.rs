//! Scenarios of backends that mean harm: floods, lies about length, answers for somebody else's request.

use std::time::Duration;

use super::{Scenario, speech};
use crate::act::Act;
use crate::mishap::{Mishap, Point};
use crate::response::Response;
use crate::transport::Framing;

pub(super) const ALL: &[Scenario] = &[
    Scenario::plain("endless-headers", "Sends headers for ever.", |_| Act::endless_headers()),
    Scenario::plain("endless-header-line", "Sends one header line for ever.", |_| Act::endless_header_line()),
    Scenario::plain("endless-interim", "Sends 103 answers for ever.", |_| Act::endless_interim()),
    Scenario::counted("endless-stream", "Talks for ever.", ("milliseconds between events", 0), |pause| {
        speech().answer().fails(Point::Contents(1), Mishap::Deltas(Duration::from_millis(pause))).into()
    }),
    Scenario::counted("huge-line", "Sends one event line of this length.", ("bytes", 100 << 20), |bytes| {
        speech().answer().fails(Point::Contents(1), Mishap::Line(bytes)).into()
    }),
    Scenario::counted(
        "huge-line-first",
        "Sends one event line of this length and nothing else.",
        ("bytes", 100 << 20),
        |bytes| speech().answer().fails(Point::Events(0), Mishap::Line(bytes)).into(),
    ),
    Scenario::plain("redirect", "Redirects to a host that must never be asked.", |_| {
        Response::redirect("http://redirect.invalid/v1/messages").into()
    }),
    Scenario::plain("surplus", "Sends a second answer nobody asked for behind its own.", |_| {
        Act::from(speech()).surplus(Duration::ZERO, FORGED)
    }),
    Scenario::counted(
        "surplus-late",
        "Sends a second answer a little later.",
        ("milliseconds", 50),
        |later| Act::from(speech()).surplus(Duration::from_millis(later), FORGED),
    ),
    Scenario::plain("cut-head", "Closes in the middle of its headers.", |_| Act::from(speech()).cut_head(30)),
    Scenario::plain("bad-head", "Answers with a line that is no HTTP.", |_| {
        Act::raw("SSH-2.0-OpenSSH_9.6\r\n")
    }),
    Scenario::plain("length-too-long", "Promises more bytes than come.", |_| {
        framed(Framing::LengthTooLong(100))
    }),
    Scenario::plain("length-too-short", "Promises fewer bytes than come.", |_| {
        framed(Framing::LengthTooShort(100))
    }),
    Scenario::plain("two-lengths", "Promises two different lengths.", |_| framed(Framing::TwoLengths)),
    Scenario::plain("length-and-chunked", "Promises a length and sends chunks.", |_| {
        framed(Framing::LengthAndChunked)
    }),
    Scenario::plain("bad-chunk", "Sends a chunk whose size is no number.", |_| framed(Framing::BadChunkSize)),
    Scenario::plain("huge-chunk", "Sends a chunk whose size fits no machine.", |_| {
        framed(Framing::HugeChunkSize)
    }),
    Scenario::counted(
        "drip",
        "Sends its answer byte by byte, head included.",
        ("milliseconds between", 20),
        |pause| Act::from(speech()).drip(Duration::from_millis(pause)),
    ),
];

/// A whole answer that belongs to no request.
const FORGED: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 28\r\n\r\n\
                      {\"forged\":\"not your answer\"}";

fn framed(framing: Framing) -> Act {
    Act::from(speech()).framing(framing)
}
