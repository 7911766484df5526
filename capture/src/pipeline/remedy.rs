//! What to do about it: Debian packages of elements and decoders, near misses of names, words for common errors.

use gst::glib;
use gst::prelude::*;

const BAD: &str = "gstreamer1.0-plugins-bad";
const BASE: &str = "gstreamer1.0-plugins-base";
const GOOD: &str = "gstreamer1.0-plugins-good";
const UGLY: &str = "gstreamer1.0-plugins-ugly";
const LIBAV: &str = "gstreamer1.0-libav";

/// Beginnings of element names and the Debian 12 package that has them; the first that fits counts.
/// Source: `gst-inspect-1.0` of each package.
const ELEMENTS: &[(&str, &str)] = &[
    ("avdec_", LIBAV),
    ("avenc_", LIBAV),
    ("avdemux_", LIBAV),
    ("avmux_", LIBAV),
    ("x264enc", UGLY),
    ("mpeg2dec", UGLY),
    ("a52dec", UGLY),
    ("asfdemux", UGLY),
    ("vaapi", "gstreamer1.0-vaapi"),
    ("v4l2", GOOD),
    ("vp8", GOOD),
    ("vp9", GOOD),
    ("qtdemux", GOOD),
    ("qtmux", GOOD),
    ("mp4mux", GOOD),
    ("matroska", GOOD),
    ("webmmux", GOOD),
    ("flv", GOOD),
    ("avidemux", GOOD),
    ("avimux", GOOD),
    ("rtsp", GOOD),
    ("rtp", GOOD),
    ("udp", GOOD),
    ("multiudpsink", GOOD),
    ("souphttpsrc", GOOD),
    ("jpeg", GOOD),
    ("png", GOOD),
    ("imagefreeze", GOOD),
    ("multifile", GOOD),
    ("splitfilesrc", GOOD),
    ("splitmux", GOOD),
    ("videobox", GOOD),
    ("videocrop", GOOD),
    ("videoflip", GOOD),
    ("deinterlace", GOOD),
    ("autovideosink", GOOD),
    ("autovideosrc", GOOD),
    ("pulse", GOOD),
    ("ximagesrc", GOOD),
    ("level", GOOD),
    ("interleave", GOOD),
    ("y4menc", GOOD),
    ("h264parse", BAD),
    ("h265parse", BAD),
    ("openh264", BAD),
    ("x265enc", BAD),
    ("de265", BAD),
    ("libde265dec", BAD),
    ("dav1d", BAD),
    ("av1", BAD),
    ("aom", BAD),
    ("nv", BAD),
    ("cuda", BAD),
    ("va", BAD),
    ("msdk", BAD),
    ("qsv", BAD),
    ("bayer2rgb", BAD),
    ("rgb2bayer", BAD),
    ("y4mdec", BAD),
    ("interlace", BAD),
    ("tsdemux", BAD),
    ("tsparse", BAD),
    ("mpegtsmux", BAD),
    ("mpegvideoparse", BAD),
    ("shm", BAD),
    ("srt", BAD),
    ("rtmp", BAD),
    ("webrtc", BAD),
    ("kmssink", BAD),
    ("waylandsink", BAD),
    ("fpsdisplaysink", BAD),
    ("debugqos", BAD),
    ("checksumsink", BAD),
    ("codecalpha", BAD),
    ("faceblur", "gstreamer1.0-opencv"),
    ("cv", "gstreamer1.0-opencv"),
    ("gl", "gstreamer1.0-gl"),
    ("gtk", "gstreamer1.0-gtk3"),
    ("qml", "gstreamer1.0-qt5"),
    ("pipewire", "gstreamer1.0-pipewire"),
    ("libcamera", "gstreamer1.0-libcamera"),
    ("nice", "gstreamer1.0-nice"),
    ("alsa", "gstreamer1.0-alsa"),
    ("videotestsrc", BASE),
    ("videoconvert", BASE),
    ("videoscale", BASE),
    ("videorate", BASE),
    ("compositor", BASE),
    ("decodebin", BASE),
    ("uridecodebin", BASE),
    ("playbin", BASE),
    ("rawvideoparse", BASE),
    ("appsink", BASE),
    ("appsrc", BASE),
    ("theora", BASE),
    ("ogg", BASE),
    ("tcp", BASE),
    ("xvimagesink", "gstreamer1.0-x"),
    ("ximagesink", "gstreamer1.0-x"),
];

/// Media types and the package that decodes or takes them apart.
const MEDIA: &[(&str, &str)] = &[
    ("video/x-h264", LIBAV),
    ("video/x-h265", LIBAV),
    ("video/x-av1", BAD),
    ("video/x-vp", GOOD),
    ("video/mpegts", BAD),
    ("video/mpeg", LIBAV),
    ("video/quicktime", GOOD),
    ("video/x-matroska", GOOD),
    ("video/webm", GOOD),
    ("video/x-msvideo", GOOD),
    ("video/x-flv", GOOD),
    ("video/", LIBAV),
    ("image/jpeg", GOOD),
    ("image/png", GOOD),
    ("image/", BAD),
    ("audio/", LIBAV),
    ("application/ogg", BASE),
    ("application/x-rtp", GOOD),
];

/// The Debian package that has an element, where that is known.
pub(super) fn package_of_element(factory: &str) -> Option<&'static str> {
    ELEMENTS.iter().find(|(prefix, _)| factory.starts_with(prefix)).map(|(_, package)| *package)
}

/// The Debian package that can read a media type, where that is known.
pub(super) fn package_of_media(media: &str) -> Option<&'static str> {
    MEDIA.iter().find(|(prefix, _)| media.starts_with(prefix)).map(|(_, package)| *package)
}

/// What to do about an element that does not exist.
pub(super) fn missing_element(factory: &str) -> String {
    // Elements of packages that are not installed may be meant, too.
    let known = ELEMENTS.iter().map(|(name, _)| *name).filter(|name| is_whole_name(name));
    let near = nearest(factory, element_names().iter().map(String::as_str).chain(known));
    match (near.filter(|near| near != factory), package_of_element(factory)) {
        (Some(near), _) if distance(factory, &near) <= 1 => did_you_mean(&near),
        (_, Some(package)) => format!("it is in the Debian package {package}: `sudo apt install {package}`"),
        (Some(near), None) => did_you_mean(&near),
        (None, None) => {
            format!(
                "`gst-inspect-1.0 | grep {factory}` looks for it, `apt-cache search gstreamer1.0` lists packages"
            )
        }
    }
}

fn did_you_mean(near: &str) -> String {
    match package_of_element(near).filter(|_| gst::ElementFactory::find(near).is_none()) {
        Some(package) => format!("did you mean `{near}`, of the Debian package {package}?"),
        None => format!("did you mean `{near}`?"),
    }
}

/// Whether an entry of [`ELEMENTS`] is an element rather than the beginning of many.
fn is_whole_name(entry: &str) -> bool {
    ["src", "sink", "enc", "dec", "mux", "parse", "bin"]
        .iter()
        .any(|end| entry.len() > 6 && entry.ends_with(end))
}

/// The name nearest to a property's, among those of an element factory.
pub(super) fn near_property(factory: &str, property: &str) -> Option<String> {
    let kind = gst::ElementFactory::find(factory)?.load().ok()?.element_type();
    let class = glib::object::ObjectClass::from_type(kind)?;
    nearest(property, class.list_properties().iter().map(glib::ParamSpec::name))
}

fn element_names() -> Vec<String> {
    gst::Registry::get()
        .features(gst::ElementFactory::static_type())
        .iter()
        .map(|feature| feature.name().to_string())
        .collect()
}

/// The nearest of `names`, if it is near enough to be a slip of the hand: a third of the letters.
fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let wanted_lower = wanted.to_lowercase();
    names
        .map(|name| (distance(&wanted_lower, name), name))
        .filter(|(far, _)| *far <= wanted.chars().count() / 3)
        .min()
        .map(|(_, name)| name.to_owned())
}

/// Edit distance: insertions, deletions, substitutions.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let cost = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// What to do about an error of a running pipeline, where something general can be said.
pub(super) fn of_error(error: &glib::Error, debug: &str) -> Option<&'static str> {
    if debug.contains("not-negotiated") {
        return Some("two elements agree on no caps: put `videoconvert` (or a decoder) between them");
    }
    if debug.contains("reason error (-5)") {
        return Some(
            "check that what it reads from is there and up; GST_DEBUG=3 in the environment shows more",
        );
    }
    if let Some(kind) = error.kind::<gst::ResourceError>() {
        return Some(match kind {
            gst::ResourceError::NotFound => "check that it exists and how it is spelled",
            gst::ResourceError::OpenRead | gst::ResourceError::OpenReadWrite | gst::ResourceError::Read => {
                "check that it is there, is up, and may be read"
            }
            gst::ResourceError::Busy => "another program uses it: `fuser -v DEVICE` tells which",
            gst::ResourceError::NotAuthorized => "give user and password in the URI",
            gst::ResourceError::NoSpaceLeft => "free some space",
            _ => return None,
        });
    }
    if let Some(kind) = error.kind::<gst::StreamError>() {
        return Some(match kind {
            gst::StreamError::CodecNotFound => "install the plugin that decodes it",
            gst::StreamError::TypeNotFound => {
                "the data is of no known type: a headerless file needs `rawvideoparse`"
            }
            gst::StreamError::Decode | gst::StreamError::Demux => "the data may be damaged or cut short",
            gst::StreamError::Format | gst::StreamError::WrongType => {
                "put an element between that converts or decodes"
            }
            _ => return None,
        });
    }
    match error.kind::<gst::CoreError>()? {
        gst::CoreError::MissingPlugin => Some("install the plugin that is missing"),
        gst::CoreError::Negotiation | gst::CoreError::Caps => {
            Some("two elements agree on no caps: put `videoconvert` (or a decoder) between them")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages() {
        assert_eq!(package_of_element("avdec_h264"), Some(LIBAV));
        assert_eq!(package_of_element("x264enc"), Some(UGLY));
        assert_eq!(package_of_element("nosuchelement"), None);
        assert_eq!(package_of_media("video/x-vp8"), Some(GOOD));
        assert_eq!(package_of_media("video/x-h264"), Some(LIBAV));
    }

    #[test]
    fn near_misses() {
        gst::init().unwrap();
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(missing_element("videotestscr"), "did you mean `videotestsrc`?");
        assert!(missing_element("avdec_nosuch").contains(LIBAV));
        assert!(missing_element("zzzzqqqq").contains("gst-inspect-1.0"));
        assert_eq!(near_property("videotestsrc", "num-bufers").as_deref(), Some("num-buffers"));
    }
}
