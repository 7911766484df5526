//! The metas of a buffer, as they travel. It must not know what is done with them.

use super::raw;
use gst::prelude::*;
use gst_video::{VideoCropMeta, VideoMeta, VideoRegionOfInterestMeta, VideoTimeCodeMeta};
use std::ops::ControlFlow;
use wire::Metas;
use wire::metas::{MAX_PARAMETERS, MAX_REGIONS, Other, Rectangle, Region, Timecode};

/// What is noted about a buffer. One without metas, or with a `GstVideoMeta` alone, costs a look at its empty list.
pub(super) fn read(buffer: &gst::BufferRef) -> Metas {
    let mut metas = Metas::default();
    buffer.foreach_meta(|meta| {
        let api = meta.api();
        if api == VideoRegionOfInterestMeta::meta_api() {
            if metas.regions.len() == MAX_REGIONS {
                metas.more_regions = metas.more_regions.saturating_add(1);
            } else if let Some(meta) = meta.downcast_ref::<VideoRegionOfInterestMeta>() {
                metas.regions.push(region(meta));
            }
        } else if api == VideoCropMeta::meta_api() && metas.crop.is_none() {
            metas.crop = meta.downcast_ref::<VideoCropMeta>().map(|meta| rectangle(meta.rect()));
        } else if api == VideoTimeCodeMeta::meta_api() && metas.timecode.is_none() {
            metas.timecode = meta.downcast_ref::<VideoTimeCodeMeta>().map(|meta| timecode(&meta.tc()));
        } else if api != VideoMeta::meta_api() && api != gst::ParentBufferMeta::meta_api() {
            // Strides are in the layout, and whose memory it is concerns nobody who looks at it.
            add_other(&mut metas.others, meta.type_().name());
        }
        ControlFlow::Continue(())
    });
    metas
}

fn region(meta: &VideoRegionOfInterestMeta) -> Region {
    let parameters = meta.params().take(MAX_PARAMETERS).map(ToString::to_string).collect();
    let more = meta.params().skip(MAX_PARAMETERS).count();
    Region {
        name: raw::region_name(meta),
        id: meta.id(),
        parent_id: meta.parent_id(),
        rectangle: rectangle(meta.rect()),
        parameters,
        more_parameters: u32::try_from(more).unwrap_or(u32::MAX),
    }
}

fn rectangle((x, y, width, height): (u32, u32, u32, u32)) -> Rectangle {
    Rectangle { x, y, width, height }
}

fn timecode(code: &gst_video::ValidVideoTimeCode) -> Timecode {
    let part = |value: i32| u32::try_from(value).unwrap_or(0);
    let fps = code.fps();
    Timecode {
        text: code.to_string(),
        framerate: (part(fps.numer()), part(fps.denom())),
        daily_jam: code.latest_daily_jam().and_then(|day| day.format("%FT%T%:z").ok()).map(Into::into),
    }
}

fn add_other(others: &mut Vec<Other>, name: &str) {
    match others.iter_mut().find(|other| other.name == name) {
        Some(other) => other.count = other.count.saturating_add(1),
        None => others.push(Other { name: name.to_owned(), count: 1 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gst_video::{ValidVideoTimeCode, VideoTimeCodeFlags};

    fn buffer(note: impl FnOnce(&mut gst::BufferRef)) -> gst::Buffer {
        gst::init().unwrap();
        let mut buffer = gst::Buffer::from_slice(vec![0; 64]);
        note(buffer.get_mut().unwrap());
        buffer
    }

    #[test]
    fn buffers_without_metas_have_no_bytes_of_them() {
        let buffer = buffer(|buffer| {
            let flags = gst_video::VideoFrameFlags::empty();
            VideoMeta::add(buffer, flags, gst_video::VideoFormat::Gray8, 8, 8).unwrap();
        });
        assert!(read(&buffer).encode().is_empty());
    }

    #[test]
    fn regions_keep_their_names_numbers_and_parameters() {
        let buffer = buffer(|buffer| {
            let mut meta = VideoRegionOfInterestMeta::add(buffer, "face", (1, 2, 3, 4));
            meta.set_id(7);
            meta.set_parent_id(-1);
            meta.add_param(gst::Structure::builder("detection").field("confidence", 0.5).build());
            VideoRegionOfInterestMeta::add(buffer, "ä \"b\"", (0, 0, u32::MAX, u32::MAX));
        });
        let metas = read(&buffer);
        let first = Region {
            name: "face".into(),
            id: 7,
            parent_id: -1,
            rectangle: Rectangle { x: 1, y: 2, width: 3, height: 4 },
            parameters: vec!["detection, confidence=(double)0.5;".into()],
            more_parameters: 0,
        };
        assert_eq!(metas.regions[0], first);
        assert_eq!((metas.regions[1].name.as_str(), metas.regions[1].rectangle.width), ("ä \"b\"", u32::MAX));
        assert_eq!(Metas::decode(&metas.clone().encode()).unwrap(), metas);
    }

    #[test]
    fn crop_and_time_code_are_the_first_of_their_kind() {
        let code = |hours| {
            ValidVideoTimeCode::new(
                gst::Fraction::new(30_000, 1_001),
                None,
                VideoTimeCodeFlags::DROP_FRAME,
                hours,
                1,
                0,
                2,
                0,
            )
        };
        let buffer = buffer(|buffer| {
            VideoCropMeta::add(buffer, (1, 2, 3, 4));
            VideoTimeCodeMeta::add(buffer, &code(1).unwrap());
            VideoTimeCodeMeta::add(buffer, &code(2).unwrap());
        });
        let metas = read(&buffer);
        assert_eq!(metas.crop, Some(Rectangle { x: 1, y: 2, width: 3, height: 4 }));
        let timecode = metas.timecode.unwrap();
        assert_eq!((timecode.text.as_str(), timecode.framerate), ("01:01:00;02", (30_000, 1_001)));
        assert_eq!(metas.others, [Other { name: "GstVideoTimeCodeMeta".into(), count: 1 }]);
    }

    #[test]
    fn further_kinds_are_named_and_regions_beyond_the_bound_counted() {
        let buffer = buffer(|buffer| {
            let caps = gst::Caps::new_empty_simple("timestamp/x-ntp");
            gst::ReferenceTimestampMeta::add(buffer, &caps, gst::ClockTime::SECOND, gst::ClockTime::NONE);
            gst::ReferenceTimestampMeta::add(buffer, &caps, gst::ClockTime::SECOND, gst::ClockTime::NONE);
            gst::ParentBufferMeta::add(buffer, &gst::Buffer::new());
            for _ in 0..MAX_REGIONS + 3 {
                VideoRegionOfInterestMeta::add(buffer, "x", (0, 0, 1, 1));
            }
        });
        let metas = read(&buffer);
        assert_eq!(metas.others, [Other { name: "GstReferenceTimestampMeta".into(), count: 2 }]);
        assert_eq!((metas.regions.len(), metas.more_regions), (MAX_REGIONS, 3));
    }
}
