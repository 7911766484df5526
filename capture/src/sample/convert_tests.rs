//! Converted samples against GStreamer's own `videoconvert`, which stands in a pipeline of its own here.

use super::*;
use gst::prelude::*;
use gst_app::{AppSink, AppSrc};
use gst_video::prelude::*;
use gst_video::{VideoBufferFlags, VideoFormat, VideoInfo};

/// Frames of `caps` from `videotestsrc`, as an appsink without any other element gets them.
fn frames(caps: &str, count: usize) -> Vec<gst::Sample> {
    let text =
        format!("videotestsrc pattern=ball num-buffers={count} ! {caps} ! appsink name=sink sync=false");
    let pipeline = gst::parse::launch(&text).unwrap().downcast::<gst::Pipeline>().unwrap();
    let sink = pipeline.by_name("sink").unwrap().downcast::<AppSink>().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let samples = (0..count).map(|_| sink.pull_sample().unwrap()).collect();
    pipeline.set_state(gst::State::Null).unwrap();
    samples
}

/// What `videoconvert` makes of one sample.
fn videoconvert(sample: &gst::Sample, to: &str) -> Vec<u8> {
    let text = format!(
        "appsrc name=source format=time ! videoconvert ! video/x-raw,format={to} ! appsink name=sink sync=false"
    );
    let pipeline = gst::parse::launch(&text).unwrap().downcast::<gst::Pipeline>().unwrap();
    let source = pipeline.by_name("source").unwrap().downcast::<AppSrc>().unwrap();
    let sink = pipeline.by_name("sink").unwrap().downcast::<AppSink>().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    source.push_sample(sample).unwrap();
    let converted = sink.pull_sample().unwrap();
    let map = converted.buffer().unwrap().map_readable().unwrap();
    let bytes = map.to_vec();
    drop(map);
    pipeline.set_state(gst::State::Null).unwrap();
    bytes
}

fn read(reader: &mut Reader, sample: &gst::Sample) -> Frame {
    reader.read(sample.buffer_owned().unwrap(), sample.caps_owned(), None, Arrival::default()).unwrap()
}

#[test]
fn the_bytes_as_they_are_and_videoconverts_picture_behind_them() {
    gst::init().unwrap();
    let cases = [
        ("I420", 37, 23, "RGBA"),
        ("NV12", 64, 48, "RGBA"),
        ("RGB16", 33, 21, "RGBA"),
        ("RGB8P", 16, 9, "RGBA"),
        ("v210", 50, 10, "RGBA64_LE"),
        ("P010_10LE", 37, 23, "RGBA64_LE"),
        ("GRAY16_LE", 19, 11, "RGBA64_LE"),
        ("I420", 37, 1, "RGBA"),
        ("RGB16", 37, 1, "RGBA"),
        ("P010_10LE", 37, 1, "RGBA64_LE"),
        ("GRAY16_LE", 37, 1, "RGBA64_LE"),
        ("I420", 1, 1, "RGBA"),
    ];
    for (format, width, height, to) in cases {
        let case = format!("{format} {width}x{height}");
        let caps = format!("video/x-raw,format={format},width={width},height={height}");
        let mut reader = Reader::converting("k", Convert::of([format]).unwrap());
        let samples = frames(&caps, 3);
        for sample in &samples {
            let frame = read(&mut reader, sample);
            let source = sample.buffer().unwrap().map_readable().unwrap();
            let bytes = frame.pieces().collect::<Vec<_>>().concat();
            let layout = frame.layout();
            let converted = layout.converted.as_ref().unwrap();
            assert_eq!(
                (converted.format.as_str(), converted.source_length),
                (to, source.len() as u64),
                "{case}"
            );
            assert_eq!((&*layout.format, &*layout.caps), (format, &*sample.caps().unwrap().to_string()));
            assert_eq!(bytes.len() as u64, frame.header().payload_len, "{case}");
            assert_eq!(&bytes[..source.len()], source.as_slice(), "{case}");
            assert_eq!(&bytes[source.len()..], videoconvert(sample, to), "{case}");
            assert_eq!(layout.min_payload_len(), frame.header().payload_len, "{case}");
        }
    }
}

#[test]
fn fields_colorimetry_and_sites_are_those_of_the_caps() {
    gst::init().unwrap();
    for format in ["I420", "NV12", "YUV9", "P010_10LE"] {
        for more in [
            "",
            "interlace-mode=interleaved",
            "interlace-mode=interleaved,colorimetry=bt709,chroma-site=mpeg2",
            "interlace-mode=mixed",
            "colorimetry=1:4:0:0,chroma-site=jpeg",
            "colorimetry=bt2020,chroma-site=mpeg2",
        ] {
            // Not heights of 2 more than a multiple of 4: of such deep frames with fields, the converter of 1.22 reads
            // chroma rows past the end, and gives another picture each time.
            for (width, height) in [(37, 24), (16, 9), (6, 4)] {
                let caps =
                    format!("video/x-raw,format={format},width={width},height={height},framerate=1/1,{more}");
                let caps = caps.trim_end_matches(',').parse::<gst::Caps>().unwrap();
                let info = VideoInfo::from_caps(&caps).unwrap();
                let mut state = 1_u32;
                let mut noise = || {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    state.to_be_bytes()[0]
                };
                let bytes: Vec<u8> = std::iter::repeat_with(&mut noise).take(info.size()).collect();
                for flags in [VideoBufferFlags::empty(), VideoBufferFlags::INTERLACED | VideoBufferFlags::TFF]
                {
                    let mut buffer = gst::Buffer::from_slice(bytes.clone());
                    buffer.make_mut().set_video_flags(flags);
                    let segment = gst::FormattedSegment::<gst::ClockTime>::new();
                    let sample = gst::Sample::builder().buffer(&buffer).caps(&caps).segment(&segment).build();
                    let frame = read(&mut Reader::converting("k", Convert::of([format]).unwrap()), &sample);
                    let sent = frame.pieces().collect::<Vec<_>>().concat();
                    let to = &frame.layout().converted.as_ref().unwrap().format;
                    assert_eq!(&sent[info.size()..], videoconvert(&sample, to), "{caps} {flags:?}");
                }
            }
        }
    }
}

#[test]
fn a_field_of_its_own_is_a_picture_of_its_own() {
    gst::init().unwrap();
    let caps =
        "video/x-raw(format:Interlaced),format=I420,width=8,height=8,framerate=1/1,interlace-mode=alternate";
    let caps = caps.parse::<gst::Caps>().unwrap();
    let info = VideoInfo::from_caps(&caps).unwrap();
    let mut bytes = vec![128_u8; info.size()];
    bytes[..8].fill(16);
    let mut reader = Reader::converting("k", Convert::of(["I420"]).unwrap());
    let frame = reader.read(gst::Buffer::from_slice(bytes), Some(caps), None, Arrival::default()).unwrap();
    let sent = frame.pieces().collect::<Vec<_>>().concat();
    let picture = &sent[info.size()..];
    assert_eq!((frame.layout().height, picture.len()), (4, 8 * 4 * 4));
    assert!(picture[..32].chunks(4).all(|pixel| pixel == [0, 0, 0, 255]), "{picture:?}");
    assert!(picture[32..].chunks(4).all(|pixel| pixel[0] > 100));
}

#[test]
fn each_frame_of_height_1_has_its_own_picture() {
    gst::init().unwrap();
    // Through one `VideoConverter`, 1.22 gives the first picture again for each of these.
    for format in [VideoFormat::Nv12, VideoFormat::Rgb16, VideoFormat::Gray16Le] {
        let info = VideoInfo::builder(format, 40, 1).build().unwrap();
        let mut reader = Reader::converting("k", Convert::of([format.to_str().as_str()]).unwrap());
        let mut picture = |code: u8| {
            let buffer = gst::Buffer::from_slice(vec![code; info.size()]);
            let frame = reader.read(buffer, info.to_caps().ok(), None, Arrival::default()).unwrap();
            frame.pieces().collect::<Vec<_>>().concat()[info.size()..].to_vec()
        };
        assert_ne!(picture(40), picture(200), "{format}");
    }
}

#[test]
fn several_memories_and_strides_of_a_meta_are_converted_as_they_are() {
    gst::init().unwrap();
    let info = VideoInfo::builder(VideoFormat::Gray8, 12, 4).build().unwrap();
    let rows: Vec<u8> = (0..4 * 16).collect();
    let mut buffer = gst::Buffer::new();
    {
        let buffer = buffer.get_mut().unwrap();
        for piece in rows.chunks(24) {
            buffer.append_memory(gst::Memory::from_slice(piece.to_vec()));
        }
        let flags = gst_video::VideoFrameFlags::empty();
        gst_video::VideoMeta::add_full(buffer, flags, VideoFormat::Gray8, 12, 4, &[0], &[16]).unwrap();
    }
    let mut reader = Reader::converting("k", Convert::of(["GRAY8"]).unwrap());
    let frame = reader.read(buffer, info.to_caps().ok(), None, Arrival::default()).unwrap();
    assert_eq!(frame.pieces().map(<[u8]>::len).collect::<Vec<_>>(), [24, 24, 16, 12 * 4 * 4]);
    let bytes = frame.pieces().collect::<Vec<_>>().concat();
    let reds: Vec<u8> = bytes[64..].chunks(4).map(|pixel| pixel[0]).collect();
    let expected: Vec<u8> = rows.chunks(16).flat_map(|row| &row[..12]).copied().collect();
    assert_eq!(reds, expected);
}

#[test]
fn what_cannot_be_converted_is_refused_by_name() {
    gst::init().unwrap();
    // A meta that counts more tiles than the buffer has; and a plane with a stride past its end.
    for (format, side, len, stride) in
        [("NV12_4L4", 64, 100, [0x4000_4000; 2]), ("NV12", 2, 64, [1 << 20; 2])]
    {
        let caps = format!("video/x-raw,format={format},width={side},height=1").parse::<gst::Caps>().unwrap();
        let mut buffer = gst::Buffer::from_slice(vec![0_u8; len]);
        let flags = gst_video::VideoFrameFlags::empty();
        let known = format.parse().unwrap();
        gst_video::VideoMeta::add_full(buffer.make_mut(), flags, known, side, 1, &[0, 32], &stride).unwrap();
        let mut reader = Reader::converting("k", Convert::of([format]).unwrap());
        let refusal = reader.read(buffer, Some(caps), None, Arrival::default()).unwrap_err().to_string();
        let expected =
            format!("{format} {side}x1 is read by no viewer, and GStreamer cannot make RGBA of it");
        assert!(refusal.contains(&expected), "{refusal}");
    }
}

#[test]
fn names_that_gstreamer_does_not_know_are_refused() {
    gst::init().unwrap();
    assert!(Convert::of(["I420", "GRAY16_LE"]).is_ok());
    for name in ["I421", "", "rggb", "ENCODED", "UNKNOWN"] {
        let refused = Convert::of(["I420", name]).unwrap_err().to_string();
        assert!(refused.contains(&format!("`{name}`")), "{refused}");
    }
}
