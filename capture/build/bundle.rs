//! Joins the page's modules and styles into few files, as a browser loads few large files sooner than many small ones,
//! and they compress better together.
//!
//! It knows the house's modules alone: each import is a line of names, each export stands before a declaration, both at
//! the start of a line, and no module imports another in a circle. All else fails the build, by name.

use crate::minify;
use anyhow::{Context, Result, bail, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// Modules that are served, each with all it imports that is in none before it: what worker and main thread share, the
/// worker that paints, the one that receives, what starts them, what does so before the page is there, the element, the
/// page.
pub(crate) const ENTRIES: [&str; 7] =
    ["view/start.js", "worker.js", "receiver.js", "view/host.js", "page/ahead.js", "sink-view.js", "page.js"];
/// What the page's scripts import of these.
const PRELOADED: [&str; 3] = ["view/start.js", "view/host.js", "sink-view.js"];
const STYLE: &str = "style/page.css";
const PAGE: &str = "index.html";

/// A module without its imports and the word `export`.
struct Module {
    /// What it imports: the module, and `name` or `name: other` of it.
    imports: Vec<(String, String)>,
    /// The names it exports.
    exports: Vec<String>,
    body: String,
}

/// The files that are served for these.
pub(crate) fn bundle(files: &BTreeMap<String, Vec<u8>>) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut served = BTreeMap::new();
    let mut modules = BTreeMap::new();
    for (name, bytes) in files {
        let text = || std::str::from_utf8(bytes).with_context(|| format!("{name} is no UTF-8"));
        if Path::new(name).extension().is_some_and(|extension| extension == "js") {
            modules.insert(name.clone(), Module::read(name, text()?).with_context(|| format!("in {name}"))?);
        } else if name == PAGE {
            let (page, styles) = with_one_style(text()?);
            served.insert(name.clone(), page.into_bytes());
            let mut joined = String::new();
            for style in styles {
                let bytes = files.get(&style).with_context(|| format!("{name} names {style}"))?;
                joined += std::str::from_utf8(bytes)?;
            }
            served.insert(STYLE.to_owned(), minify::css(&joined).into_bytes());
        } else if !name.starts_with("style/") {
            served.insert(name.clone(), bytes.clone());
        }
    }
    for (name, text) in join(&modules)? {
        served.insert(name, minify::js(&text).into_bytes());
    }
    Ok(served)
}

/// The modules, joined: by the name of each entry its text.
fn join(modules: &BTreeMap<String, Module>) -> Result<Vec<(String, String)>> {
    // Which entry each module is with.
    let mut places: BTreeMap<&str, &str> = BTreeMap::new();
    let mut contents = Vec::new();
    for entry in ENTRIES {
        let mut order = Vec::new();
        visit(modules, entry, &places, &mut order, &mut Vec::new())?;
        places.extend(order.iter().map(|module| (*module, entry)));
        contents.push((entry, order));
    }
    if let Some(lost) = modules.keys().find(|name| !places.contains_key(name.as_str())) {
        bail!("nothing imports {lost}");
    }
    // What later files import of each module that is none of the entries.
    let mut lent: BTreeSet<&str> = BTreeSet::new();
    for (entry, order) in &contents {
        let imported = order.iter().flat_map(|name| modules[*name].imports.iter());
        lent.extend(imported.map(|(from, _)| from.as_str()).filter(|from| places[from] != *entry));
    }
    contents
        .iter()
        .map(|(entry, order)| Ok(((*entry).to_owned(), write(modules, &places, &lent, entry, order)?)))
        .collect()
}

/// What a module needs before it, then itself: the order in which a browser runs them.
fn visit<'a>(
    modules: &'a BTreeMap<String, Module>,
    name: &'a str,
    placed: &BTreeMap<&str, &str>,
    order: &mut Vec<&'a str>,
    path: &mut Vec<&'a str>,
) -> Result<()> {
    ensure!(!path.contains(&name), "{} import each other in a circle", path.join(", "));
    if placed.contains_key(name) || order.contains(&name) {
        return Ok(());
    }
    path.push(name);
    let module = modules.get(name).with_context(|| format!("{name}, of {path:?}, is not there"))?;
    for (from, _) in &module.imports {
        visit(modules, from, placed, order, path)?;
    }
    path.pop();
    order.push(name);
    Ok(())
}

/// The text of one entry: each module it brings is a function that runs once and returns what is exported.
fn write(
    modules: &BTreeMap<String, Module>,
    places: &BTreeMap<&str, &str>,
    lent: &BTreeSet<&str>,
    entry: &str,
    order: &[&str],
) -> Result<String> {
    let mut text = String::new();
    let imported = order.iter().flat_map(|name| modules[*name].imports.iter()).map(|(from, _)| from.as_str());
    for from in imported.filter(|from| places[from] != entry).collect::<BTreeSet<_>>() {
        let (place, name) = (relative(entry, places[from]), variable(from));
        if places[from] == from {
            writeln!(text, "import * as {name} from '{place}';")?;
        } else {
            writeln!(text, "import {{ {name} }} from '{place}';")?;
        }
    }
    for name in order {
        let module = &modules[*name];
        let body = located(entry, name, &module.body)?;
        let mut imports = String::new();
        for (from, names) in module.imports.iter().filter(|(_, names)| !names.is_empty()) {
            writeln!(imports, "const {{ {names} }} = {};", variable(from))?;
        }
        let (exports, own) = (module.exports.join(", "), variable(name));
        if *name == entry {
            write!(text, "{imports}{body}")?;
            let lent = lent.iter().filter(|lent| places[*lent] == entry && **lent != entry);
            let all: Vec<_> = module.exports.iter().cloned().chain(lent.map(|lent| variable(lent))).collect();
            if !all.is_empty() {
                writeln!(text, "export {{ {} }};", all.join(", "))?;
            }
        } else if exports.is_empty() {
            writeln!(text, "(() => {{\n{imports}{body}}})();")?;
        } else {
            writeln!(text, "const {own} = (() => {{\n{imports}{body}return {{ {exports} }};\n}})();")?;
        }
    }
    Ok(text)
}

/// A module's body, whose addresses are relative to where the module was.
fn located(entry: &str, name: &str, body: &str) -> Result<String> {
    let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    if folder(entry) == folder(name) {
        return Ok(body.to_owned());
    }
    let own = format!("new URL('{}', import.meta.url)", relative(entry, name));
    let body = body.replace("import.meta.url", &own);
    let mut parts = body.split("import('");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (from, rest) = part.split_once("')").context("an import while it runs has no plain address")?;
        write!(text, "import('{}'){rest}", relative(entry, &resolved(name, from)?))?;
    }
    Ok(text)
}

impl Module {
    fn read(name: &str, text: &str) -> Result<Self> {
        let mut module = Self { imports: Vec::new(), exports: Vec::new(), body: String::new() };
        for line in minify::without_comments(text).lines() {
            if let Some(rest) = line.strip_prefix("import ") {
                let (names, from) = rest.split_once(" from ").unwrap_or(("{}", rest));
                let names = names.strip_prefix('{').and_then(|names| names.strip_suffix('}'));
                let from = from.trim_end().strip_prefix('\'').and_then(|from| from.strip_suffix("';"));
                let (Some(names), Some(from)) = (names, from) else {
                    bail!("an import of another form: {line}")
                };
                module.imports.push((resolved(name, from)?, names.trim().replace(" as ", ": ")));
                continue;
            }
            let declaration = line.strip_prefix("export ");
            if let Some(declaration) = declaration {
                module.exports.push(
                    declared(declaration).with_context(|| format!("an export of another form: {line}"))?,
                );
            }
            module.body += declaration.unwrap_or(line);
            module.body.push('\n');
        }
        Ok(module)
    }
}

/// The name that an exported line declares; none that changes, which others would have to see.
fn declared(line: &str) -> Option<String> {
    let line = line.strip_prefix("async ").unwrap_or(line);
    let rest = ["const ", "class ", "function "].iter().find_map(|kind| line.strip_prefix(kind))?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    Some(rest[..end].to_owned()).filter(|name| !name.is_empty())
}

/// The path that a module means by an import.
fn resolved(name: &str, from: &str) -> Result<String> {
    let mut parts: Vec<&str> = name.split('/').collect();
    parts.pop();
    for part in from.split('/') {
        match part {
            "." => {}
            ".." => ensure!(parts.pop().is_some(), "{from} is outside of the page"),
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

/// The address of a file, seen from another.
fn relative(from: &str, to: &str) -> String {
    format!("./{}{to}", "../".repeat(from.matches('/').count()))
}

/// A name for what a module exports that no module has itself.
fn variable(name: &str) -> String {
    format!("_{}", name.replace(|c: char| !c.is_ascii_alphanumeric(), "_"))
}

/// The page with the first of its styles in place of all, and the styles in their order.
fn with_one_style(page: &str) -> (String, Vec<String>) {
    let mut text = String::new();
    let mut styles = Vec::new();
    for line in page.lines() {
        let style = line.trim().strip_prefix("<link rel=\"stylesheet\" href=\"");
        if line.contains("<script type=\"module\"") && !text.contains("modulepreload") {
            // Asked for at once, not when the one before has been read.
            text.extend(PRELOADED.map(|entry| format!("<link rel=\"modulepreload\" href=\"{entry}\">\n")));
        }
        if let Some(style) = style.and_then(|style| style.strip_suffix("\">")) {
            if styles.is_empty() {
                text += &line.trim_start().replace(style, STYLE);
                text.push('\n');
            }
            styles.push(style.to_owned());
        } else if !line.trim().is_empty() {
            text += line.trim_start();
            text.push('\n');
        }
    }
    (text, styles)
}
