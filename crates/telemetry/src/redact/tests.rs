//! What is replaced and what is left, as tables, and the law that no secret gets through.

use super::*;
use proptest::prelude::*;

const KEY: &str = "abcdEFGH12345678";
const ODD: &str = "pä\"ss/w+rd?&=";

fn redactor() -> Redactor {
    let known = [("KEY", KEY), ("ODD", ODD), ("AGAIN", KEY), ("SHORT", "1234567"), ("BLANK", "  ")];
    Redactor::new(known.map(|(label, value)| (label.to_owned(), value.to_owned())))
}

fn check(text: &str, expect: &str) {
    assert_eq!(redactor().clean(text), expect);
}

#[test]
fn values_are_replaced_in_every_form() {
    check("key abcdEFGH12345678.", "key [redacted:KEY].");
    check("abcdEFGH12345678abcdEFGH12345678", "[redacted:KEY][redacted:KEY]");
    check("abcdEFGH1234567", "abcdEFGH1234567");
    check("it was pä\"ss/w+rd?&=!", "it was [redacted:ODD]!");
    check(r#"{"k":"pä\"ss/w+rd?&="}"#, r#"{"k":"[redacted:ODD]"}"#);
    check(r#"{"k":"p\u00e4\"ss/w+rd?&="}"#, r#"{"k":"[redacted:ODD]"}"#);
    check("?q=p%C3%A4%22ss%2Fw%2Brd%3F%26%3D", "?q=[redacted:ODD]");
    check("?q=p%c3%a4%22ss%2fw%2brd%3f%26%3d", "?q=[redacted:ODD]");
    check("1234567", "1234567");
}

#[test]
fn base64_is_seen_at_any_offset() {
    check("YWJjZEVGR0gxMjM0NTY3OA==", "[redacted:KEY]A==");
    check("basic dTphYmNkRUZHSDEyMzQ1Njc4", "basic dTp[redacted:KEY]");
    check("basic dXM6YWJjZEVGR0gxMjM0NTY3OA==", "basic dXM6[redacted:KEY]A==");
    check("basic dXNlOmFiY2RFRkdIMTIzNDU2Nzg=", "basic dXNlOm[redacted:KEY]g=");
}

#[test]
fn well_known_looks_are_replaced() {
    check("bad key sk-ant-0123456789abcdef!", "bad key [redacted:sk-key]!");
    check("sk-0123456789", "sk-0123456789");
    check("task-0123456789abcdefgh", "task-0123456789abcdefgh");
    check("ghp_0123456789abcdef gho_0123456789abcdef", "[redacted:gh-token] [redacted:gh-token]");
    check("AIza0123456789abcdefghij", "[redacted:google-key]");
    check("Authorization: BEARER  0123456789abcdef", "Authorization: BEARER  [redacted:bearer]");
    check("bearer of bad news", "bearer of bad news");
    check("https://h/v1?a=1&KEY=xyz#top", "https://h/v1?a=1&KEY=[redacted:url-param]#top");
    check(
        "/v1?api-key=a&access_token=b",
        "/v1?api-key=[redacted:url-param]&access_token=[redacted:url-param]",
    );
    check("?monkey=banana", "?monkey=banana");
    check("http://me:s3cret@host:80/p", "http://me:[redacted:userinfo]@host:80/p");
    check("http://sk-0123456789abcdef@host", "http://[redacted:sk-key]@host");
    check("http://sk-0123456789abcdef:s3cret@host", "http://[redacted:sk-key]:[redacted:userinfo]@host");
    check("http://u&key=v:w&x@host", "http://u&key=[redacted:url-param][redacted:userinfo]@host");
    check("http://abcdEFGH12345678:s3cret@host", "http://[redacted:KEY]:[redacted:userinfo]@host");
    check("http://me@host:80/p@q:r", "http://me@host:80/p@q:r");
}

#[test]
fn the_label_of_a_value_beats_its_looks() {
    check("bearer abcdEFGH12345678", "bearer [redacted:KEY]");
    check("http://h/?key=abcdEFGH12345678", "http://h/?key=[redacted:KEY]");
    check("http://u:abcdEFGH12345678@h/", "http://u:[redacted:KEY]@h/");
}

#[test]
fn what_holds_nothing_is_not_copied() {
    for text in ["", "a", "connection refused", "ask-me http://host/path?monkeys=2", "été"] {
        assert!(matches!(redactor().clean(text), Cow::Borrowed(same) if same == text), "{text}");
    }
}

#[test]
fn it_tells_labels_and_never_values() {
    assert_eq!(redactor().labels(), ["KEY", "ODD", "AGAIN"]);
    assert_eq!(format!("{:?}", redactor()), "Redactor of 3 secrets");
}

#[test]
fn hostile_repetition_is_borne() {
    for piece in ["sk-", "://", "bearer ", "?key", "abcdEFGH1234567", "http://u:"] {
        let text = piece.repeat(50_000);
        assert_eq!(redactor().clean(&(text.clone() + "\n" + KEY)), {
            let clean = redactor().clean(&text).into_owned();
            clean + "\n[redacted:KEY]"
        });
    }
}

/// All forms of a secret that its own length makes worth looking for.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = Vec::new();
    form::each(secret, |form| forms.push(String::from_utf8(form).unwrap()));
    forms
}

proptest! {
    #[test]
    fn no_form_of_a_secret_gets_through(
        secrets in proptest::collection::vec("[a-zA-Z0-9+/=_.\"\\\\ é-]{0,3}[a-z0-9/+]{8,24}", 1..4),
        words in proptest::collection::vec("[a-z:/?&= é-]{0,12}", 1..6),
        picks in proptest::collection::vec((0..4_usize, 0..11_usize), 1..6),
    ) {
        let known = secrets.iter().enumerate().map(|(place, secret)| (format!("S{place}"), secret.clone()));
        let redactor = Redactor::new(known);
        let mut text = String::new();
        for (word, (secret, form)) in words.iter().zip(&picks) {
            text.push_str(word);
            let forms = forms(secrets[secret % secrets.len()].trim());
            text.push_str(&forms[form % forms.len()]);
        }
        let clean = redactor.clean(&text);
        for form in secrets.iter().flat_map(|secret| forms(secret.trim())) {
            prop_assert!(!clean.contains(&form), "{form} in {clean}");
        }
        prop_assert_eq!(redactor.clean(&clean), clean.clone());
    }

    #[test]
    fn any_text_can_be_cleaned(text in "([a-zA-Z0-9?&=:/@ é-]|sk-|ghp_|AIza|bearer |://|key=){0,60}") {
        let clean = redactor().clean(&text).into_owned();
        prop_assert_eq!(redactor().clean(&clean), clean.clone());
    }
}
