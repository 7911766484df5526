//! Signals, and the processes below a process.

use anyhow::{Context, Result, ensure};
use std::collections::HashMap;
use std::fs;
use std::process::Command;

/// Sends a signal (`TERM`, `KILL`, `STOP`, `CONT`) to processes.
pub fn signal(name: &str, processes: &[u32]) -> Result<()> {
    // The shell's own `kill`: a minimal Debian has no program of that name.
    let mut command = Command::new("sh");
    command.args(["-c", r#"name=$1; shift; kill -s "$name" "$@""#, "sh", name]);
    command.args(processes.iter().map(u32::to_string));
    let sent = command.output().context("no shell")?;
    ensure!(sent.status.success(), "kill -s {name}: {}", String::from_utf8_lossy(&sent.stderr));
    Ok(())
}

/// All processes below `ancestor`, children before their own children; itself not included.
pub fn below(ancestor: u32) -> Result<Vec<u32>> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(process) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // A process may end while the list is read.
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        if let Some(parent) = parent(&stat) {
            children.entry(parent).or_default().push(process);
        }
    }
    let mut found = vec![ancestor];
    let mut next = 0;
    while next < found.len() {
        found.extend(children.remove(&found[next]).unwrap_or_default());
        next += 1;
    }
    found.remove(0);
    Ok(found)
}

/// The parent in a line of `/proc/PID/stat`: `PID (any name) STATE PARENT …`.
fn parent(stat: &str) -> Option<u32> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(1)?.parse().ok()
}
