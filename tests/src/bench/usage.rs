//! CPU time and memory of processes, as Linux accounts for them.

use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// What processes have used up to now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// CPU seconds of all threads there are; to nanoseconds, unlike the clock ticks of `/proc/PID/stat`.
    pub cpu_seconds: f64,
    /// Memory in MiB; what processes share counts once, in parts.
    pub memory_mib: f64,
}

impl Usage {
    /// Of these processes together; those that have ended meanwhile count nothing.
    pub fn of(processes: &[u32]) -> Result<Self> {
        let mut sum = Self::default();
        for process in processes {
            let folder = Path::new("/proc").join(process.to_string());
            if !folder.exists() {
                continue;
            }
            sum.cpu_seconds += cpu_seconds(&folder)?;
            sum.memory_mib += memory_mib(&folder);
        }
        Ok(sum)
    }

    /// Of this process.
    pub fn own() -> Result<Self> {
        Self::of(&[std::process::id()])
    }
}

/// The first number of each thread's `schedstat`: nanoseconds on a processor.
fn cpu_seconds(process: &Path) -> Result<f64> {
    let mut nanos = 0.0;
    let Ok(tasks) = fs::read_dir(process.join("task")) else { return Ok(0.0) };
    for task in tasks.flatten() {
        // A thread may end while the list is read.
        let Ok(text) = fs::read_to_string(task.path().join("schedstat")) else { continue };
        nanos += text.split(' ').next().context("schedstat is empty")?.parse::<f64>()?;
    }
    Ok(nanos / 1e9)
}

/// The proportional share, or all that is resident where the kernel does not tell shares.
fn memory_mib(process: &Path) -> f64 {
    let kib = |file: &str, name: &str| {
        let text = fs::read_to_string(process.join(file)).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    kib("smaps_rollup", "Pss").or_else(|| kib("status", "VmRSS")).unwrap_or(0.0) / 1024.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_and_memory_are_seen() -> Result<()> {
        let before = Usage::own()?;
        let bytes = vec![1_u8; 64 << 20];
        let sum: u64 = bytes.iter().map(|&byte| u64::from(byte)).sum();
        let after = Usage::own()?;
        assert_eq!(sum, 64 << 20);
        assert!(after.cpu_seconds > before.cpu_seconds, "{before:?} {after:?}");
        assert!(after.memory_mib > before.memory_mib + 32.0, "{before:?} {after:?}");
        Ok(())
    }
}
