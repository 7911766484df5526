//! What README shows is what there is: the Python client verbatim, and options that the program knows.

use anyhow::{Context, Result, ensure};
use e2e::program;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn read(path: &str) -> Result<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).with_context(|| path.display().to_string())
}

#[test]
fn the_python_client_is_shown_verbatim() -> Result<()> {
    let client = read("python/viewer.py")?;
    let fenced = format!("```python\n{}\n```", client.trim_end());
    ensure!(
        read("../README.md")?.contains(&fenced),
        "README.md shows another viewer.py than tests/python/viewer.py"
    );
    Ok(())
}

#[tokio::test]
async fn the_options_shown_are_options() -> Result<()> {
    let help = program::run(["--help"]).await?;
    ensure!(help.status.success(), "--help ended with {}", help.status);
    let help = String::from_utf8(help.stdout)?;
    let readme = read("../README.md")?;
    // Those of cargo are its own.
    let spans = readme.split('`').filter(|span| !span.starts_with("cargo "));
    let shown: BTreeSet<&str> = spans
        .flat_map(|span| span.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')))
        .filter(|word| word.len() > 2 && word.starts_with("--") && !word.starts_with("---"))
        .collect();
    ensure!(shown.contains("--listen"), "README.md shows no options: {shown:?}");
    for option in shown {
        ensure!(help.contains(option), "README.md shows {option}, which --help does not know");
    }
    Ok(())
}
