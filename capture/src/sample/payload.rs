//! The bytes of a buffer, mapped once and lent, or copied where holding the buffer would starve its source.

use super::budget::{Held, Permit, Pool};
use super::raw;
use crate::frame::{Payload, copy};
use bytes::Bytes;
use gst::memory::{MappedMemory, Readable};
use gst::prelude::*;

/// Mapped memories of one buffer, in order. Fields are dropped in this order: a buffer must go back to its pool
/// unmapped, or the pool throws its memory away.
struct Mapped {
    memories: Vec<MappedMemory<Readable>>,
    _buffer: gst::Buffer,
    _permit: Permit,
}

impl Payload for Mapped {
    fn piece(&self, index: usize) -> Option<&[u8]> {
        self.memories.get(index).map(MappedMemory::as_slice)
    }

    fn is_own(&self) -> bool {
        false
    }

    fn to_own(&self) -> Box<dyn Payload> {
        Box::new(copy(self))
    }
}

/// A memory that cannot be read.
#[derive(Debug)]
pub(super) struct Unmappable {
    pub(super) index: usize,
    pub(super) len: usize,
}

/// Lends the buffer's bytes, or copies them when `held` is at the budget; tells whether they are a copy.
pub(super) fn payload(buffer: gst::Buffer, held: &Held) -> Result<(Box<dyn Payload>, bool), Unmappable> {
    let permit = held.take(pool_of(&buffer).budget());
    let memories = buffer
        .iter_memories_owned()
        .enumerate()
        .map(|(index, memory)| {
            memory.into_mapped_memory_readable().map_err(|memory| Unmappable { index, len: memory.size() })
        })
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(permit) = permit {
        return Ok((Box::new(Mapped { memories, _buffer: buffer, _permit: permit }), false));
    }
    let mut bytes = Vec::with_capacity(buffer.size());
    for memory in &memories {
        bytes.extend_from_slice(memory.as_slice());
    }
    Ok((Box::new(Bytes::from(bytes)), true))
}

fn pool_of(buffer: &gst::BufferRef) -> Pool {
    let Some(pool) = raw::pool(buffer) else { return Pool::None };
    match pool.config().params() {
        Some((_, _, _, 0)) => Pool::Unbounded,
        Some((_, _, _, max)) => Pool::Bounded(max),
        None => Pool::None,
    }
}
