//! Wrong files with their whole reports: `broken/NAME.yaml` beside `broken/NAME.txt`.
//!
//! `CODEROUTER_BLESS=1 cargo test` writes the reports anew; read the difference before you keep it.

use super::*;

#[test]
fn reports_are_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config/tests/broken");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    assert!(files.len() >= 10);
    let bless = std::env::var_os("CODEROUTER_BLESS").is_some();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let found = report(&text) + "\n";
        let golden = path.with_extension("txt");
        if bless {
            std::fs::write(&golden, &found).unwrap();
        }
        assert_eq!(found, std::fs::read_to_string(&golden).unwrap_or_default(), "{}", path.display());
    }
}

#[test]
fn a_report_is_also_data() {
    let error = load_with("providerz: []\nallow_paid: perhaps\n", &[]).unwrap_err();
    let json = error.to_json();
    let errors = json["errors"].as_array().unwrap();
    assert_eq!(errors.len(), error.len());
    assert_eq!(errors[2]["file"], "providers.yaml");
    assert_eq!((errors[2]["line"].as_u64(), errors[2]["column"].as_u64()), (Some(1), Some(1)));
    assert_eq!(errors[2]["key"], "providerz");
    assert_eq!(errors[2]["hints"][0], "did you mean `providers`?");
    assert_eq!(errors[0]["line"], serde_json::Value::Null);
}

#[test]
fn lines_and_columns_count_characters() {
    for newline in ["\n", "\r\n"] {
        let text = ["# größer", "\"ä\": 1", "allow_paid: {ü: 1}", "profiles: []", ""].join(newline);
        let json = load_with(&text, &[]).unwrap_err().to_json();
        let places: Vec<_> = json["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| (error["line"].as_u64(), error["column"].as_u64()))
            .collect();
        assert!(places.contains(&(Some(2), Some(1))), "{places:?}");
        assert!(places.contains(&(Some(3), Some(13))), "{places:?}");
    }
}

#[test]
fn a_mistake_in_the_environment_is_reported_with_the_files() {
    let error = load_with(&minimal("", "adaptive: maybe"), &[("CODEROUTER_MODE", "defualt")]).unwrap_err();
    assert_eq!(error.len(), 2);
    let text = error.to_string();
    assert!(text.contains("key: CODEROUTER_MODE"), "{text}");
    assert!(text.contains("hint: did you mean `default`?"), "{text}");
}
