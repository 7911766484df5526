//! The page's files: an exact-match table of what is embedded, compressed when it was built, or of a folder while one
//! works on the page.

use super::encoding::{Accepted, Encoding};
use bytes::Bytes;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

mod embedded {
    //! Written by the build script.
    include!(concat!(env!("OUT_DIR"), "/assets.rs"));

    /// A file, and what the build script made smaller of it.
    pub(super) struct File {
        pub(super) name: &'static str,
        pub(super) plain: &'static [u8],
        pub(super) brotli: Option<&'static [u8]>,
        pub(super) gzip: Option<&'static [u8]>,
    }

    pub(super) fn all() -> &'static [File] {
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
    /// How the bytes are compressed.
    pub(super) encoding: Option<Encoding>,
    /// A strong entity tag: the content's hash and the encoding, quoted.
    pub(super) etag: String,
}

/// All files by their path in the URL.
#[derive(Debug)]
pub(super) struct Assets {
    embedded: HashMap<String, Variants>,
    folder: Option<PathBuf>,
}

/// A file in each encoding there is of it.
#[derive(Debug)]
struct Variants {
    plain: Asset,
    /// The smallest first.
    compressed: Vec<(Encoding, Asset)>,
}

impl Assets {
    /// The embedded files, overlaid by those of `folder`, which are read again at every request.
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        let embedded = embedded::all().iter().map(|file| (format!("/{}", file.name), Variants::of(file)));
        Self { embedded: embedded.collect(), folder }
    }

    /// The file at a URL path, compressed if that is accepted; `/` is the page.
    pub(super) fn get(&self, path: &str, accepted: &Accepted) -> Option<Asset> {
        let path = if path == "/" { "/index.html" } else { path };
        if let Some(asset) = self.folder.as_ref().and_then(|folder| read(folder, path)) {
            return Some(asset);
        }
        let Variants { plain, compressed } = self.embedded.get(path)?;
        let best = compressed.iter().find(|(encoding, _)| accepted.has(*encoding));
        Some(best.map_or(plain, |(_, asset)| asset).clone())
    }
}

impl Variants {
    fn of(file: &embedded::File) -> Self {
        let plain = Asset::new(file.name, Bytes::from_static(file.plain));
        let known = [(Encoding::Brotli, file.brotli), (Encoding::Gzip, file.gzip)];
        let compressed = known.into_iter().filter_map(|(encoding, bytes)| {
            let etag = format!("{}-{}\"", plain.etag.trim_end_matches('"'), encoding.name());
            let asset =
                Asset { bytes: Bytes::from_static(bytes?), encoding: Some(encoding), etag, ..plain.clone() };
            Some((encoding, asset))
        });
        Self { compressed: compressed.collect(), plain }
    }
}

impl Asset {
    fn new(name: &str, bytes: Bytes) -> Self {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let etag = format!("\"{:016x}\"", hasher.finish());
        Self { content_type: content_type(name), bytes, encoding: None, etag }
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
