//! Fields that the bindings do not give: all flags of a `GstBuffer`, its pool, and all flags of a format.
#![expect(unsafe_code, reason = "the bindings read these fields only in part or not at all")]

use gst::glib::translate::{IntoGlib, from_glib_none};
use gst_video::VideoFormat;

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

/// The format's flags with every bit it has, those of later versions of GStreamer included.
pub(super) fn format_flags(format: VideoFormat) -> u32 {
    // SAFETY: it returns null or an entry of a static table.
    unsafe { gst_video::ffi::gst_video_format_get_info(format.into_glib()).as_ref() }
        .map_or(0, |info| info.flags)
}
