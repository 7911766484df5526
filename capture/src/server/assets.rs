//! The page's files: an exact-match table of what is embedded, or of a folder while one works on the page.

use bytes::Bytes;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

mod embedded {
    //! Written by the build script.
    include!(concat!(env!("OUT_DIR"), "/assets.rs"));

    pub(super) fn all() -> &'static [(&'static str, &'static [u8])] {
        EMBEDDED
    }
}

/// Names the folder to serve the page from instead of the embedded files, while one works on it.
pub const WWW_VARIABLE: &str = "SINKVIEW_WWW";

/// A file as it is served.
#[derive(Clone, Debug)]
pub(super) struct Asset {
    pub(super) content_type: &'static str,
    pub(super) bytes: Bytes,
    /// A strong entity tag: the content's hash, quoted.
    pub(super) etag: String,
}

/// All files by their path in the URL.
#[derive(Debug)]
pub(super) struct Assets {
    embedded: HashMap<String, Asset>,
    folder: Option<PathBuf>,
}

impl Assets {
    /// The embedded files, overlaid by those of `folder`, which are read again at every request.
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        let embedded = embedded::all()
            .iter()
            .map(|(name, bytes)| (format!("/{name}"), Asset::new(name, Bytes::from_static(bytes))))
            .collect();
        Self { embedded, folder }
    }

    /// The file at a URL path; `/` is the page.
    pub(super) fn get(&self, path: &str) -> Option<Asset> {
        let path = if path == "/" { "/index.html" } else { path };
        if let Some(asset) = self.folder.as_ref().and_then(|folder| read(folder, path)) {
            return Some(asset);
        }
        self.embedded.get(path).cloned()
    }
}

impl Asset {
    fn new(name: &str, bytes: Bytes) -> Self {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        Self { content_type: content_type(name), etag: format!("\"{:016x}\"", hasher.finish()), bytes }
    }
}

/// Looks for `path` among the files that are there, so that no path of a request ever reaches the file system.
fn read(folder: &Path, path: &str) -> Option<Asset> {
    let mut at = folder.to_owned();
    for part in path.trim_start_matches('/').split('/') {
        let entry = std::fs::read_dir(&at).ok()?.flatten().find(|entry| entry.file_name() == part)?;
        at = entry.path();
    }
    Some(Asset::new(path, Bytes::from(std::fs::read(at).ok()?)))
}

fn content_type(name: &str) -> &'static str {
    match Path::new(name).extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("wasm") => "application/wasm",
        Some("ts") => "text/plain; charset=utf-8",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
