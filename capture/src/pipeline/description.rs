//! What the command line asks to be shown: a description, or a source to build a pipeline for.

use super::scan;
use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// One pipeline, as asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Description {
    /// A moving picture made here.
    TestPattern,
    /// A gst-launch description.
    Text(String),
    /// A gst-launch description in the words of a command line, which keep their quoting.
    Words(Vec<String>),
    /// Anything `uridecodebin` plays.
    Uri(String),
    /// A file to play.
    File(PathBuf),
    /// A video4linux device.
    Device(PathBuf),
}

/// A source that cannot be opened.
#[derive(Debug, Error)]
pub enum SourceError {
    /// It is not there, and is no element either.
    #[error("no such file: {}; give a file that exists, a URI, or a pipeline like `videotestsrc ! appsink`", path.display())]
    NoSuchFile {
        /// As it was given.
        path: PathBuf,
    },
    /// No such device.
    #[error("no such device: {}; `v4l2-ctl --list-devices` (package v4l-utils) lists those there are", path.display())]
    NoSuchDevice {
        /// As it was given.
        path: PathBuf,
    },
    /// A directory.
    #[error("{} is a directory; give one of its files", path.display())]
    Directory {
        /// As it was given.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("{} cannot be read: {error}; check its permissions with `ls -l`", path.display())]
    Unreadable {
        /// As it was given.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The device cannot be read.
    #[error("{} cannot be read: {error}; add yourself to its group: `sudo adduser $USER video`, then log in again", path.display())]
    UnreadableDevice {
        /// As it was given.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

impl fmt::Display for Description {
    /// As it was asked for, credentials included.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TestPattern => f.write_str("a test pattern"),
            Self::Text(text) | Self::Uri(text) => f.write_str(text),
            Self::Words(words) => f.write_str(&scan::join(words)),
            Self::File(path) | Self::Device(path) => write!(f, "{}", path.display()),
        }
    }
}

impl Description {
    /// What the bare words of a command line ask for; none ask for the test pattern.
    ///
    /// One word is taken as [`one`](Self::one) takes it. Several files, URIs or devices are a pipeline each.
    #[must_use]
    pub fn from_words(words: Vec<String>) -> Vec<Self> {
        if words.is_empty() {
            return vec![Self::TestPattern];
        }
        if let [one] = &*words {
            return vec![Self::one(one)];
        }
        let all = words.iter().map(|word| Self::source(word)).collect::<Option<Vec<_>>>();
        all.unwrap_or_else(|| vec![Self::Words(words)])
    }

    /// What one argument asks for: a description, or a file, URI or device.
    #[must_use]
    pub fn one(argument: &str) -> Self {
        Self::source(argument).unwrap_or_else(|| Self::Text(argument.to_owned()))
    }

    fn source(argument: &str) -> Option<Self> {
        let path = Path::new(argument);
        if argument.starts_with("/dev/video") {
            return Some(Self::Device(path.to_owned()));
        }
        if path.exists() {
            return Some(Self::File(path.to_owned()));
        }
        let is_word = !argument.contains(|c: char| c.is_whitespace() || c == '!');
        let (scheme, _) = argument.split_once("://").filter(|_| is_word)?;
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        is_scheme.then(|| Self::Uri(argument.to_owned()))
    }

    /// Whether a file or device can be opened, before a pipeline says so in its own words.
    pub(super) fn check(&self) -> Result<(), SourceError> {
        match self {
            Self::File(path) if path.is_dir() => Err(SourceError::Directory { path: path.clone() }),
            Self::File(path) => match File::open(path) {
                Ok(_) => Ok(()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    Err(SourceError::NoSuchFile { path: path.clone() })
                }
                Err(error) => Err(SourceError::Unreadable { path: path.clone(), error }),
            },
            Self::Device(path) => match File::options().read(true).write(true).open(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    Err(SourceError::NoSuchDevice { path: path.clone() })
                }
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    Err(SourceError::UnreadableDevice { path: path.clone(), error })
                }
                // What else may be wrong (it is busy) is told by the element.
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<Description> {
        Description::from_words(words.iter().map(|&word| word.to_owned()).collect())
    }

    #[test]
    fn what_words_ask_for() {
        assert_eq!(words(&[]), [Description::TestPattern]);
        assert_eq!(words(&["a ! b"]), [Description::Text("a ! b".into())]);
        assert_eq!(words(&["videotestsrc"]), [Description::Text("videotestsrc".into())]);
        let bare = ["v", "!", "caps=video/x-raw, width=3", "!", "appsink"];
        assert_eq!(words(&bare), [Description::Words(bare.map(str::to_owned).to_vec())]);
        assert_eq!(words(&["/dev/video7"]), [Description::Device("/dev/video7".into())]);
        assert_eq!(words(&["rtsp://cam/a"]), [Description::Uri("rtsp://cam/a".into())]);
        assert_eq!(words(&["rtsp://cam/a ! b"]), [Description::Text("rtsp://cam/a ! b".into())]);
        assert_eq!(words(&["rtsp://a/b", "http://c/d"]).len(), 2);
    }

    #[test]
    fn files_are_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a b!.mp4");
        std::fs::write(&path, "").unwrap();
        let file = Description::one(path.to_str().unwrap());
        assert_eq!(file, Description::File(path.clone()));
        assert!(file.check().is_ok());
        assert!(matches!(
            Description::one(folder.path().to_str().unwrap()).check(),
            Err(SourceError::Directory { .. })
        ));
        assert!(matches!(Description::one("/dev/video9999").check(), Err(SourceError::NoSuchDevice { .. })));
        std::fs::remove_file(path).unwrap();
        assert!(matches!(file.check(), Err(SourceError::NoSuchFile { .. })));
    }
}
