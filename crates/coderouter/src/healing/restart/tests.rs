//! Real commands on a real system, looked at through `/proc`.

#![cfg(target_os = "linux")]

use super::*;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

/// Long beside what a small command takes on a busy machine.
const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(300);

/// A file that is gone with the test.
struct Paper(PathBuf);

impl Paper {
    fn new(name: &str) -> Self {
        let name = format!("coderouter-restart-{name}-{}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn read(&self) -> String {
        fs::read_to_string(&self.0).unwrap_or_default()
    }
}

impl Drop for Paper {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn shell(script: &str) -> Vec<String> {
    ["/bin/sh", "-c", script].map(str::to_owned).to_vec()
}

async fn run(command: &[String], grace: Duration, log: Option<&Paper>) -> Outcome {
    Restart { command, grace, log: log.map(|paper| paper.0.as_path()) }.run().await
}

async fn server(script: &str, log: &Paper) -> Server {
    match run(&shell(script), SHORT, Some(log)).await {
        Outcome::Stays(server) => server,
        other => panic!("{other:?}"),
    }
}

/// Waits for something that another process does.
async fn until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < LONG, "{what} did not come");
        time::sleep(Duration::from_millis(5)).await;
    }
}

/// The state letter and the group of a process; none once nothing is left of it.
fn process(id: u32) -> Option<(char, u32)> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(1)?.parse().ok()?))
}

#[tokio::test]
async fn a_command_that_ends_well_is_done() {
    let start = Instant::now();
    assert!(matches!(run(&shell("exit 0"), LONG, None).await, Outcome::Done));
    assert!(start.elapsed() < LONG / 2, "its grace is not waited for");
}

#[tokio::test]
async fn a_command_that_ends_badly_says_why() {
    let paper = Paper::new("badly");
    for round in 0..2 {
        let script = format!("echo out; echo 'no GPU {round}' >&2; exit 3");
        let Outcome::Failed(failure) = run(&shell(&script), LONG, Some(&paper)).await else {
            panic!("it fails")
        };
        assert_eq!(failure.status.and_then(|status| status.code()), Some(3));
        assert_eq!(failure.output, format!("out\nno GPU {round}\n"), "and nothing of the run before");
        assert_eq!(failure.to_string(), format!("exit status: 3: out\nno GPU {round}"));
    }
    let Outcome::Failed(failure) = run(&shell("echo x >&2; exit 4"), LONG, None).await else {
        panic!("it fails")
    };
    assert_eq!(failure.to_string(), "exit status: 4");
}

#[tokio::test]
async fn what_a_command_says_is_read_from_its_end_and_bounded() {
    let paper = Paper::new("chatter");
    let script = "i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i+1)); done; echo the end; exit 1";
    let Outcome::Failed(failure) = run(&shell(script), LONG, Some(&paper)).await else { panic!("it fails") };
    assert_eq!(failure.output.len() as u64, TAIL_LIMIT);
    assert!(failure.output.ends_with("line 1999\nthe end\n"));
}

#[tokio::test]
async fn a_log_that_grows_too_long_is_emptied_while_the_server_goes_on() {
    let paper = Paper::new("flood");
    let size = format!("$(wc -c < {})", paper.0.display());
    let script = format!(
        "head -c 1100000 /dev/zero; while [ {size} -gt 1000 ]; do sleep 0.1; done; echo still here; exec sleep 60"
    );
    let server = server(&script, &paper).await;
    until("what is written later", || paper.read() == "still here\n").await;
    server.end(LONG).await;
}

#[tokio::test]
async fn nothing_to_run_is_told() {
    let nothing: [Vec<String>; 3] =
        [Vec::new(), vec![String::new(), "x".into()], vec!["/no/such/program".into()]];
    for command in nothing {
        assert!(matches!(run(&command, LONG, None).await, Outcome::NotStarted(_)), "{command:?}");
    }
    let folder = Paper(std::env::temp_dir().join("no-such-folder").join("log"));
    assert!(matches!(run(&shell("exit 0"), LONG, Some(&folder)).await, Outcome::NotStarted(_)));
}

#[tokio::test]
async fn arguments_mean_nothing_to_a_shell() {
    let paper = Paper::new("plain");
    let command = ["printf", "%s|", "a && b", "$HOME", "`id`", "x > y"].map(str::to_owned);
    assert!(matches!(run(&command, LONG, Some(&paper)).await, Outcome::Done));
    assert_eq!(paper.read(), "a && b|$HOME|`id`|x > y|");
}

#[tokio::test]
async fn a_command_reads_nothing() {
    let paper = Paper::new("input");
    assert!(matches!(run(&shell("cat; echo end"), LONG, Some(&paper)).await, Outcome::Done));
    assert_eq!(paper.read(), "end\n");
}

#[tokio::test]
async fn a_server_is_left_running_in_a_group_of_its_own() {
    let paper = Paper::new("server");
    let server = server("echo up; exec sleep 60", &paper).await;
    assert!(server.is_running());
    let (_, group) = process(server.process()).expect("it runs");
    assert_eq!(group, server.process());
    until("its word", || paper.read() == "up\n").await;
    let id = server.process();
    server.end(LONG).await;
    assert_eq!(process(id), None, "gone and waited for");
}

#[tokio::test]
async fn a_server_nobody_holds_leaves_no_zombie() {
    let paper = Paper::new("orphan");
    let server = server("sleep 2; echo late", &paper).await;
    let id = server.process();
    drop(server);
    assert!(process(id).is_some(), "it goes on");
    until("its end", || process(id).is_none()).await;
    assert_eq!(paper.read(), "late\n");
}

#[tokio::test]
async fn a_restart_nobody_waits_for_goes_on_and_leaves_no_zombie() {
    let paper = Paper::new("dropped");
    let command = shell("echo $$; sleep 2; echo late");
    let waiting = time::timeout(SHORT, run(&command, LONG, Some(&paper)));
    assert!(waiting.await.is_err(), "it is dropped midway");
    until("its number", || paper.read().ends_with('\n')).await;
    let id: u32 = paper.read().trim().parse().expect("it has said its number");
    until("its end", || process(id).is_none()).await;
    assert!(paper.read().ends_with("late\n"));
}

#[tokio::test]
async fn ending_a_server_ends_its_whole_group_whether_it_wants_or_not() {
    let paper = Paper::new("group");
    let server = server("trap '' TERM; sleep 60 & echo $!; wait; sleep 60", &paper).await;
    until("its number", || paper.read().ends_with('\n')).await;
    let (leader, worker) = (server.process(), paper.read().trim().parse().expect("it says its number"));
    assert!(process(worker).is_some());
    server.end(SHORT).await;
    assert_eq!(process(leader), None);
    // Who started it is gone, so that another process waits for it: a zombie will do.
    until("the worker's end", || process(worker).is_none_or(|(state, _)| state == 'Z')).await;
}

#[tokio::test]
async fn a_server_that_has_ended_is_known_to_have() {
    let paper = Paper::new("ended");
    let server = server("sleep 0.6", &paper).await;
    until("its end", || !server.is_running()).await;
    server.end(LONG).await;
}
