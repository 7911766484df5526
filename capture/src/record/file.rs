//! The file of a recording, written frame by frame, and its description at the end.

use super::index::Index;
use super::{End, Kind, RecordError, Report};
use crate::Frame;
use crate::save::{self, Samples};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use wire::Ledger;
use wire::layout::y4m;

/// A file that has been begun.
pub(super) struct Writing {
    path: PathBuf,
    out: BufWriter<File>,
    kind: Kind,
    /// The line that a y4m begins with.
    header: String,
    at: u64,
    index: Index,
}

impl Writing {
    /// Begins the file of a recording whose first frame is this; a file of that name stays as it is, and is an error.
    pub(super) fn begin(first: &Frame, kind: Kind, folder: &Path) -> Result<Self, RecordError> {
        let header = if kind == Kind::Y4m { y4m::header(first.source())? } else { String::new() };
        let path = folder.join(save::recording_name(first, kind.extension()));
        let file = new(&path)?;
        let mut writing = Self {
            out: BufWriter::new(file),
            path,
            kind,
            header: header.clone(),
            at: 0,
            index: Index::default(),
        };
        writing.put(header.as_bytes())?;
        Ok(writing)
    }

    /// Writes one frame more.
    pub(super) fn add(&mut self, frame: &Frame) -> Result<(), RecordError> {
        let from = self.at;
        match self.kind {
            Kind::Raw => {
                for piece in frame.source_pieces() {
                    self.put(piece)?;
                }
            }
            Kind::Y4m => {
                let layout = frame.source();
                if y4m::header(layout).ok().as_ref() != Some(&self.header) {
                    return Err(RecordError::Changed { sequence: frame.sequence() });
                }
                self.put(y4m::FRAME)?;
                for array in save::arrays(frame) {
                    let rows = y4m::rows(layout, &array.name);
                    let codes = array.shape.get(1).map_or(0, |columns| columns * rows);
                    if let Samples::U1(samples) = &array.samples {
                        self.put(samples.get(..codes).unwrap_or(samples))?;
                    }
                }
            }
        }
        self.index.add(frame, from, self.at - from);
        Ok(())
    }

    /// Writes the description; `wanted` frames were asked for.
    pub(super) fn finish(
        mut self,
        wanted: u64,
        end: End,
        ledger: Option<&Ledger>,
    ) -> Result<Report, RecordError> {
        self.out.flush().map_err(|error| self.failed(error))?;
        let json = self.index.json(&self.path, self.kind == Kind::Raw, wanted, end, ledger);
        let path = self.path.with_extension("json");
        let written = new(&path)?.write_all(format!("{json:#}\n").as_bytes());
        written.map_err(|error| RecordError::Write { path, error })?;
        Ok(Report {
            frames: self.index.frames(),
            missing: self.index.missing().to_vec(),
            path: self.path,
            end,
        })
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), RecordError> {
        self.out.write_all(bytes).map_err(|error| self.failed(error))?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    fn failed(&self, error: io::Error) -> RecordError {
        RecordError::Write { path: self.path.clone(), error }
    }
}

fn new(path: &Path) -> Result<File, RecordError> {
    let opened = OpenOptions::new().write(true).create_new(true).open(path);
    opened.map_err(|error| RecordError::Write { path: path.to_owned(), error })
}
