//! Files that commands have changed, put back.

use crate::process::Home;

#[test]
fn a_file_is_swapped_with_its_backup_and_back() {
    let home = Home::new();
    let path = home.write("p.yaml", "a: 2\nb: 1\n");
    home.write("p.yaml.bak", "a: 1\nb: 1\n");
    let arguments = ["rollback", "--path", "p.yaml"];
    let dry = home.run(&["rollback", "--path", "p.yaml", "--dry-run"]);
    let diff = "--- a/p.yaml\n+++ b/p.yaml\n@@ -1,2 +1,2 @@\n-a: 2\n+a: 1\n b: 1\n";
    assert_eq!(dry, format!("exit: 0\n--- stdout\nWOULD    p.yaml from p.yaml.bak\n{diff}--- stderr\n"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "a: 2\nb: 1\n");
    let said = home.run(&arguments);
    assert!(said.starts_with("exit: 0\n--- stdout\nRESTORED p.yaml from p.yaml.bak\n"), "{said}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "a: 1\nb: 1\n");
    home.run(&arguments);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "a: 2\nb: 1\n");
    assert_eq!(std::fs::read_to_string(home.as_ref().join("p.yaml.bak")).unwrap(), "a: 1\nb: 1\n");
}

#[test]
fn older_backups_have_numbers() {
    let home = Home::new();
    let path = home.write("p.yaml", "now");
    home.write("p.yaml.bak", "before");
    home.write("p.yaml.bak.1", "long before");
    let said = home.run(&["rollback", "--path", "p.yaml", "--generation", "2"]);
    assert!(said.starts_with("exit: 0\n"), "{said}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "long before");
    assert_eq!(std::fs::read_to_string(home.as_ref().join("p.yaml.bak.1")).unwrap(), "now");
    for number in ["0", "11", "x"] {
        let said = home.run(&["rollback", "--path", "p.yaml", "--generation", number]);
        assert!(said.starts_with("exit: 2\n") && said.contains("1, the newest, to 10"), "{said}");
    }
}

#[test]
fn the_usual_files_are_found() {
    let home = Home::new();
    std::fs::create_dir_all(home.as_ref().join(".coderouter")).unwrap();
    std::fs::create_dir_all(home.as_ref().join("w/.vscode")).unwrap();
    home.write(".coderouter/providers.yaml.bak", "a: 1\n");
    home.write("w/.envrc", "same\n");
    home.write("w/.envrc.bak", "same\n");
    let said = home.run(&["rollback", "--workspace", "w", "--json"]);
    let json: serde_json::Value =
        serde_json::from_str(said.split("--- stdout\n").nth(1).unwrap().split("--- stderr").next().unwrap())
            .unwrap();
    let statuses: Vec<_> =
        json.as_array().unwrap().iter().map(|file| file["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["restored", "no-backup", "no-backup", "identical"]);
    assert!(said.starts_with("exit: 0\n"), "{said}");
    assert!(!home.as_ref().join(".coderouter/providers.yaml.bak").exists());
    assert_eq!(std::fs::read_to_string(home.as_ref().join(".coderouter/providers.yaml")).unwrap(), "a: 1\n");
    let said = home.run(&["rollback"]);
    assert!(
        said.starts_with("exit: 2\n--- stdout\nSKIP     HOME/.coderouter/providers.yaml has no backup 1\n"),
        "{said}"
    );
}

#[test]
fn what_can_not_be_restored_is_an_error_and_secrets_stay_unsaid() {
    let home = Home::new();
    home.write("p.yaml", "api_key: sk-ant-0123456789abcdef\n");
    home.write("p.yaml.bak", "api_key: sk-ant-fedcba9876543210\n");
    std::fs::create_dir(home.as_ref().join("q")).unwrap();
    home.write("q.bak", "x");
    let said = home.run(&["rollback", "--path", "p.yaml", "--path", "q"]);
    assert!(said.starts_with("exit: 1\n"), "{said}");
    assert!(said.contains("FAILED   q is not a regular file"), "{said}");
    assert!(said.contains("+api_key: ****") && !said.contains("0123456789"), "{said}");
}
