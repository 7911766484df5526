//! Arrays of frames made by hand, with padding, offsets, shifts and pieces.

use super::array::{each, one};
use super::*;
use crate::frame::Payload;
use bytes::Bytes;
use std::sync::Arc;
use wire::layout::{ByteOrder, Component, Converted, Family, Interlace, Layout, Pixels, Plane};
use wire::{CheckedLayout, FrameHeader};

/// A payload in several pieces, as buffers of several memories are.
struct Pieces(Vec<Vec<u8>>);

impl Payload for Pieces {
    fn piece(&self, index: usize) -> Option<&[u8]> {
        self.0.get(index).map(Vec::as_slice)
    }

    fn is_own(&self) -> bool {
        true
    }

    fn to_own(&self) -> Box<dyn Payload> {
        Box::new(Self(self.0.clone()))
    }
}

fn component(name: char, plane: u8, offset: u32, pixel_stride: u32, (depth, shift): (u8, u8)) -> Component {
    Component { name, plane, offset, pixel_stride, depth, shift, w_sub: 0, h_sub: 0 }
}

fn checked(format: &str, (width, height): (u32, u32), pixels: Pixels, planes: &[(u32, u64, u64)]) -> Layout {
    let planes = planes.iter().map(|&(stride, offset, length)| Plane { stride, offset, length }).collect();
    Layout {
        stream: "k".to_owned(),
        format: format.to_owned(),
        pixels,
        planes,
        ..Layout::plain(width, height)
    }
}

fn components(family: Family, byte_order: ByteOrder, components: Vec<Component>) -> Pixels {
    Pixels::Components { family, byte_order, components }
}

fn frame(layout: Layout, pieces: &[&[u8]]) -> Frame {
    let layout: Arc<CheckedLayout> = Arc::new(layout.check().unwrap());
    let header = FrameHeader { sequence: 3, pts_nanos: Some(40), ..FrameHeader::default() };
    let payload = Pieces(pieces.iter().map(|piece| piece.to_vec()).collect());
    Frame::new(header, layout, Box::new(payload), Bytes::new()).unwrap()
}

fn bgr() -> Layout {
    let all = ['R', 'G', 'B'].iter().zip([2, 1, 0]).map(|(name, at)| component(*name, 0, at, 3, (8, 0)));
    let pixels = components(Family::Rgb, ByteOrder::Little, all.collect());
    checked("BGR", (2, 2), pixels, &[(8, 1, 14)])
}

#[test]
fn channels_stand_as_they_do_in_memory_and_padding_is_gone() {
    // One byte before the plane, rows of six bytes in eight, the last one short; cut in two within a pixel.
    let bytes = [99, 1, 2, 3, 4, 5, 6, 99, 99, 7, 8, 9, 10, 11, 12];
    let frame = frame(bgr(), &[&bytes[..5], &bytes[5..]]);
    let array = one(&frame).unwrap();
    assert_eq!(array.shape, [2, 2, 3]);
    assert_eq!(array.samples, Samples::U1((1..=12).collect()));
    let each = each(&frame);
    let names: Vec<_> = each.iter().map(|array| (array.name.as_str(), array.shape.as_slice())).collect();
    assert_eq!(names, [("R", &[2, 2][..]), ("G", &[2, 2]), ("B", &[2, 2])]);
    assert_eq!(each[0].samples, Samples::U1(vec![3, 6, 9, 12]));
}

#[test]
fn planes_are_channels_too() {
    let all = ['R', 'G', 'B'].iter().zip([2, 0, 1]).map(|(name, at)| component(*name, at, 0, 1, (8, 0)));
    let pixels = components(Family::Rgb, ByteOrder::Little, all.collect());
    let layout = checked("GBR", (2, 1), pixels, &[(2, 0, 2), (2, 2, 2), (2, 4, 2)]);
    let array = one(&frame(layout, &[&[1, 2, 3, 4, 5, 6]])).unwrap();
    assert_eq!((array.shape, array.samples), (vec![1, 2, 3], Samples::U1(vec![1, 3, 5, 2, 4, 6])));
}

#[test]
fn deep_codes_are_shifted_down_and_little_endian() {
    let gray = |byte_order, place| {
        let pixels = components(Family::Gray, byte_order, vec![component('Y', 0, 0, 2, place)]);
        checked("GRAY", (2, 1), pixels, &[(4, 0, 4)])
    };
    let codes = |layout, bytes: &[u8]| one(&frame(layout, &[bytes])).unwrap().samples;
    let bytes = [0x12, 0x34, 0xff, 0xc0];
    assert_eq!(codes(gray(ByteOrder::Little, (16, 0)), &bytes), Samples::U2(vec![0x3412, 0xc0ff]));
    assert_eq!(codes(gray(ByteOrder::Big, (16, 0)), &bytes), Samples::U2(vec![0x1234, 0xffc0]));
    assert_eq!(codes(gray(ByteOrder::Big, (10, 6)), &bytes), Samples::U2(vec![0x48, 0x3ff]));
    assert_eq!(codes(gray(ByteOrder::Little, (10, 0)), &bytes), Samples::U2(vec![0x012, 0x0ff]));
    assert_eq!(codes(gray(ByteOrder::Little, (8, 4)), &bytes), Samples::U1(vec![0x41, 0x0f]));
}

/// 4:2:0 in three planes of stride 4, each with room for `rows` chroma rows.
fn i420(size: (u32, u32), rows: u64, mode: &str) -> Layout {
    let all = ['Y', 'U', 'V'].iter().zip(0..).map(|(name, at)| Component {
        w_sub: u8::from(at > 0),
        h_sub: u8::from(at > 0),
        ..component(*name, at, 0, 1, (8, 0))
    });
    let luma = u64::from(size.1) * 4;
    let planes = [(4, 0, luma), (4, luma, rows * 4), (4, luma + rows * 4, rows * 4)];
    let pixels = components(Family::Yuv, ByteOrder::Little, all.collect());
    let interlace = Interlace { mode: mode.to_owned(), field_order: "unknown".to_owned() };
    Layout { interlace, ..checked("I420", size, pixels, &planes) }
}

#[test]
fn subsampled_formats_are_several_arrays() {
    let bytes: Vec<u8> = (0..28).collect();
    let frame = frame(i420((3, 3), 2, "progressive"), &[&bytes]);
    let error = one(&frame).unwrap_err().to_string();
    assert!(error.starts_with("I420 is not one array") && error.ends_with("ask for frame.npz"), "{error}");
    let arrays = each(&frame);
    assert_eq!(arrays.iter().map(|array| array.shape.clone()).collect::<Vec<_>>(), [[3, 3], [2, 2], [2, 2]]);
    assert_eq!(arrays[0].samples, Samples::U1(vec![0, 1, 2, 4, 5, 6, 8, 9, 10]));
    assert_eq!(arrays[2].samples, Samples::U1(vec![20, 21, 24, 25]));
}

#[test]
fn fields_have_their_own_chroma_rows_where_there_is_room() {
    let rows = |room, mode| {
        let layout = i420((3, 6), room, mode);
        let bytes = vec![0; 24 + 8 * usize::try_from(room).unwrap()];
        each(&frame(layout, &[&bytes]))[1].shape[0]
    };
    assert_eq!(rows(4, "progressive"), 3);
    assert_eq!(rows(4, "interleaved"), 4);
    assert_eq!(rows(3, "interleaved"), 3);
}

#[test]
fn bayer_is_one_array_and_other_names_are_planes() {
    let named = |name: &str, size, planes: &[(u32, u64, u64)]| {
        checked(name, size, Pixels::Named { name: name.to_owned() }, planes)
    };
    let bytes = [1, 2, 3, 0, 4, 5, 6];
    let array = one(&frame(named("rggb", (3, 2), &[(4, 0, 7)]), &[&bytes])).unwrap();
    assert_eq!((array.shape, array.samples), (vec![2, 3], Samples::U1(vec![1, 2, 3, 4, 5, 6])));
    let deep = one(&frame(named("bggr12be", (2, 1), &[(8, 0, 8)]), &[&[1, 2, 3, 4, 0, 0, 0, 0]])).unwrap();
    assert_eq!((deep.shape, deep.samples), (vec![1, 2], Samples::U2(vec![0x102, 0x304])));

    let words = frame(named("v210", (2, 2), &[(4, 1, 8), (3, 9, 4)]), &[&[9; 13]]);
    assert!(one(&words).is_err());
    let arrays = each(&words);
    let shapes: Vec<_> = arrays.iter().map(|array| (array.name.as_str(), array.shape.as_slice())).collect();
    assert_eq!(shapes, [("plane0", &[2, 4][..]), ("plane1", &[4])]);
}

#[test]
fn what_is_told_of_arrays_is_what_they_are() {
    let bytes: Vec<u8> = (0..28).collect();
    for frame in [frame(bgr(), &[&bytes]), frame(i420((3, 3), 2, "progressive"), &[&bytes])] {
        let told = describe::frame(&frame);
        let arrays = each(&frame);
        for (told, array) in told["npz"].as_array().unwrap().iter().zip(&arrays) {
            assert_eq!(told["name"], array.name);
            assert_eq!(told["shape"], serde_json::json!(array.shape));
            assert_eq!(told["dtype"], array.samples.dtype());
        }
        assert_eq!(told["npz"].as_array().unwrap().len(), arrays.len());
        assert_eq!(told["npy"].is_null(), one(&frame).is_err());
    }
    let told = describe::frame(&frame(bgr(), &[&bytes]));
    assert_eq!(told["npy"]["channels"], serde_json::json!(["B", "G", "R"]));
    assert_eq!(told["sequence"], 3);
}

#[test]
fn the_picture_behind_the_bytes_is_neither_read_nor_made() {
    struct Lazy(Vec<u8>);
    impl Payload for Lazy {
        fn piece(&self, index: usize) -> Option<&[u8]> {
            assert!(index == 0, "the picture is made");
            Some(&self.0)
        }
        fn byte_count(&self) -> u64 {
            self.0.len() as u64 + 16
        }
        fn is_own(&self) -> bool {
            true
        }
        fn to_own(&self) -> Box<dyn Payload> {
            Box::new(Self(self.0.clone()))
        }
    }
    let source = Arc::new(bgr().check().unwrap());
    let rgba = ['R', 'G', 'B', 'A'].iter().zip(0..).map(|(name, at)| component(*name, 0, at, 4, (8, 0)));
    let pixels = components(Family::Rgb, ByteOrder::Little, rgba.collect());
    let converted = Some(Converted { format: "RGBA".to_owned(), source_length: 15 });
    let picture = Layout { converted, ..checked("BGR", (2, 2), pixels, &[(8, 15, 16)]) };
    let payload = Box::new(Lazy((0..15).collect()));
    let header = FrameHeader::default();
    let frame = Frame::new(header, Arc::new(picture.check().unwrap()), payload, Bytes::new()).unwrap();
    let frame = frame.with_source(source).unwrap();
    assert_eq!(file(&frame, Kind::Raw).unwrap(), (0..15).collect::<Vec<u8>>());
    assert_eq!(one(&frame).unwrap().shape, [2, 2, 3]);
    assert_eq!(describe::frame(&frame)["converted"]["format"], "RGBA");
}

#[test]
fn names_of_files_hold_stream_sequence_and_pts() {
    let layout = Layout { stream: "left \"½\"/..".to_owned(), ..bgr() };
    let named = frame(layout, &[&[0; 15]]);
    assert_eq!(file_name(&named, Kind::Npy), "left%20%22%C2%BD%22%2F.._3_pts40.npy");
}
