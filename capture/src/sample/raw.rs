//! Two fields of a `GstBuffer` that the bindings do not give: all its flags, and its pool.
#![expect(unsafe_code, reason = "the bindings read these two fields only in part or not at all")]

use gst::glib::translate::from_glib_none;

/// The buffer's flags with every bit it has, those of `GstVideoBufferFlags` and unnamed ones included.
pub(super) fn flags(buffer: &gst::BufferRef) -> u32 {
    // SAFETY: a `BufferRef` is a valid `GstBuffer` for as long as it is borrowed.
    unsafe { (*buffer.as_ptr()).mini_object.flags }
}

/// The pool the buffer goes back to.
pub(super) fn pool(buffer: &gst::BufferRef) -> Option<gst::BufferPool> {
    // SAFETY: as above; the buffer holds a reference to its pool, and one more is taken here.
    unsafe {
        let pool = (*buffer.as_ptr()).pool;
        (!pool.is_null()).then(|| from_glib_none(pool))
    }
}
