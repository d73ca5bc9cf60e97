//! `coderouter import` from outside.

use crate::process::Home;

const CCR: &str = r#"{
  "Providers": [
    {"name": "lab", "api_base_url": "https://lab.example/v1/chat/completions", "api_key": "sk-hidden-0123456789", "models": ["m"]}
  ],
  "Router": {"default": "lab,m"}
}
"#;

#[test]
fn a_file_goes_out_and_an_account_to_the_person() {
    let home = Home::new();
    let path = home.write("config.json", CCR);
    let said = home.run(&["import", path.to_str().unwrap()]);
    let expect = "\
exit: 2
--- stdout
# Made by `coderouter import` from a configuration of claude-code-router.
# Keys are taken from the environment: LAB_API_KEY.

allow_paid: true
default_profile: default

providers:
  - name: lab
    base_url: https://lab.example/v1
    model: m
    api_key_env: LAB_API_KEY
    paid: true

profiles:
  - name: default
    providers: [lab]
--- stderr
HOME/config.json, a configuration of claude-code-router
carried over exactly:
  line 3    Providers[0].name: the beginning of its providers' names
  line 3    Providers[0].api_base_url: base_url: https://lab.example/v1
  line 3    Providers[0].models[0]: provider lab
  line 5    Router.default: profile default
carried over roughly:
  line 3    Providers[0].api_key: api_key_env: LAB_API_KEY; the key itself is not copied, put it into that variable
note: lab may cost money and can be used as before; `allow_paid: false` stops that
to do: export LAB_API_KEY=...  (stands in Providers[0].api_key, line 3)
hint: keep it with --output PATH, then `coderouter check --config PATH`
";
    assert_eq!(said, expect);
}

#[test]
fn what_is_written_is_right_and_never_over_another_file() {
    let home = Home::new();
    let path = home.write("config.json", CCR);
    let arguments = ["import", path.to_str().unwrap(), "--output", "new.yaml"];
    let said = home.run(&arguments);
    assert!(said.contains("wrote new.yaml\n"), "{said}");
    assert!(home.run(&["check", "--config", "new.yaml"]).starts_with("exit: 0\n"));
    let again = home.run(&arguments);
    assert!(again.starts_with("exit: 1\n") && again.contains("new.yaml exists\nhint: "), "{again}");
    let output = home.command(&[&arguments[..], &["--force", "--json"]].concat()).output().unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["keys"][0]["variable"], "LAB_API_KEY");
    assert_eq!(document["output"], "new.yaml");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("sk-hidden"));
}

#[test]
fn what_is_wrong_has_its_place() {
    let home = Home::new();
    for (text, words) in [
        ("{\"Providers\": [", "config.json:1:"),
        ("{\"Providers\": 7, \"Router\": {}}", "a list is needed here"),
        ("{}", "this is no configuration"),
        ("", "no mapping of settings"),
        ("\u{0}", "zero byte"),
    ] {
        let path = home.write("config.json", text);
        let said = home.run(&["import", path.to_str().unwrap()]);
        assert!(said.starts_with("exit: 1\n--- stdout\n--- stderr\n") && said.contains(words), "{said}");
    }
    let said = home.run(&["import", "nowhere.json"]);
    assert!(said.starts_with("exit: 1\n") && said.contains("nowhere.json is not there"), "{said}");
}
