//! Fields that the bindings do not give: all flags of a `GstBuffer`, its pool, all flags of a format, and names of regions
//! that may have none.
#![expect(unsafe_code, reason = "the bindings read these fields only in part or not at all")]

use gst::glib::translate::{IntoGlib, from_glib_none};
use gst_video::ffi::GstVideoRegionOfInterestMeta;
use gst_video::{VideoFormat, VideoRegionOfInterestMeta};
use std::ffi::CStr;

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

/// The name of a region of interest; empty where its element gave none, which the bindings forbid.
pub(super) fn region_name(meta: &VideoRegionOfInterestMeta) -> String {
    // SAFETY: the type is a transparent wrapper of the struct, and a quark's text, null for quark 0, is never freed.
    unsafe {
        let meta: *const VideoRegionOfInterestMeta = meta;
        let name = gst::glib::ffi::g_quark_to_string((*meta.cast::<GstVideoRegionOfInterestMeta>()).roi_type);
        if name.is_null() { String::new() } else { CStr::from_ptr(name).to_string_lossy().into_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_may_have_no_name() {
        gst::init().unwrap();
        let mut buffer = gst::Buffer::new();
        let rectangle = (0, 0, 1, 1);
        let mut meta = VideoRegionOfInterestMeta::add(buffer.get_mut().unwrap(), "face", rectangle);
        assert_eq!(region_name(&meta), "face");
        // SAFETY: the pointer is that of the meta borrowed here.
        unsafe { (*meta.as_mut_ptr()).roi_type = 0 };
        assert_eq!(region_name(&meta), "");
    }
}
