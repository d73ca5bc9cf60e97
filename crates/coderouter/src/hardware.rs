//! What memory there is for models: the machine's own, and that of its graphics cards.
//!
//! Nothing is guessed: what the system does not say is not known.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// The memory of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hardware {
    /// The machine's memory in bytes, where it is known.
    pub ram: Option<u64>,
    /// Its graphics cards.
    pub cards: Vec<Card>,
    /// Whether the graphics part uses the machine's memory as its own.
    pub is_unified: bool,
}

/// A graphics card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Its name.
    pub name: String,
    /// Its memory in bytes.
    pub bytes: u64,
}

/// A gigabyte as makers of memory count it.
pub const GB: u64 = 1 << 30;

/// Less than this is what a built-in graphics part sets aside, not a place for models.
const LEAST_CARD: u64 = 2 * GB;

/// How long a program of the system may take to answer.
const LIMIT: Duration = Duration::from_secs(3);

impl Hardware {
    /// What is said in place of what is there, in gigabytes.
    pub fn told(self, ram: Option<u64>, vram: Option<u64>) -> Self {
        let cards = match vram {
            Some(0) => Vec::new(),
            Some(bytes) => vec![Card { name: "as told".to_owned(), bytes: bytes.saturating_mul(GB) }],
            None => self.cards,
        };
        let is_unified = self.is_unified && vram.is_none();
        Self { ram: ram.map(|ram| ram.saturating_mul(GB)).or(self.ram), cards, is_unified }
    }

    /// The memory of all cards together.
    pub fn vram(&self) -> u64 {
        self.cards.iter().map(|card| card.bytes).fold(0, u64::saturating_add)
    }

    /// It in a line.
    pub fn describe(&self) -> String {
        let ram = self.ram.map_or("memory unknown".to_owned(), |ram| format!("{} GB of memory", gb(ram)));
        if self.is_unified {
            return format!("{ram}, shared with the graphics part");
        }
        let cards: Vec<String> =
            self.cards.iter().map(|card| format!("{} with {} GB", card.name, gb(card.bytes))).collect();
        let cards = if cards.is_empty() { "no graphics card found".to_owned() } else { cards.join(", ") };
        format!("{ram}, {cards}")
    }
}

/// Whole gigabytes; what the system keeps for itself is not missing.
pub fn gb(bytes: u64) -> u64 {
    bytes.saturating_add(GB / 2) / GB
}

/// Looks at this machine.
pub fn look() -> Hardware {
    let mut cards = said("nvidia-smi", &["--query-gpu=name,memory.total", "--format=csv,noheader,nounits"])
        .map(|text| nvidia(&text))
        .unwrap_or_default();
    cards.extend(amd(Path::new("/sys/class/drm")));
    if cfg!(target_os = "macos") {
        let ram = said("sysctl", &["-n", "hw.memsize"]).and_then(|text| text.trim().parse().ok());
        let is_unified = cfg!(target_arch = "aarch64");
        return Hardware { ram, cards, is_unified };
    }
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    // A container may have less than the machine.
    let limit = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let limit = limit.and_then(|text| text.trim().parse::<u64>().ok()).unwrap_or(u64::MAX);
    Hardware { ram: meminfo(&text).map(|ram| ram.min(limit)), cards, is_unified: false }
}

/// What a program says, if it is there, ends well and in time.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    let mut stdout = child.stdout.take()?;
    let (done, told) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        let read = stdout.by_ref().take(1 << 16).read_to_string(&mut text);
        // Nobody waits any longer if it took too long.
        let _ = done.send(read.is_ok().then_some(text));
    });
    let text = told.recv_timeout(LIMIT).ok().flatten();
    if text.is_none() {
        let _ = child.kill();
    }
    let status = child.wait().ok()?;
    text.filter(|_| status.success())
}

/// `nvidia-smi`: a name and mebibytes in each line.
fn nvidia(text: &str) -> Vec<Card> {
    let card = |line: &str| {
        let (name, mebibytes) = line.rsplit_once(',')?;
        let bytes = mebibytes.trim().parse::<u64>().ok()? << 20;
        Some(Card { name: name.trim().to_owned(), bytes })
    };
    text.lines().filter_map(card).filter(|card| card.bytes >= LEAST_CARD).collect()
}

/// The kernel's files of AMD cards.
fn amd(folder: &Path) -> Vec<Card> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut devices: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    devices.sort();
    let card = |path: std::path::PathBuf| {
        let name = path.file_name()?.to_str()?.to_owned();
        // Outputs of a card have the card's name and more.
        let is_card = name.strip_prefix("card").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
        let text =
            std::fs::read_to_string(path.join("device/mem_info_vram_total")).ok().filter(|_| is_card)?;
        let product = std::fs::read_to_string(path.join("device/product_name")).unwrap_or_default();
        let product = product.trim();
        let name = if product.is_empty() { format!("AMD {name}") } else { product.to_owned() };
        Some(Card { name, bytes: text.trim().parse().ok()? })
    };
    devices.into_iter().filter_map(card).filter(|card| card.bytes >= LEAST_CARD).collect()
}

/// `MemTotal`, in kibibytes.
fn meminfo(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_and_memory_are_read() {
        let cards = nvidia("NVIDIA GeForce RTX 4090, 24564\nold, 512\nnonsense\nA, B, 8192\n");
        assert_eq!(cards.iter().map(|card| gb(card.bytes)).collect::<Vec<_>>(), [24, 8]);
        assert_eq!(cards[1].name, "A, B");
        assert_eq!(meminfo("MemFree: 1 kB\nMemTotal:       32768000 kB\n").map(gb), Some(31));
        assert_eq!(meminfo(""), None);
    }

    #[test]
    fn the_kernels_files_are_read() {
        let folder = std::env::temp_dir().join(format!("coderouter-hardware-{}", std::process::id()));
        for (card, bytes) in
            [("card1", "17163091968\n"), ("card0", "536870912\n"), ("card1-DP-1", "17163091968\n")]
        {
            std::fs::create_dir_all(folder.join(card).join("device")).unwrap();
            std::fs::write(folder.join(card).join("device/mem_info_vram_total"), bytes).unwrap();
        }
        let cards = amd(&folder);
        assert_eq!(cards, [Card { name: "AMD card1".to_owned(), bytes: 17_163_091_968 }]);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_is_told_counts() {
        let found = Hardware { ram: Some(8 * GB), cards: nvidia("x, 8192"), is_unified: false };
        assert_eq!(
            found.clone().told(Some(64), Some(0)).describe(),
            "64 GB of memory, no graphics card found"
        );
        assert_eq!(found.told(None, Some(24)).vram(), 24 * GB);
    }

    #[test]
    fn a_program_that_is_not_there_says_nothing() {
        assert_eq!(said("coderouter-has-no-such-program", &[]), None);
    }
}
