//! What is expected of the messages of one stream, frame by frame. Knows no socket.

use std::collections::HashMap;
use thiserror::Error;
use wire::control::{Phase, Policy};
use wire::{CheckedLayout, FrameMessage, Hash, Hashes, HeaderError, LayoutError, Ledger, ServerMessage};

/// The messages of a stream, as far as they have come.
#[derive(Debug)]
pub(super) struct Check {
    stream: String,
    policy: Policy,
    /// Whether it begins again at its end.
    is_loop: bool,
    layouts: HashMap<u32, CheckedLayout>,
    announced: Option<(u64, Hashes)>,
    last: Option<u64>,
    /// Frames that were as the server hashed them.
    pub(super) frames: u64,
    /// Bytes of their payloads.
    pub(super) bytes: u64,
    /// The newest account.
    pub(super) ledger: Option<Ledger>,
}

/// Why a stream is not verified.
#[derive(Debug, Error)]
pub enum Fault {
    /// A frame has other bytes than the server hashed.
    #[error("frame {sequence} differs: hash of the {hash} {} at the server, {} as received", text(*server), text(*viewer))]
    Mismatch {
        /// Number of the frame.
        sequence: u64,
        /// `buffer` or `rows`.
        hash: &'static str,
        /// What the server said.
        server: Option<Hash>,
        /// What the received bytes have.
        viewer: Option<Hash>,
    },
    /// A frame came without its hashes before it.
    #[error("frame {sequence} came without its hashes")]
    NotAnnounced {
        /// Number of the frame.
        sequence: u64,
    },
    /// Only a part of a frame was sent.
    #[error("frame {sequence} was sent in part, of which the hashes say nothing")]
    Partial {
        /// Number of the frame.
        sequence: u64,
    },
    /// A frame is not newer than the one before.
    #[error("frame {sequence} came after frame {last}")]
    Order {
        /// Number of the frame.
        sequence: u64,
        /// Number of the one before.
        last: u64,
    },
    /// In policy `every`, frames are missing.
    #[error("frame {sequence} came after frame {last}: {} are missing, and policy `every` promises each", sequence - last - 1)]
    Missing {
        /// Number of the frame.
        sequence: u64,
        /// Number of the one before.
        last: u64,
    },
    /// A message is not what its header says.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// A frame has a layout that was not sent.
    #[error("frame {sequence} has layout {layout}, which was not sent")]
    NoLayout {
        /// Number of the frame.
        sequence: u64,
        /// Id of the layout.
        layout: u32,
    },
    /// A layout contradicts itself or the payload.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The server said what this program cannot read.
    #[error("cannot read the server's message: {0}")]
    Message(#[from] serde_json::Error),
    /// The server refused a request.
    #[error("{text}")]
    Refused {
        /// What it said.
        text: String,
    },
    /// The pipeline failed.
    #[error("the stream failed: {why}")]
    Failed {
        /// The element and what it said.
        why: String,
    },
    /// No frame comes, and no end.
    #[error("no frame came for {seconds} s {}, and the stream has not ended", after(*last))]
    Stalled {
        /// How long it was waited for.
        seconds: f64,
        /// Number of the newest frame that came, if one did.
        last: Option<u64>,
    },
    /// The stream ended too early.
    #[error("the stream ended")]
    Ended,
    /// The connection ended.
    #[error("the connection ended: {why}")]
    Closed {
        /// What is known of it.
        why: String,
    },
}

fn text(hash: Option<Hash>) -> String {
    hash.map_or_else(|| "none".to_owned(), |hash| hash.to_string())
}

fn after(last: Option<u64>) -> String {
    last.map_or_else(|| "from the beginning".to_owned(), |last| format!("after frame {last}"))
}

impl Check {
    pub(super) fn new(stream: &str, is_loop: bool) -> Self {
        Self {
            stream: stream.to_owned(),
            policy: Policy::default(),
            is_loop,
            layouts: HashMap::new(),
            announced: None,
            last: None,
            frames: 0,
            bytes: 0,
            ledger: None,
        }
    }

    /// A text message has come.
    pub(super) fn hear(&mut self, text: &str) -> Result<(), Fault> {
        let states = match ServerMessage::from_json(text)? {
            ServerMessage::Hello { policy, streams, .. } => {
                self.policy = policy;
                streams
            }
            ServerMessage::Streams { streams } => streams,
            ServerMessage::Layout { layout } if layout.stream == self.stream => {
                self.layouts.insert(layout.id, layout.check()?);
                return Ok(());
            }
            ServerMessage::Hashes { stream, sequence, buffer, rows } if stream == self.stream => {
                self.announced = Some((sequence, Hashes { buffer, rows }));
                return Ok(());
            }
            ServerMessage::Statistics { streams } => {
                let own = streams.into_iter().find(|one| one.stream == self.stream);
                self.ledger = own.map(|one| one.ledger).or(self.ledger);
                return Ok(());
            }
            ServerMessage::EndOfStream { stream } if stream == self.stream && !self.is_loop => {
                return Err(Fault::Ended);
            }
            ServerMessage::Error { code, text } if code != "lost_messages" => {
                return Err(Fault::Refused { text });
            }
            _ => return Ok(()),
        };
        let own = states.into_iter().find(|state| state.name == self.stream);
        match own.filter(|state| state.phase == Phase::Failed) {
            Some(state) => Err(Fault::Failed { why: state.failure.unwrap_or_default() }),
            None => Ok(()),
        }
    }

    /// A frame has come; takes as long as hashing it.
    pub(super) fn see(&mut self, message: &[u8]) -> Result<(), Fault> {
        let FrameMessage { header, payload, .. } = FrameMessage::decode(message)?;
        let (sequence, id) = (header.sequence, header.layout_id);
        match self.last {
            Some(last) if sequence <= last => return Err(Fault::Order { sequence, last }),
            Some(last) if self.policy == Policy::Every && sequence > last + 1 => {
                return Err(Fault::Missing { sequence, last });
            }
            _ => self.last = Some(sequence),
        }
        let layout = self.layouts.get(&id).ok_or(Fault::NoLayout { sequence, layout: id })?;
        layout.check_payload(header.payload_len)?;
        if !layout.is_whole() {
            return Err(Fault::Partial { sequence });
        }
        let said = self.announced.take().filter(|(announced, _)| *announced == sequence);
        let (_, said) = said.ok_or(Fault::NotAnnounced { sequence })?;
        let found = Hashes::of(layout, &[payload]);
        if found.buffer != said.buffer {
            let (server, viewer) = (Some(said.buffer), Some(found.buffer));
            return Err(Fault::Mismatch { sequence, hash: "buffer", server, viewer });
        }
        if found.rows != said.rows {
            return Err(Fault::Mismatch { sequence, hash: "rows", server: said.rows, viewer: found.rows });
        }
        self.frames += 1;
        self.bytes += header.payload_len;
        Ok(())
    }

    /// Number of the newest frame that was looked at.
    pub(super) fn last(&self) -> Option<u64> {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::layout::{Pixels, Plane};
    use wire::{FrameHeader, Layout};

    const PIXELS: [u8; 4] = [1, 2, 3, 4];

    fn layout() -> Layout {
        let planes = vec![Plane { stride: 2, offset: 0, length: 4 }];
        let pixels = Pixels::Named { name: "rggb".into() };
        Layout { id: 7, stream: "k".into(), pixels, planes, ..Layout::plain(2, 2) }
    }

    fn checking(policy: Policy) -> Check {
        let mut check = Check::new("k", false);
        let hello = ServerMessage::Hello { server: String::new(), policy, streams: Vec::new() };
        check.hear(&hello.to_json()).unwrap();
        check.hear(&ServerMessage::Layout { layout: Box::new(layout()) }.to_json()).unwrap();
        check
    }

    fn announce(check: &mut Check, sequence: u64, pixels: &[u8]) {
        let Hashes { buffer, rows } = Hashes::of(&layout().check().unwrap(), &[pixels]);
        let hashes = ServerMessage::Hashes { stream: "k".into(), sequence, buffer, rows };
        check.hear(&hashes.to_json()).unwrap();
    }

    fn frame(sequence: u64, layout_id: u32, pixels: &[u8]) -> Vec<u8> {
        let header =
            FrameHeader { sequence, layout_id, payload_len: pixels.len() as u64, ..FrameHeader::default() };
        [&header.encode()[..], pixels].concat()
    }

    #[test]
    fn frames_as_they_were_hashed_are_counted() {
        let mut check = checking(Policy::Latest);
        for sequence in [0, 1, 5] {
            announce(&mut check, sequence, &PIXELS);
            check.see(&frame(sequence, 7, &PIXELS)).unwrap();
        }
        assert_eq!((check.frames, check.bytes, check.last()), (3, 12, Some(5)));
    }

    #[test]
    fn a_flipped_bit_is_told_with_both_values() {
        let mut check = checking(Policy::Latest);
        announce(&mut check, 3, &PIXELS);
        let error = check.see(&frame(3, 7, &[1, 2, 3, 5])).unwrap_err().to_string();
        let values = [Hash::of(&PIXELS).to_string(), Hash::of(&[1, 2, 3, 5]).to_string()];
        assert!(error.contains("frame 3") && values.iter().all(|value| error.contains(value)), "{error}");
        assert_eq!(check.frames, 0);
    }

    #[test]
    fn frames_without_hashes_layout_or_order_are_faults() {
        let mut check = checking(Policy::Every);
        announce(&mut check, 1, &PIXELS);
        assert!(matches!(check.see(&frame(2, 7, &PIXELS)), Err(Fault::NotAnnounced { sequence: 2 })));
        assert!(matches!(check.see(&frame(2, 7, &PIXELS)), Err(Fault::Order { .. })));
        assert!(matches!(check.see(&frame(5, 7, &PIXELS)), Err(Fault::Missing { sequence: 5, last: 2 })));
        assert!(matches!(check.see(&frame(3, 8, &PIXELS)), Err(Fault::NoLayout { layout: 8, .. })));
        assert!(matches!(check.see(&frame(4, 7, &PIXELS[..3])), Err(Fault::Layout(_))));
        assert!(matches!(check.see(&[0; 10]), Err(Fault::Header(_))));
    }

    #[test]
    fn ends_and_failures_are_faults() {
        let end = ServerMessage::EndOfStream { stream: "k".into() }.to_json();
        assert!(matches!(checking(Policy::Latest).hear(&end), Err(Fault::Ended)));
        assert!(Check::new("k", true).hear(&end).is_ok());
        let failed = r#"{"type":"streams","streams":[{"name":"k","pipeline":0,"phase":"failed","failure":"no file","caps":null,"converted":null}]}"#;
        assert!(
            matches!(checking(Policy::Latest).hear(failed), Err(Fault::Failed { why }) if why == "no file")
        );
        assert!(matches!(checking(Policy::Latest).hear("{}"), Err(Fault::Message(_))));
    }
}
