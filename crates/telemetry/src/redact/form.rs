//! The forms in which a secret travels: as it is, escaped in JSON, percent-encoded, and in base64 at any offset.

use canon::escape::escape_into;

/// Calls `see` with every form of a secret; some may be equal.
pub(super) fn each(secret: &str, mut see: impl FnMut(Vec<u8>)) {
    see(secret.as_bytes().to_vec());
    let mut escaped = Vec::new();
    escape_into(secret.as_bytes(), &mut escaped);
    see(escaped);
    see(ascii_escaped(secret));
    see(percent_encoded(secret, b"0123456789ABCDEF"));
    see(percent_encoded(secret, b"0123456789abcdef"));
    for offset in 0..3 {
        see(base64_core(secret.as_bytes(), offset, b"+/"));
        see(base64_core(secret.as_bytes(), offset, b"-_"));
    }
}

/// As writers of JSON do that leave no character outside ASCII.
fn ascii_escaped(secret: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for c in secret.chars() {
        if c.is_ascii() {
            escape_into(&[c as u8], &mut out);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
            }
        }
    }
    out
}

/// All but the unreserved characters of a URL encoded.
fn percent_encoded(secret: &str, hex: &[u8; 16]) -> Vec<u8> {
    let mut out = Vec::new();
    for byte in secret.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(byte);
        } else {
            out.extend_from_slice(&[b'%', hex[usize::from(byte >> 4)], hex[usize::from(byte & 15)]]);
        }
    }
    out
}

/// The base64 characters that depend on the secret alone, whatever stands `offset` bytes before it and behind it:
/// so it is found inside `user:secret` too.
fn base64_core(secret: &[u8], offset: usize, last_two: &[u8; 2]) -> Vec<u8> {
    let padded: Vec<u8> = std::iter::repeat_n(0, offset).chain(secret.iter().copied()).collect();
    let whole_characters = padded.len() * 8 / 6;
    let touched_by_others = (offset * 8).div_ceil(6);
    (touched_by_others..whole_characters).map(|place| character(sextet(&padded, place), last_two)).collect()
}

/// The six bits of a base64 character.
fn sextet(bytes: &[u8], place: usize) -> u8 {
    let (byte, shift) = (place * 6 / 8, place * 6 % 8);
    let next = bytes.get(byte + 1).copied().unwrap_or(0);
    let pair = u16::from(bytes[byte]) << 8 | u16::from(next);
    // Ten bits are shifted out, so what is left of the pair is masked to six.
    (pair >> (10 - shift) & 0x3f) as u8
}

fn character(sextet: u8, last_two: &[u8; 2]) -> u8 {
    match sextet {
        0..26 => b'A' + sextet,
        26..52 => b'a' + sextet - 26,
        52..62 => b'0' + sextet - 52,
        _ => last_two[usize::from(sextet & 1)],
    }
}
