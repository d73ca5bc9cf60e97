//! No report, notice or debug text shows a secret.

use super::*;

const SECRET: &str = "hunter2-swordfish";

#[test]
fn wrong_files_keep_their_secrets() {
    let wrong = [
        minimal(&format!("api_key: {SECRET}"), ""),
        minimal(&format!("apikee: {SECRET}"), ""),
        minimal(&format!("api_key_env: {SECRET}"), ""),
        minimal(&format!("credentials: [{{deep: {{value: {SECRET}}}}}]"), ""),
        minimal(&format!("extra_body: {{headers: {{x-token: '{SECRET}'}}, n: .inf}}"), ""),
        minimal("", "").replace("http://localhost:1", &format!("ftp://user:{SECRET}@host")),
        minimal("", "").replace("http://localhost:1/v1", &format!("https://host/v1?key={SECRET}")),
        minimal("paid: perhaps", "").replace("localhost", &format!("u:{SECRET}@localhost")),
        format!("OPENROUTER_API_KEY={SECRET}\n"),
        format!("a: b\n  api_token: \"{SECRET}\" :\n"),
    ];
    for text in wrong {
        let error = load_with(&text, &[]).unwrap_err();
        for shown in [error.to_string(), error.to_json().to_string()] {
            assert!(!shown.contains(SECRET), "{shown}");
        }
    }
}

#[test]
fn variables_keep_their_secrets() {
    let text =
        minimal("timeout_s: ${VALUE}\nkind: ${VALUE}", "").replace("http://localhost:1/v1", "${VALUE}");
    let error = load_with(&text, &[("VALUE", SECRET)]).unwrap_err();
    assert!(error.to_string().contains("${VALUE}"), "{error}");
    assert!(!error.to_string().contains(SECRET), "{error}");
    let env = Env::from_iter([("VALUE", SECRET)]);
    assert_eq!(format!("{env:?}"), "{\"VALUE\"}");
}

#[test]
fn user_info_is_taken_out_of_a_url() {
    let text = minimal("", "").replace("localhost", &format!("user:{SECRET}@localhost"));
    let loaded = load_right(&text);
    assert_eq!(loaded.notices, [Notice::UserInfoDropped { provider: "p".to_owned() }]);
    assert_eq!(loaded.config.providers[0].endpoint.to_string(), "http://localhost:1/v1");
    assert!(!format!("{loaded:?}").contains(SECRET));
}

#[test]
fn debug_shows_no_extra_body() {
    let loaded = load_right(&minimal(&format!("extra_body: {{api_key: {SECRET}}}"), ""));
    assert!(!format!("{loaded:?}").contains(SECRET));
}

#[cfg(unix)]
#[test]
fn a_file_with_secrets_should_be_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("private");
    let notices = |text: &str, mode: u32| {
        let path = folder.write("providers.yaml", text);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let env = Env::default();
        load(Sources { path: Some(&path), env: &env, home: None, cwd: &folder.0 }).unwrap().notices
    };
    let secret = minimal("extra_body: {api_key: abc}", "");
    let path = folder.0.join("providers.yaml");
    assert_eq!(notices(&secret, 0o644), [Notice::ReadableByOthers { path, mode: 0o644 }]);
    assert_eq!(notices(&secret, 0o600), []);
    assert_eq!(notices(&minimal("api_key_env: A_KEY", ""), 0o644), []);
}
