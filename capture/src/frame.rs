//! One video frame on its way from an appsink to the sockets; knows neither.

use bytes::Bytes;
use std::fmt;
use std::sync::Arc;
use wire::{CheckedLayout, FrameHeader, LayoutError};

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
}

/// A frame as it is sent: header, layout, bytes, metas. Immutable and shared.
pub struct Frame {
    header: FrameHeader,
    layout: Arc<CheckedLayout>,
    payload: Box<dyn Payload>,
    metas: Bytes,
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
        Ok(Self { header, layout, payload, metas })
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

    /// Makes the bytes ready to be read where the server has to convert them; on a thread that may block.
    pub fn prepare(&self) {
        self.payload.prepare();
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

impl Payload for Bytes {
    fn piece(&self, index: usize) -> Option<&[u8]> {
        (index == 0).then_some(self)
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame").field("header", &self.header).finish_non_exhaustive()
    }
}
