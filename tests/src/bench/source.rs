//! Pipelines whose frames cost nothing to make: one picture, again and again, without a copy.

/// A size of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// As people call it.
    pub name: &'static str,
    /// Samples in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// The sizes that are measured.
pub const SIZES: [Size; 4] = [
    Size { name: "640x480", width: 640, height: 480 },
    Size { name: "720p", width: 1280, height: 720 },
    Size { name: "1080p", width: 1920, height: 1080 },
    Size { name: "2160p", width: 3840, height: 2160 },
];

/// The size of that name.
#[must_use]
pub fn size(name: &str) -> Size {
    SIZES.into_iter().find(|size| size.name == name).unwrap_or(SIZES[0])
}

/// What a frame is, as caps say it.
#[must_use]
pub fn caps(format: &str, size: Size) -> String {
    format!("video/x-raw,format={format},width={},height={}", size.width, size.height)
}

/// Frames as fast as they are taken, up to an appsink's properties.
#[must_use]
pub fn unpaced(format: &str, size: Size) -> String {
    format!(
        "videotestsrc num-buffers=1 ! {},framerate=1000/1 ! imagefreeze ! appsink name=s sync=false",
        caps(format, size)
    )
}

/// The screen's pulses in which a paced source falls behind by one.
///
/// A source of exactly 30 or 60 frames a second stays in step with the screen: how long a frame waits for the next
/// animation frame would be chance, one for each run. Falling behind by one pulse in three seconds it passes through all.
const PULSES: u32 = 180;

/// So many frames a second, or nearly ([`due`]), live: each is made when it is due, and reaches the appsink at once.
#[must_use]
pub fn paced(format: &str, size: Size, fps: u32) -> String {
    format!(
        "videotestsrc num-buffers=1 ! {} ! imagefreeze is-live=true ! video/x-raw,framerate={}/{} ! \
         appsink name=s",
        caps(format, size),
        fps * PULSES,
        PULSES + 1
    )
}

/// Frames a second that a paced source of `fps` makes.
#[must_use]
pub fn due(fps: u32) -> f64 {
    f64::from(fps * PULSES) / f64::from(PULSES + 1)
}
