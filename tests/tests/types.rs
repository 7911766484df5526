//! The page's modules are checked with types: `JSDoc`, read by TypeScript's compiler, against the viewer that ships.

use anyhow::{Result, ensure};
use e2e::tools::Tools;
use e2e::{Capture, http, within};
use std::fs;
use std::path::Path;

/// A module with a mistake that only types show.
const MISTAKEN: &str = "import { count } from './page/words.js';\nexport const wrong = count({});\n";

/// The errors that the compiler finds in a copy of the page, with further modules beside it.
async fn errors(further: &[(&str, &str)]) -> Result<String> {
    let capture = Capture::start::<&str>([]).await?;
    let folder = tempfile::tempdir()?;
    let www = folder.path().join("www");
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    copy(&tests.join("../www"), &www)?;
    let viewer = http::get(capture.address(), "/viewer.d.ts").await?;
    ensure!(viewer.status == 200, "this `capture` was built without its viewer");
    fs::write(www.join("viewer.d.ts"), viewer.body)?;
    for (name, text) in further {
        fs::write(www.join(name), text)?;
    }
    let project = folder.path().join("tsconfig.json");
    fs::copy(tests.join("web/tsconfig.json"), &project)?;
    let mut compiler = Tools::ready(env!("CARGO_TARGET_TMPDIR")).await?.script("typescript/bin/tsc");
    let output =
        within("tsc", compiler.args(["--pretty", "false", "--project"]).arg(&project).output()).await??;
    let said = String::from_utf8(output.stdout)? + &String::from_utf8(output.stderr)?;
    ensure!(output.status.success() == said.is_empty(), "tsc ended with {}: {said}", output.status);
    Ok(said)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_page_has_no_type_errors() -> Result<()> {
    let said = errors(&[]).await?;
    ensure!(said.is_empty(), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_mistake_would_be_found() -> Result<()> {
    let said = errors(&[("mistaken.js", MISTAKEN)]).await?;
    ensure!(said.contains("mistaken.js(2,"), "{said:?}");
    ensure!(said.lines().count() == 1, "{said}");
    Ok(())
}
