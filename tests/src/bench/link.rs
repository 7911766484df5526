//! A network of a given rate between a server and this machine's browsers.
//!
//! The server runs in a network namespace of its own, which a pair of `veth` joins with the one that everything else is
//! in; a token bucket at either end has the rate. That needs root, `ip` and `tc`; without them nothing is shaped, and the
//! bench says so. Addresses are of 198.18.0.0/15, which RFC 2544 sets aside for benchmarks.

use anyhow::{Context, Result, ensure};
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

/// How namespaces are called, before the process they belong to.
const PREFIX: &str = "sinkview-bench-";
/// The link, and its two ends.
const NETWORK: Ipv4Addr = Ipv4Addr::new(198, 18, 77, 0);
const SERVER: Ipv4Addr = Ipv4Addr::new(198, 18, 77, 1);
const VIEWER: Ipv4Addr = Ipv4Addr::new(198, 18, 77, 2);
/// What may pass at once: two of the largest segments that the kernel hands over in one piece.
const BURST: &str = "128kb";
/// How long a packet may wait at the bucket before it is dropped: the queue of a common switch.
const QUEUE: &str = "50ms";

/// A namespace and the link to it; dropping it takes both away.
#[derive(Debug)]
pub struct Link {
    namespace: String,
    /// The end of the pair that is not in it.
    near: String,
}

impl Link {
    /// Makes one of a rate as `tc` writes it (`100mbit`), its server with a congestion control of the kernel's.
    pub fn shaped(rate: &str, congestion: &str) -> Result<Self> {
        remove_stale()?;
        let own = std::process::id();
        let far = format!("svb{own}f");
        let link = Self { namespace: format!("{PREFIX}{own}"), near: format!("svb{own}n") };
        let (namespace, near) = (link.namespace.as_str(), link.near.as_str());
        run("ip", &["netns", "add", namespace])?;
        run("ip", &["link", "add", near, "type", "veth", "peer", "name", &far, "netns", namespace])?;
        run("ip", &["address", "add", &format!("{VIEWER}/30"), "dev", near])?;
        run("ip", &["link", "set", near, "up"])?;
        let inside = |arguments: &[&str]| run("ip", &[&["netns", "exec", namespace], arguments].concat());
        inside(&["ip", "address", "add", &format!("{SERVER}/30"), "dev", &far])?;
        inside(&["ip", "link", "set", &far, "up"])?;
        inside(&["ip", "link", "set", "lo", "up"])?;
        let bucket = ["root", "tbf", "rate", rate, "burst", BURST, "latency", QUEUE];
        inside(&[&["tc", "qdisc", "add", "dev", &far], &bucket[..]].concat())?;
        run("tc", &[&["qdisc", "add", "dev", near], &bucket[..]].concat())?;
        // By the route: the namespace's own setting takes only what the whole machine's allows.
        let (network, server) = (format!("{NETWORK}/30"), SERVER.to_string());
        inside(&["ip", "route", "replace", &network, "dev", &far, "src", &server, "congctl", congestion])?;
        Ok(link)
    }

    /// The server's address.
    #[must_use]
    pub fn server(&self) -> Ipv4Addr {
        SERVER
    }

    /// The address of those at the other end.
    #[must_use]
    pub fn viewer(&self) -> Ipv4Addr {
        VIEWER
    }

    /// What a command begins with that is to run where the server is; its process is the command's.
    #[must_use]
    pub fn inside(&self) -> [&str; 4] {
        ["ip", "netns", "exec", &self.namespace]
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // The namespace goes with the last process in it, which may still be ending; the pair goes now.
        for arguments in [["link", "delete", &self.near], ["netns", "delete", &self.namespace]] {
            // What a failure to make it left out cannot be taken away.
            let _ = run("ip", &arguments);
        }
    }
}

/// Takes away what processes left behind that were killed.
fn remove_stale() -> Result<()> {
    for line in run("ip", &["netns", "list"])?.lines() {
        let name = line.split(' ').next().unwrap_or_default();
        let Some(process) = name.strip_prefix(PREFIX) else { continue };
        if !Path::new("/proc").join(process).exists() {
            run("ip", &["netns", "delete", name])?;
        }
    }
    Ok(())
}

fn run(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .with_context(|| format!("{program} is not installed (apt install iproute2)"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program} {}: {}", arguments.join(" "), said.trim());
    Ok(String::from_utf8(output.stdout)?)
}
