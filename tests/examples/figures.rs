//! What the newest run of the benches found out, as Markdown: `cargo run --release -p e2e --example figures`, or of one
//! bench: `-- send`. It only reads; `make bench` measures.

use anyhow::Result;
use e2e::bench::committed::Committed;
use e2e::bench::{Results, results, table};

fn main() -> Result<()> {
    let only = std::env::args().nth(1);
    let committed = Committed::read()?;
    let all = Results::read_all(&results::folder()?)?;
    for (index, one) in
        all.iter().filter(|one| only.as_ref().is_none_or(|name| *name == one.bench)).enumerate()
    {
        if index == 0 {
            let machine: Vec<_> = one.machine.iter().map(|(name, value)| format!("{name} {value}")).collect();
            println!("Measured on: {}\n", machine.join(", "));
        }
        println!("## {}\n\n{}", one.bench, table::markdown(one, &committed));
    }
    Ok(())
}
