//! Which file is read, and what wins: command line, environment or file.

use super::*;

fn names(error: &LoadError) -> String {
    error.to_string()
}

#[test]
fn a_named_file_is_the_only_candidate() {
    let folder = Folder::new("named");
    let home = folder.write("home/.coderouter/providers.yaml", minimal("", ""));
    let home = home.parent().unwrap().parent().unwrap();
    let here = folder.write("here/other.yaml", minimal("paid: true", ""));
    let cwd = here.parent().unwrap();

    let load_by = |path: Option<&str>, variables: &[(&str, &str)]| {
        let env = Env::from_iter(variables.iter().copied());
        load(Sources { path: path.map(Path::new), env: &env, home: Some(home), cwd })
    };
    assert!(!load_by(None, &[]).unwrap().config.providers[0].paid);
    assert!(load_by(Some("other.yaml"), &[]).unwrap().config.providers[0].paid);
    assert!(load_by(None, &[("CODEROUTER_CONFIG", "other.yaml")]).unwrap().config.providers[0].paid);
    let tilde = [("CODEROUTER_CONFIG", "~/.coderouter/providers.yaml")];
    assert!(!load_by(None, &tilde).unwrap().config.providers[0].paid);
    assert!(!load_by(None, &[("CODEROUTER_CONFIG", "  ")]).unwrap().config.providers[0].paid);

    let error = load_by(Some("typo.yaml"), &[("CODEROUTER_CONFIG", "other.yaml")]).unwrap_err();
    assert!(names(&error).contains("the configuration is not there"), "{error}");
    assert!(names(&error).contains("typo.yaml"), "{error}");
    let error = load_by(None, &[("CODEROUTER_CONFIG", "typo.yaml")]).unwrap_err();
    assert!(matches!(error, LoadError::Broken(_)), "{error}");
}

#[test]
fn the_current_folder_is_asked_only_if_allowed() {
    let folder = Folder::new("cwd");
    let here = folder.write("here/providers.yaml", minimal("paid: true", ""));
    let cwd = here.parent().unwrap();
    let home = folder.0.join("home");
    let load_by = |value: Option<&str>| {
        let env = Env::from_iter(value.map(|value| ("CODEROUTER_ALLOW_CWD_CONFIG", value)));
        load(Sources { path: None, env: &env, home: Some(&home), cwd })
    };
    for value in ["1", "true", " YES ", "on"] {
        let loaded = load_by(Some(value)).unwrap();
        assert_eq!(loaded.notices, [Notice::CwdConfigLoaded { path: here.clone() }]);
    }
    for value in [None, Some("0"), Some("maybe"), Some("")] {
        let LoadError::NothingFound(nothing) = load_by(value).unwrap_err() else { panic!("{value:?}") };
        assert_eq!(nothing.searched, [home.join(".coderouter/providers.yaml")]);
        assert_eq!(nothing.skipped.as_ref(), Some(&here));
        for word in ["not found", "--config", "CODEROUTER_CONFIG", "CODEROUTER_ALLOW_CWD_CONFIG"] {
            assert!(nothing.to_string().contains(word), "{nothing}");
        }
    }
    folder.write("home/.coderouter/providers.yaml", minimal("", ""));
    let loaded = load_by(None).unwrap();
    assert_eq!(loaded.notices, [Notice::CwdConfigSkipped { path: here }]);
    assert!(!loaded.config.providers[0].paid);
}

#[test]
fn state_lies_below_the_home_folder_unless_told_otherwise() {
    let home = Path::new("/somewhere");
    let dir = |key: &str| {
        let text = format!("{key}\n{}", minimal("", ""));
        let env = Env::default();
        let sources = Sources { path: None, env: &env, home: Some(home), cwd: home };
        load_text(&text, Path::new("p"), sources).unwrap().config.state.dir
    };
    assert_eq!(dir(""), Some(home.join(".coderouter/state")));
    assert_eq!(dir("state_dir: ''"), None);
    assert_eq!(dir("state_dir: ~/x"), Some(home.join("x")));
    assert_eq!(dir("state_dir: /x"), Some(PathBuf::from("/x")));
}

#[test]
fn a_mode_is_a_profile_then_an_alias() {
    let text = "\
default_profile: one
mode_aliases: {fast: two, one: two}
providers: [{name: p, base_url: http://localhost, model: ''}]
profiles:
  - {name: one, providers: [p]}
  - {name: two, providers: [p]}
";
    let default = |mode: &str| {
        let loaded = load_with(text, &[("CODEROUTER_MODE", mode)]).unwrap();
        (loaded.config.default_profile.to_string(), loaded.mode_source)
    };
    assert_eq!(default(" two "), ("two".to_owned(), ModeSource::Environment));
    assert_eq!(default("fast"), ("two".to_owned(), ModeSource::Environment));
    assert_eq!(default("one"), ("one".to_owned(), ModeSource::Environment));
    assert_eq!(default("  "), ("one".to_owned(), ModeSource::File));
    assert!(load_with(text, &[("CODEROUTER_MODE", "three")]).is_err());
    let broken = text.replace("default_profile: one", "default_profile: gone");
    assert!(load_with(&broken, &[]).is_err());
    assert!(load_with(&broken, &[("CODEROUTER_MODE", "two")]).is_ok());

    let config = load_right(text).config;
    assert_eq!(config.mode("fast").unwrap().name.as_str(), "two");
    assert!(config.mode("slow").is_none());
}

#[test]
fn allow_paid_from_the_environment_wins() {
    let paid = |file: &str, value: &str| {
        let loaded = load_with(&format!("allow_paid: {file}\n{}", minimal("", "")), &[("ALLOW_PAID", value)]);
        let loaded = loaded.unwrap();
        (loaded.config.allow_paid, loaded.notices)
    };
    assert_eq!(paid("false", "Yes"), (true, vec![]));
    assert_eq!(paid("true", " off"), (false, vec![]));
    assert_eq!(paid("true", ""), (true, vec![]));
    assert_eq!(paid("true", "maybe"), (true, vec![Notice::AllowPaidUnclear]));
    assert_eq!(paid("false", "maybe"), (false, vec![Notice::AllowPaidUnclear]));
}

#[test]
fn the_environment_comes_on_top_of_the_server_block() {
    let text =
        "server: {allowed_hosts: [Box.LAN], limits: {max_body_bytes: 2048}}\n".to_owned() + &minimal("", "");
    let load_by = |hosts, bytes| {
        load_with(&text, &[("CODEROUTER_ALLOWED_HOSTS", hosts), ("CODEROUTER_MAX_BODY_BYTES", bytes)])
            .unwrap()
    };
    let loaded = load_by(" Example.com ,, other", "4096");
    assert_eq!(loaded.config.server.allowed_hosts, ["box.lan", "example.com", "other"]);
    assert_eq!(loaded.config.server.limits.body_bytes, 4096);
    for nonsense in ["0", "-1", "many"] {
        let loaded = load_by("", nonsense);
        assert_eq!(loaded.config.server.limits.body_bytes, 2048);
        assert_eq!(loaded.notices, [Notice::BodyLimitUnclear { limit: 2048 }]);
    }
}

#[test]
fn variables_stand_for_values_of_every_type() {
    let text = minimal("timeout_s: ${T:-30}\npaid: ${PAID:-no}", "")
        .replace("http://localhost:1", "http://${HOST:-localhost}:${PORT}");
    let loaded = load_with(&text, &[("PORT", "8080"), ("T", "45"), ("PAID", "yes")]).unwrap();
    let provider = &loaded.config.providers[0];
    assert_eq!(provider.endpoint.to_string(), "http://localhost:8080/v1");
    assert!(provider.paid);
    assert_eq!(provider.timeouts.idle.as_secs(), 45);
    let report = load_with(&text, &[]).unwrap_err().to_string();
    assert!(report.contains("the variable `PORT` is not set"), "{report}");
    assert!(report.contains("hint: set it, or give a default: ${PORT:-...}"), "{report}");
}
