//! One video frame on its way from an appsink to the sockets; knows neither.

use crate::memory::{Charge, Memory};
use crate::view::Made;
use bytes::Bytes;
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};
use wire::{CheckedLayout, FrameHeader, Hashes, LayoutError};

/// The bytes of a frame, in one or more pieces, shared by all clients that send it.
///
/// Dropping it gives the bytes back to whoever lent them.
pub trait Payload: Send + Sync {
    /// The pieces in order; together they are all bytes of the buffer, and behind them a picture where the layout has
    /// one. Waits until they are [prepared](Self::prepare).
    fn piece(&self, index: usize) -> Option<&[u8]>;

    /// Bytes of all pieces together, known without preparing them.
    fn byte_count(&self) -> u64 {
        pieces(self).map(|piece| piece.len() as u64).sum()
    }

    /// Makes the pieces ready to be read, once; may take as long as converting a frame.
    fn prepare(&self) {}

    /// Whether the bytes are this program's own, so that holding them keeps no buffer from its source.
    fn is_own(&self) -> bool;

    /// The same payload with bytes of its own; takes as long as copying them.
    fn to_own(&self) -> Box<dyn Payload>;
}

/// A frame as it is sent: header, layout, bytes, metas. Immutable and shared.
pub struct Frame {
    header: FrameHeader,
    layout: Arc<CheckedLayout>,
    source: Arc<CheckedLayout>,
    payload: Box<dyn Payload>,
    metas: Bytes,
    source_gap: u64,
    hashes: OnceLock<Hashes>,
    made: Made,
    /// Its bytes in the account of all frames, once it is published.
    charge: Option<Charge>,
}

impl Frame {
    /// Puts a frame together; the header's layout id and lengths are set here from the parts.
    ///
    /// Refuses a payload that is too short for the layout.
    pub fn new(
        mut header: FrameHeader,
        layout: Arc<CheckedLayout>,
        payload: Box<dyn Payload>,
        metas: Bytes,
    ) -> Result<Self, LayoutError> {
        header.layout_id = layout.id;
        header.payload_len = payload.byte_count();
        header.metas_len = u32::try_from(metas.len()).unwrap_or(0);
        layout.check_payload(header.payload_len)?;
        let source = Arc::clone(&layout);
        let (hashes, made) = (OnceLock::new(), Made::default());
        Ok(Self { header, layout, source, payload, metas, source_gap: 0, hashes, made, charge: None })
    }

    /// A part or an encoding of `frame`: `layout` describes it once it is decoded, and `header` is the frame's.
    pub(crate) fn made_of(
        frame: &Self,
        mut header: FrameHeader,
        layout: Arc<CheckedLayout>,
        payload: Box<dyn Payload>,
    ) -> Self {
        header.layout_id = layout.id;
        header.payload_len = payload.byte_count();
        Self {
            header,
            source: Arc::clone(&layout),
            layout,
            payload,
            metas: frame.metas.clone(),
            source_gap: frame.source_gap,
            hashes: OnceLock::new(),
            made: Made::default(),
            charge: frame.charge.as_ref().map(|charge| charge.again(header.payload_len)),
        }
    }

    /// Counts its bytes, and those of what is made of it, for as long as they are there.
    pub(crate) fn charged(mut self, memory: &Arc<Memory>) -> Self {
        self.charge = Some(memory.charge(self.header.payload_len));
        self
    }

    /// What was made of it for the views of clients.
    pub(crate) fn made(&self) -> &Made {
        &self.made
    }

    /// Says how to read the appsink's own bytes, where the layout describes a picture behind them.
    ///
    /// Refuses a layout that needs more bytes than there are.
    pub fn with_source(mut self, source: Arc<CheckedLayout>) -> Result<Self, LayoutError> {
        source.check_payload(self.source_len())?;
        self.source = source;
        Ok(self)
    }

    /// Says how many frames the source seems to have missed up to this one, since the stream began.
    #[must_use]
    pub fn with_source_gap(mut self, frames: u64) -> Self {
        self.source_gap = frames;
        self
    }

    /// How many frames the source seems to have missed up to this one, since the stream began.
    #[must_use]
    pub fn source_gap(&self) -> u64 {
        self.source_gap
    }

    /// What is said of the frame.
    #[must_use]
    pub fn header(&self) -> &FrameHeader {
        &self.header
    }

    /// The frame's number at the appsink.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.header.sequence
    }

    /// How to read the bytes.
    #[must_use]
    pub fn layout(&self) -> &Arc<CheckedLayout> {
        &self.layout
    }

    /// How to read the appsink's own bytes: the layout, unless that describes a picture behind them.
    #[must_use]
    pub fn source(&self) -> &Arc<CheckedLayout> {
        &self.source
    }

    /// How many bytes the appsink's buffer has.
    #[must_use]
    pub fn source_len(&self) -> u64 {
        self.layout.source_len(self.header.payload_len)
    }

    /// The appsink's own bytes, piece by piece; a picture behind them is neither given nor made.
    pub fn source_pieces(&self) -> impl Iterator<Item = &[u8]> {
        let mut left = self.source_len();
        (0..).map_while(move |index| {
            // Asking for a piece is what makes it.
            let piece = if left == 0 { None } else { self.payload.piece(index) }?;
            left = left.saturating_sub(piece.len() as u64);
            Some(piece)
        })
    }

    /// The appsink's own bytes in one piece; copied if they are in several.
    #[must_use]
    pub fn source_bytes(&self) -> Cow<'_, [u8]> {
        let mut pieces = self.source_pieces();
        match (pieces.next(), pieces.next()) {
            (None, _) => Cow::Borrowed(&[]),
            (Some(only), None) => Cow::Borrowed(only),
            (Some(_), Some(_)) => Cow::Owned(self.source_pieces().collect::<Vec<_>>().concat()),
        }
    }

    /// Whether holding the frame keeps no buffer from its source.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.payload.is_own()
    }

    /// The same frame with bytes of its own; takes as long as copying them.
    #[must_use]
    pub fn to_own(&self) -> Self {
        Self {
            header: self.header,
            layout: Arc::clone(&self.layout),
            source: Arc::clone(&self.source),
            payload: self.payload.to_own(),
            metas: self.metas.clone(),
            source_gap: self.source_gap,
            hashes: self.hashes.clone(),
            made: Made::default(),
            charge: self.charge.as_ref().map(|charge| charge.again(self.header.payload_len)),
        }
    }

    /// Makes the bytes ready to be read where the server has to convert them; on a thread that may block.
    pub fn prepare(&self) {
        self.payload.prepare();
    }

    /// The hashes of its bytes as they are mapped: computed once, for whoever asks first; takes as long as reading them.
    ///
    /// A frame that the server has to convert is [prepared](Self::prepare) by that.
    pub fn hashes(&self) -> Hashes {
        *self.hashes.get_or_init(|| Hashes::of(&self.layout, &self.pieces().collect::<Vec<_>>()))
    }

    /// Whether somebody has asked for its hashes.
    #[must_use]
    pub fn is_hashed(&self) -> bool {
        self.hashes.get().is_some()
    }

    /// The buffer's bytes, piece by piece, and the picture made of them where the layout has one.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        pieces(self.payload.as_ref())
    }

    /// JSON of the buffer's metas; empty for none.
    #[must_use]
    pub fn metas(&self) -> &Bytes {
        &self.metas
    }
}

pub(crate) fn pieces<P: Payload + ?Sized>(payload: &P) -> impl Iterator<Item = &[u8]> {
    (0..).map_while(|index| payload.piece(index))
}

/// All pieces of a payload, one after the other.
pub(crate) fn copy<P: Payload + ?Sized>(payload: &P) -> Bytes {
    let mut bytes = Vec::with_capacity(usize::try_from(payload.byte_count()).unwrap_or(0));
    for piece in pieces(payload) {
        bytes.extend_from_slice(piece);
    }
    Bytes::from(bytes)
}

impl Payload for Bytes {
    fn piece(&self, index: usize) -> Option<&[u8]> {
        (index == 0).then_some(self)
    }

    fn is_own(&self) -> bool {
        true
    }

    fn to_own(&self) -> Box<dyn Payload> {
        Box::new(self.clone())
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame").field("header", &self.header).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use wire::layout::{Pixels, Plane};
    use wire::{Hash, Layout};

    const BYTES: [u8; 4] = [1, 2, 3, 4];

    /// Counts how often it is read from its first piece on.
    struct Counting(Arc<AtomicUsize>);

    impl Payload for Counting {
        fn piece(&self, index: usize) -> Option<&[u8]> {
            self.0.fetch_add(usize::from(index == 0), Ordering::Relaxed);
            (index == 0).then_some(&BYTES[..])
        }

        fn byte_count(&self) -> u64 {
            BYTES.len() as u64
        }

        fn is_own(&self) -> bool {
            true
        }

        fn to_own(&self) -> Box<dyn Payload> {
            Box::new(Self(Arc::clone(&self.0)))
        }
    }

    #[test]
    fn clients_that_ask_at_once_share_one_hashing() {
        const CLIENTS: usize = 4;
        let planes = vec![Plane { stride: 2, offset: 0, length: 4 }];
        let pixels = Pixels::Named { name: "rggb".into() };
        let layout = Layout { pixels, planes, ..Layout::plain(2, 2) }.check().unwrap();
        let reads = Arc::<AtomicUsize>::default();
        let payload = Box::new(Counting(Arc::clone(&reads)));
        let frame = Frame::new(FrameHeader::default(), Arc::new(layout), payload, Bytes::new()).unwrap();
        assert!(!frame.is_hashed());
        reads.store(0, Ordering::Relaxed);
        let together = Barrier::new(CLIENTS);
        thread::scope(|scope| {
            let hashing = || {
                together.wait();
                frame.hashes()
            };
            for client in (0..CLIENTS).map(|_| scope.spawn(hashing)).collect::<Vec<_>>() {
                assert_eq!(client.join().unwrap().buffer, Hash::of(&BYTES));
            }
        });
        assert_eq!(reads.load(Ordering::Relaxed), 1, "each client has hashed it");
    }
}
