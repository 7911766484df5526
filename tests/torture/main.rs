//! `make torture`: the faults that the product is to withstand, tried on the real binary with tools of others as judges.
//!
//! A part is a module with a function `run`; a fault is a function that returns what it found, and becomes a row of one
//! table. It knows `capture` as its users do. Arguments are names of parts; without any, all are run.
//! `TORTURE_COMMIT=1` takes what was found for the committed baseline.

mod advisories;
mod baseline;
mod clocks;
mod descriptors;
mod frames;
mod fuzz;
mod healthy;
mod memory;
mod network;
mod pipelines;
mod requests;
mod restart;
mod row;
mod scanners;
mod server;
mod site;
mod slow;
mod soak;
mod table;
mod threat;
mod tools;
mod torture;
mod viewers;
mod words;

use anyhow::{Result, bail};
use row::{Outcome, Row};
use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use threat::Threat;
use tokio::signal::unix::{SignalKind, signal};
use torture::Torture;

/// A part: its name, and what tries its faults.
type Part = (&'static str, for<'a> fn(&'a mut Torture) -> Pin<Box<dyn Future<Output = Result<()>> + 'a>>);

/// All parts, in the order they are run in.
const PARTS: &[Part] = &[
    ("site", |torture| Box::pin(site::run(torture))),
    ("slow", |torture| Box::pin(slow::run(torture))),
    ("descriptors", |torture| Box::pin(descriptors::run(torture))),
    ("viewers", |torture| Box::pin(viewers::run(torture))),
    ("network", |torture| Box::pin(network::run(torture))),
    ("restart", |torture| Box::pin(restart::run(torture))),
    ("pipelines", |torture| Box::pin(pipelines::run(torture))),
    ("words", |torture| Box::pin(words::run(torture))),
    ("clocks", |torture| Box::pin(clocks::run(torture))),
    ("frames", |torture| Box::pin(frames::run(torture))),
    ("requests", |torture| Box::pin(requests::run(torture))),
    ("scanners", |torture| Box::pin(scanners::run(torture))),
    ("fuzz", |torture| Box::pin(fuzz::run(torture))),
    ("memory", |torture| Box::pin(memory::run(torture))),
    ("advisories", |torture| Box::pin(advisories::run(torture))),
    ("soak", |torture| Box::pin(soak::run(torture))),
];

fn main() -> Result<ExitCode> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let Some((first, rest)) = arguments.split_first()
        && first == healthy::ARGUMENT
    {
        return healthy::be(rest).map(|()| ExitCode::SUCCESS);
    }
    let names: Vec<_> = PARTS.iter().map(|(name, _)| *name).collect();
    if let Some(unknown) = arguments.iter().find(|argument| !names.contains(&argument.as_str())) {
        bail!("there is no part {unknown}; parts are {}", names.join(", "));
    }
    let is_wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == name);
    let parts: Vec<_> = PARTS.iter().filter(|(name, _)| is_wanted(name)).collect();
    let names: Vec<_> = parts.iter().map(|(name, _)| *name).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let rows = runtime.block_on(async {
        let mut stop = signal(SignalKind::terminate())?;
        let mut torture = Torture::new()?;
        // Whatever is dropped here stops what it started: processes, network namespaces, folders.
        let all = async {
            for (name, run) in parts {
                torture.begin(name);
                run(&mut torture).await?;
            }
            anyhow::Ok(())
        };
        tokio::select! {
            all = all => all?,
            _ = tokio::signal::ctrl_c() => bail!("stopped by a signal"),
            _ = stop.recv() => bail!("stopped by a signal"),
        }
        Ok(torture.finish())
    })?;
    judge(&rows, &names)
}

/// Prints the table, and compares it with the committed one.
fn judge(rows: &[Row], parts: &[&str]) -> Result<ExitCode> {
    let committed = baseline::read()?;
    println!("\n{}", table::text(rows));
    let mut worse = 0;
    for row in rows {
        let before = baseline::find(&committed, row);
        for what in before.map(|before| row.worse_than(before)).unwrap_or_default() {
            println!("worse than committed: {}, {}: {what}", row.part, row.fault);
            worse += 1;
        }
    }
    if parts.len() == PARTS.len() {
        for threat in Threat::ALL.iter().filter(|threat| rows.iter().all(|row| row.threat != **threat)) {
            println!("nothing tries: {}", threat.words());
            worse += 1;
        }
    }
    let count = |outcome| rows.iter().filter(|row| row.outcome == outcome).count();
    let (lost, not_run) = (count(Outcome::Lost), count(Outcome::NotRun));
    println!(
        "{} rows hold, {lost} do not, {not_run} were not run, {worse} things are worse than committed",
        count(Outcome::Ok)
    );
    println!("{}", baseline::write(rows)?.display());
    if std::env::var_os("TORTURE_COMMIT").is_some_and(|value| value == "1") {
        baseline::commit(committed, rows, parts)?;
    }
    Ok(if lost + worse == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
