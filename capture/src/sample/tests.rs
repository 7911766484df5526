//! Samples made by hand: what no stock element produces.

use super::*;
use gst_video::{VideoFormat, VideoFrameFlags, VideoInfo, VideoMeta};
use std::sync::Arc;
use wire::layout::Range;

const ARRIVAL: Arrival = Arrival { sequence: 7, nanos: 5, orientation: Orientation::Rotate0, source_gap: 0 };

fn caps(text: &str) -> gst::Caps {
    gst::init().unwrap();
    text.parse().unwrap()
}

fn read(buffer: gst::Buffer, text: &str) -> Result<Frame, Refusal> {
    Reader::new("k").read(buffer, Some(caps(text)), None, ARRIVAL)
}

fn refusal(len: usize, text: &str) -> String {
    let caps = caps(text);
    let read = Reader::new("k").read(gst::Buffer::from_slice(vec![0; len]), Some(caps), None, ARRIVAL);
    read.unwrap_err().to_string()
}

#[test]
fn memories_stay_the_pieces_they_are() {
    gst::init().unwrap();
    let mut buffer = gst::Buffer::new();
    for (at, len) in [100, 44].into_iter().enumerate() {
        let memory = gst::Memory::from_slice(vec![u8::try_from(at).unwrap(); len]);
        buffer.get_mut().unwrap().append_memory(memory);
    }
    let frame = read(buffer, "video/x-raw,format=GRAY8,width=12,height=12").unwrap();
    let pieces: Vec<_> = frame.pieces().map(|piece| (piece.len(), piece[0])).collect();
    assert_eq!(pieces, [(100, 0), (44, 1)]);
    assert_eq!((frame.sequence(), frame.header().payload_len, frame.layout().stream.as_str()), (7, 144, "k"));
}

#[test]
fn short_buffers_are_refused_with_numbers() {
    let text = refusal(100, "video/x-raw,format=RGB,width=8,height=8");
    assert!(text.contains("RGB 8x8") && text.contains("192") && text.contains("100"), "{text}");
    let text = refusal(20, "video/x-bayer,format=bggr,width=5,height=5");
    assert!(text.contains("bggr 5x5") && text.contains("37") && text.contains("20"), "{text}");
    assert!(refusal(1, "video/x-raw,format=v210,width=8,height=8").contains("v210 8x8"));
    assert!(refusal(0, "video/x-raw,format=GRAY8,width=8,height=8").contains("the buffer has 0"));
}

#[test]
fn the_last_row_may_be_short() {
    gst::init().unwrap();
    // Rows of 24 bytes at a stride of 32: the last one needs no padding.
    let len = 7 * 32 + 24;
    let with_meta = |len: usize| {
        let mut buffer = gst::Buffer::from_slice(vec![0_u8; len]);
        let format = VideoFormat::Rgb;
        VideoMeta::add_full(buffer.get_mut().unwrap(), VideoFrameFlags::empty(), format, 8, 8, &[0], &[32])
            .unwrap();
        read(buffer, "video/x-raw,format=RGB,width=8,height=8")
    };
    let frame = with_meta(len).unwrap();
    assert_eq!((frame.layout().planes[0].stride, frame.layout().planes[0].length), (32, len as u64));
    assert!(with_meta(len - 1).is_err());
}

#[test]
fn what_is_no_raw_video_names_its_remedy() {
    for (text, words) in [
        ("audio/x-raw,format=S16LE", "video branch"),
        ("video/x-h264", "… ! decodebin ! appsink"),
        ("image/jpeg", "… ! decodebin ! appsink"),
        ("application/x-rtp", "not raw video"),
        ("video/x-raw(memory:NVMM),format=NV12,width=8,height=8", "… ! nvvidconv ! video/x-raw ! appsink"),
        ("video/x-raw(memory:GLMemory),format=RGBA,width=8,height=8", "gldownload"),
        ("video/x-raw(memory:DMABuf),format=NV12,width=8,height=8", "holds handles"),
        ("video/x-raw,format=NOPE,width=8,height=8", "… ! videoconvert ! appsink"),
        ("video/x-bayer,format=bggr", "describe no frame"),
    ] {
        assert!(refusal(1000, text).contains(words), "{text}: {}", refusal(1000, text));
    }
    let none = Reader::new("k").read(gst::Buffer::new(), None, None, ARRIVAL);
    assert_eq!(none.unwrap_err(), Refusal::NoCaps);
}

#[test]
fn a_layout_is_shared_until_something_changes() {
    gst::init().unwrap();
    let mut reader = Reader::new("k");
    let mut layout = |len: usize, text: &str, orientation| {
        let buffer = gst::Buffer::from_slice(vec![0_u8; len]);
        let arrival = Arrival { orientation, ..ARRIVAL };
        Arc::clone(reader.read(buffer, Some(caps(text)), None, arrival).unwrap().layout())
    };
    let text = "video/x-raw,format=GRAY8,width=8,height=8";
    let first = layout(64, text, Orientation::Rotate0);
    assert!(Arc::ptr_eq(&first, &layout(64, text, Orientation::Rotate0)));
    let longer = layout(80, text, Orientation::Rotate0);
    let turned = layout(80, text, Orientation::Rotate90);
    let rated = layout(80, "video/x-raw,format=GRAY8,width=8,height=8,framerate=3/1", Orientation::Rotate90);
    let ids = [first.id, longer.id, turned.id, rated.id];
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
}

#[test]
fn every_raw_format_has_a_layout_that_fits_its_own_size() {
    gst::init().unwrap();
    for format in VideoFormat::iter_raw() {
        for (width, height) in [(1, 1), (3, 5), (37, 23), (641, 481)] {
            let info = VideoInfo::builder(format, width, height).build().unwrap();
            let buffer = gst::Buffer::with_size(info.size()).unwrap();
            let caps = info.to_caps().unwrap();
            let frame = Reader::new("k").read(buffer, Some(caps), None, ARRIVAL);
            let frame = frame.unwrap_or_else(|refusal| panic!("{format} {width}x{height}: {refusal}"));
            assert_eq!(frame.layout().planes.len(), info.n_planes() as usize, "{format}");
            assert!(frame.layout().is_whole());
        }
    }
}

#[test]
fn colour_is_resolved() {
    let color = |text: &str| {
        let caps = caps(text);
        let len = VideoInfo::from_caps(&caps).unwrap().size();
        let buffer = gst::Buffer::with_size(len).unwrap();
        Reader::new("k").read(buffer, Some(caps), None, ARRIVAL).unwrap().layout().color.clone()
    };
    let sd = color("video/x-raw,format=NV12,width=8,height=8");
    assert_eq!((sd.range, sd.matrix.as_str(), sd.chroma_site.as_str()), (Range::Limited, "bt601", "unknown"));
    let jpeg = color("video/x-raw,format=I420,width=8,height=8,colorimetry=1:4:0:0,chroma-site=jpeg");
    assert_eq!((jpeg.range, jpeg.matrix.as_str(), jpeg.chroma_site.as_str()), (Range::Full, "bt601", "jpeg"));
    let rgb = color("video/x-raw,format=RGB,width=8,height=8");
    assert_eq!((rgb.range, rgb.matrix.as_str(), rgb.transfer.as_str()), (Range::Full, "rgb", "srgb"));
    let gray = color("video/x-raw,format=GRAY8,width=8,height=8");
    assert_eq!(gray.range, Range::Full);
}

#[test]
fn fields_have_their_own_chroma_rows() {
    let chroma_rows = |text: &str| {
        let caps = caps(text);
        let len = VideoInfo::from_caps(&caps).unwrap().size();
        let buffer = gst::Buffer::with_size(len).unwrap();
        let frame = Reader::new("k").read(buffer, Some(caps), None, ARRIVAL).unwrap();
        let plane = frame.layout().planes[1];
        plane.length / u64::from(plane.stride)
    };
    let size = "video/x-raw,format=NV12,width=64,height=486";
    assert_eq!(chroma_rows(size), 243);
    assert_eq!(chroma_rows(&format!("{size},interlace-mode=interleaved")), 244);
    assert_eq!(chroma_rows("video/x-raw,format=NV12,width=64,height=488,interlace-mode=interleaved"), 244);
}
