//! The token: made up, read from a file, or kept in one for who has no terminal to read it on.

use crate::args;
use anyhow::{Context, Result, anyhow, bail, ensure};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Bytes of a token: 192 bits.
const TOKEN_LEN: usize = 24;
/// More than any token has.
const LINE_MAX: u64 = 4096;

/// A file that only its owner can read, removed when it is dropped.
#[derive(Debug)]
pub(crate) struct TokenFile(PathBuf);

/// A new token of random hexadecimal digits.
pub(crate) fn new() -> Result<String> {
    let mut bytes = [0; TOKEN_LEN];
    File::open("/dev/urandom")
        .and_then(|mut random| random.read_exact(&mut bytes))
        .context("no random token can be made (/dev/urandom); give one with --token-file")?;
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16);
    Ok(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).flatten().collect())
}

/// The token in the first line of a file, unless others can read it too.
pub(crate) fn read(path: &Path) -> Result<String> {
    let shown = path.display();
    let file = File::open(path).with_context(|| format!("--token-file {shown}"))?;
    let found = file.metadata()?;
    ensure!(found.is_file(), "--token-file {shown}: this is no file");
    // systemd gives a service its credentials by an entry for it alone, which shows as the group's.
    let is_groups = found.mode() & 0o070 != 0 && found.gid() != 0;
    if is_groups || found.mode() & 0o007 != 0 {
        bail!(
            "--token-file {shown}: others can read it, and may have; make a new token and `chmod 600 {shown}`"
        );
    }
    let mut line = String::new();
    BufReader::new(file)
        .take(LINE_MAX)
        .read_line(&mut line)
        .with_context(|| format!("--token-file {shown}"))?;
    args::token(line.trim()).map_err(|error| anyhow!("--token-file {shown}: {error}"))
}

impl TokenFile {
    /// Writes `text` to a new file of that name, in the folder that is there for such files.
    pub(crate) fn write(name: &str, text: &str) -> Result<Self> {
        let path = folder()?.join(name);
        // One of an earlier run; `create_new` refuses whatever else is put there meanwhile, links included.
        let _ = fs::remove_file(&path);
        let open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let mut file = open.with_context(|| {
            format!("the access token cannot be written to {}; give one with --token-file", path.display())
        })?;
        let written = Self(path);
        file.write_all(text.as_bytes())?;
        Ok(written)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        // Somebody may have removed it already.
        let _ = fs::remove_file(&self.0);
    }
}

/// The folder that a service has, or that a login has, or one for this user below the temporary ones.
fn folder() -> Result<PathBuf> {
    let service = std::env::var("RUNTIME_DIRECTORY").ok();
    let service = service.iter().flat_map(|folders| folders.split(':')).find(|folder| !folder.is_empty());
    if let Some(folder) = service {
        return Ok(folder.into());
    }
    if let Some(folder) = std::env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty()) {
        return Ok(folder.into());
    }
    let user = rustix::process::geteuid().as_raw();
    let folder = std::env::temp_dir().join(format!("sinkview-{user}"));
    let _ = DirBuilder::new().mode(0o700).create(&folder);
    let found = fs::symlink_metadata(&folder).with_context(|| folder.display().to_string())?;
    ensure!(
        found.is_dir() && found.uid() == user && found.mode() & 0o777 == 0o700,
        "{} is not this user's alone, and the access token would not be safe in it; remove it, set XDG_RUNTIME_DIR, or \
         give a token with --token-file",
        folder.display()
    );
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, chown};

    #[test]
    fn tokens_have_192_bits_and_differ() {
        let tokens = [new().unwrap(), new().unwrap()];
        assert_eq!(tokens[0].len(), 48);
        assert_ne!(tokens[0], tokens[1]);
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "secret\nmore\n").unwrap();
        for mode in [0o644, 0o604, 0o601] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let refusal = read(&path).unwrap_err().to_string();
            assert!(refusal.contains("chmod 600"), "{mode:o}: {refusal}");
        }
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert_eq!(read(&path).unwrap(), "secret");
        if chown(&path, None, Some(1)).is_ok() {
            fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
            assert!(read(&path).is_err());
        }
        fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
        let _ = fs::remove_file(&path);
        assert!(read(&path).is_err());
        fs::write(&path, "no token\n").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert!(format!("{:#}", read(&path).unwrap_err()).contains("letters"));
    }
}
