//! What becomes a stream and under which name, and that each frame comes through as it is.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod common;

use capture::pipeline::{BuildError, Description, Life, OnEos, build};
use common::{Player, play};
use gst::prelude::*;
use wire::control::{Phase, Policy};
use wire::layout::{Orientation, Pixels};

fn built(text: &str) -> capture::pipeline::Built {
    gst::init().unwrap();
    build(&Description::one(text)).unwrap()
}

fn names(text: &str) -> Vec<Option<String>> {
    built(text).names().map(|name| name.map(str::to_owned)).collect()
}

/// The only appsink of a pipeline.
fn appsink(built: &capture::pipeline::Built) -> gst::Element {
    let mut all = built.pipeline().iterate_all_by_element_factory_name("appsink").into_iter();
    let sink = all.next().unwrap().unwrap();
    assert!(all.next().is_none());
    sink
}

#[test]
fn streams_are_named_by_their_appsinks_in_the_order_of_the_text() {
    let named = |name: &str| Some(name.to_owned());
    assert_eq!(
        names(
            "videotestsrc ! tee name=t t. ! queue ! appsink name=z t. ! queue ! appsink t. ! queue ! appsink name=a"
        ),
        [named("z"), None, named("a")]
    );
    assert_eq!(names("videotestsrc ! appsink name=appsink0"), [named("appsink0")]);
    assert_eq!(names("videotestsrc ! bin.( name=b appsink name=inner )"), [named("inner")]);

    let played = play(
        "videotestsrc num-buffers=1 ! tee name=t t. ! queue ! appsink t. ! queue ! appsink name=k t. ! queue ! appsink",
    );
    let served: Vec<_> = played.streams.iter().map(|stream| stream.name.as_str()).collect();
    assert_eq!(served, ["stream0", "k", "stream1"]);
}

#[test]
fn names_that_clash_get_a_number_and_unnamed_ones_count_on() {
    gst::init().unwrap();
    let registry = capture::Registry::new(Policy::Latest);
    let texts = [
        "videotestsrc ! appsink name=k",
        "videotestsrc ! appsink name=k",
        "videotestsrc ! appsink",
        "videotestsrc ! appsink",
    ];
    let runner = capture::pipeline::Runner::start(
        texts.iter().map(|text| built(text)).collect(),
        &registry,
        OnEos::Hold,
    );
    let names: Vec<_> =
        registry.streams().iter().map(|stream| (stream.name().to_owned(), stream.pipeline())).collect();
    let expected =
        [("k", 0), ("k-2", 1), ("stream0", 2), ("stream1", 3)].map(|(name, at)| (name.to_owned(), at));
    assert_eq!(names, expected);
    drop(runner);
}

#[test]
fn display_sinks_and_loose_ends_become_streams() {
    let named = |name: &str| Some(name.to_owned());
    for (text, expected) in [
        ("videotestsrc ! autovideosink", vec![None]),
        ("videotestsrc ! waylandsink name=w fullscreen=true", vec![named("w")]),
        ("videotestsrc ! fakesink", vec![None]),
        ("videotestsrc ! video/x-raw,format=RGB", vec![None]),
        ("videotestsrc", vec![None]),
        ("videotestsrc ! tee name=t", vec![None]),
        (
            "videotestsrc ! tee name=t t. ! queue ! autovideosink t. ! queue ! fakesink name=f",
            vec![None, named("f")],
        ),
        (
            "videotestsrc ! tee name=t t. ! queue ! autovideosink t. ! queue ! appsink name=k",
            vec![named("k")],
        ),
        ("videotestsrc ! filesink location=/dev/null", vec![]),
        ("audiotestsrc ! fakesink videotestsrc ! fakesink name=v", vec![None, named("v")]),
    ] {
        assert_eq!(names(text), expected, "{text}");
    }
}

#[test]
fn frames_come_where_a_display_sink_was_and_behind_late_pads() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pipelines/sources/vp8.mkv");
    for text in [
        "videotestsrc num-buffers=2 ! video/x-raw,format=RGB,width=8,height=8 ! xvimagesink sync=false"
            .to_owned(),
        "videotestsrc num-buffers=2 ! video/x-raw,format=RGB,width=8,height=8".to_owned(),
    ] {
        assert_eq!(play(&text).streams[0].runs(false), "2xRGB:8x8", "{text}");
    }
    for text in [
        format!("filesrc location={file} ! decodebin ! autovideosink sync=false"),
        format!("filesrc location={file} ! decodebin"),
        format!("uridecodebin uri=file://{file}"),
        format!("file://{file}"),
        file.to_owned(),
    ] {
        let played = play(&text);
        assert_eq!(played.streams[0].runs(false), "10xI420:162x122", "{text}");
        assert_eq!(played.streams[0].name, "stream0");
        assert_eq!(played.life, Life::Ended);
    }
}

#[test]
fn a_file_without_pictures_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sound.wav");
    gst::init().unwrap();
    let writer = gst::parse::launch(&format!(
        "audiotestsrc num-buffers=3 ! wavenc ! filesink location={}",
        path.display()
    ))
    .unwrap();
    writer.set_state(gst::State::Playing).unwrap();
    let ended = writer.bus().unwrap().timed_pop_filtered(
        gst::ClockTime::from_seconds(30),
        &[gst::MessageType::Eos, gst::MessageType::Error],
    );
    assert_eq!(ended.unwrap().type_(), gst::MessageType::Eos);
    writer.set_state(gst::State::Null).unwrap();
    let played = play(path.to_str().unwrap());
    assert!(played.life.failure().unwrap().contains("there is no picture in it"), "{:?}", played.life);
}

#[test]
fn properties_that_are_spelled_stay() {
    for (text, expected) in [
        ("videotestsrc ! appsink", (1, true, false, false)),
        ("videotestsrc ! appsink max-buffers=0 drop=false", (0, false, false, false)),
        ("videotestsrc ! appsink max-buffers=7 enable-last-sample=true", (7, true, true, false)),
        ("videotestsrc ! appsink wait-on-eos=true", (1, true, false, true)),
    ] {
        let built = built(text);
        let sink = appsink(&built);
        let registry = capture::Registry::new(Policy::Latest);
        let runner = capture::pipeline::Runner::start(vec![built], &registry, OnEos::Hold);
        let seen = (
            sink.property::<u32>("max-buffers"),
            sink.property::<bool>("drop"),
            sink.property::<bool>("enable-last-sample"),
            sink.property::<bool>("wait-on-eos"),
        );
        assert_eq!(seen, expected, "{text}");
        drop(runner);
    }
}

#[test]
fn live_pipelines_do_not_wait_for_the_clock_and_files_do() {
    for (text, expected) in [
        ("videotestsrc is-live=true ! appsink", false),
        ("videotestsrc is-live=true ! appsink sync=true", true),
        ("videotestsrc ! appsink", true),
        ("videotestsrc ! appsink sync=false", false),
    ] {
        let built = built(text);
        let sink = appsink(&built);
        let viewers = Player::start(built, Policy::Latest, OnEos::Hold);
        viewers.wait_until("frames", |registry| registry.streams()[0].counts().arrived > 1);
        assert_eq!(sink.property::<bool>("sync"), expected, "{text}");
    }
}

#[test]
fn spaces_in_bare_words_survive() {
    gst::init().unwrap();
    let words = [
        "videotestsrc",
        "num-buffers=1",
        "!",
        "video/x-raw, format=RGB, width=8, height=8",
        "!",
        "appsink",
        "name=a b",
    ];
    let description = Description::from_words(words.map(str::to_owned).to_vec());
    let built = build(&description[0]).unwrap();
    assert_eq!(built.names().collect::<Vec<_>>(), [Some("a b")]);
    let played = Player::start(built, Policy::Every, OnEos::Hold).play();
    assert_eq!(played.streams[0].runs(false), "1xRGB:8x8");
}

#[test]
fn what_cannot_be_built_says_what_to_do() {
    gst::init().unwrap();
    for (text, words) in [
        ("videotestscr ! appsink", &["videotestscr", "did you mean `videotestsrc`"][..]),
        ("videotestsrc ! avdec_nosuch ! appsink", &["avdec_nosuch", "gstreamer1.0-libav"]),
        ("videotestsrc num-bufers=1 ! appsink", &["num-bufers", "did you mean `num-buffers`"]),
        ("bikes.mp4", &["no such file: bikes.mp4"]),
        ("videotestscr", &["no file and no element", "did you mean `videotestsrc`"]),
        ("/nonexistent/clip.mp4", &["no such file: /nonexistent/clip.mp4"]),
    ] {
        let error: BuildError = build(&Description::one(text)).unwrap_err();
        let error = error.to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{text}: {error}");
    }
}

#[test]
fn every_gives_each_of_many_frames_once() {
    let played =
        play("videotestsrc num-buffers=300 ! video/x-raw,format=GRAY8,width=8,height=8 ! appsink sync=false");
    let stream = &played.streams[0];
    let numbers: Vec<u64> = stream.frames.iter().map(|frame| frame.header.sequence).collect();
    assert_eq!(numbers, (0..300).collect::<Vec<_>>());
    assert_eq!((stream.arrived, stream.dropped, stream.source_gap), (300, 0, 0));
    let offsets: Vec<_> = stream.frames.iter().map(|frame| frame.header.offset).collect();
    assert_eq!(offsets, (0..300).map(Some).collect::<Vec<_>>());
    assert_eq!(stream.frames[9].header.running_time_nanos, Some(300_000_000));
}

#[test]
fn the_preroll_frame_is_shown_once_while_nobody_looks() {
    let text =
        "videotestsrc num-buffers=2 ! video/x-raw,format=RGB,width=8,height=8,framerate=30/1 ! appsink";
    let viewers = Player::start(built(text), Policy::Every, OnEos::Hold);
    viewers.wait_until("the preroll frame", |registry| registry.streams()[0].newest().is_some());
    let counts = viewers.registry.streams()[0].counts();
    assert_eq!((counts.arrived, counts.published), (1, 1));
    assert!(!viewers.runner.lives().borrow()[0].is_over());
    let played = viewers.play();
    let numbers: Vec<u64> = played.streams[0].frames.iter().map(|frame| frame.header.sequence).collect();
    assert_eq!(numbers, [0, 1]);
}

#[test]
fn a_small_pool_is_not_starved_by_frames_that_are_held() {
    const BUFFERS: u32 = 3;
    let built =
        built("videotestsrc num-buffers=50 ! video/x-raw,format=RGB,width=64,height=48 ! appsink sync=false");
    let pad = appsink(&built).static_pad("sink").unwrap();
    // Downstream offers a pool of three, as a camera has it.
    pad.add_probe(gst::PadProbeType::QUERY_DOWNSTREAM | gst::PadProbeType::PUSH, |_, info| {
        let Some(gst::QueryViewMut::Allocation(allocation)) = info.query_mut().map(gst::QueryRef::view_mut)
        else {
            return gst::PadProbeReturn::Ok;
        };
        let caps = allocation.get_owned().0.unwrap();
        let size = u32::try_from(gst_video::VideoInfo::from_caps(&caps).unwrap().size()).unwrap();
        let pool = gst_video::VideoBufferPool::new();
        let mut config = pool.config();
        config.set_params(Some(&caps), size, BUFFERS, BUFFERS);
        pool.set_config(config).unwrap();
        allocation.add_allocation_pool(Some(&pool), size, BUFFERS, BUFFERS);
        gst::PadProbeReturn::Handled
    })
    .unwrap();
    let viewers = Player::start(built, Policy::Latest, OnEos::Hold);
    let registry = viewers.registry.clone();
    // Somebody holds every frame there ever was: the source goes on all the same.
    let mut held = Vec::new();
    let stream = registry.streams()[0].clone();
    let mut last = None;
    while !viewers.runner.lives().borrow()[0].is_over() {
        viewers.wait_until("a frame or the end", |registry| {
            let newest = registry.streams()[0].newest().map(|frame| frame.sequence());
            newest != last || registry.streams()[0].phase() == Phase::Ended
        });
        let newest = stream.newest().unwrap();
        last = Some(newest.sequence());
        held.push(newest);
        if stream.phase() == Phase::Ended {
            break;
        }
    }
    assert_eq!(stream.counts().arrived, 50);
    assert_eq!(stream.phase(), Phase::Ended);
}

#[test]
fn orientation_comes_from_tags() {
    let played = play(
        "videotestsrc num-buffers=2 ! video/x-raw,format=RGB,width=8,height=4 ! \
         taginject tags=image-orientation=rotate-90 ! appsink sync=false",
    );
    let orientations: Vec<_> =
        played.streams[0].frames.iter().map(|frame| frame.layout.orientation).collect();
    assert_eq!(orientations, [Orientation::Rotate90; 2]);
}

#[test]
fn strides_and_offsets_are_those_of_the_buffer() {
    let raw = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pipelines/raw/RGB_padded.raw");
    let played = play(&format!(
        "filesrc location={raw} ! rawvideoparse format=rgb width=37 height=23 plane-strides=<128> \
         plane-offsets=<64> frame-size=4096 ! appsink sync=false"
    ));
    let frame = &played.streams[0].frames[0];
    let plane = frame.layout.planes[0];
    assert_eq!((plane.stride, plane.offset, plane.length), (128, 64, 128 * 23));
    // rawvideoparse gives the buffer as much of the file's 4096 bytes as the planes reach.
    assert_eq!(
        frame.bytes,
        std::fs::read(raw).unwrap()[..frame.bytes.len()],
        "all bytes of the buffer, padding too"
    );
    assert!(frame.bytes.len() >= 64 + 128 * 22 + 37 * 3);
}

#[test]
fn a_change_of_caps_is_a_new_layout() {
    let played = play(
        "concat name=c ! appsink sync=false \
         videotestsrc num-buffers=2 ! video/x-raw,format=RGB,width=8,height=8,framerate=10/1 ! c. \
         videotestsrc num-buffers=2 ! video/x-raw,format=RGB,width=8,height=8,framerate=20/1 ! c.",
    );
    let ids: Vec<u32> = played.streams[0].frames.iter().map(|frame| frame.layout.id).collect();
    assert!(ids[0] == ids[1] && ids[1] != ids[2] && ids[2] == ids[3], "{ids:?}");
    assert_eq!(played.streams[0].frames[2].layout.framerate, (20, 1));
    assert_eq!(played.streams[0].source_gap, 0);
}

#[test]
fn formats_without_components_go_by_name_with_all_their_bytes() {
    for (caps, name, bytes) in [
        ("video/x-bayer,format=bggr,width=37,height=23", "bggr", 40 * 23),
        ("video/x-raw,format=v210,width=37,height=23", "v210", 128 * 23),
        ("video/x-raw,format=RGB16,width=37,height=23", "RGB16", 76 * 23),
    ] {
        let played = play(&format!("videotestsrc num-buffers=1 ! {caps} ! appsink sync=false"));
        let frame = &played.streams[0].frames[0];
        assert_eq!(frame.layout.pixels, Pixels::Named { name: name.to_owned() });
        assert_eq!((frame.bytes.len(), frame.layout.planes[0].length), (bytes, bytes as u64));
    }
}

#[test]
fn fields_are_told() {
    let played = play(
        "videotestsrc num-buffers=6 ! video/x-raw,format=I420,width=64,height=48,framerate=50/1 ! \
         interlace field-pattern=1:1 top-field-first=true ! appsink sync=false",
    );
    let frame = &played.streams[0].frames[0];
    assert_eq!(frame.layout.interlace.mode, "interleaved");
    let top_field_first = gst_video::VideoBufferFlags::TFF.bits();
    assert_eq!(frame.header.flags & top_field_first, top_field_first, "flags of video buffers are kept");

    let played = play(
        "videotestsrc num-buffers=4 ! video/x-raw,format=I420,width=64,height=48,framerate=50/1 ! interlace field-pattern=1:1 ! \
         video/x-raw(format:Interlaced),interlace-mode=alternate ! appsink sync=false",
    );
    assert_eq!(played.streams[0].runs(false), "4xI420:64x24", "{:?}", played.streams[0].failure);
}

#[test]
fn looping_goes_on_counting() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pipelines/sources/vp8.mkv");
    for text in [
        "videotestsrc num-buffers=3 ! video/x-raw,format=RGB,width=8,height=8 ! appsink sync=false"
            .to_owned(),
        format!("filesrc location={file} ! decodebin ! appsink sync=false"),
    ] {
        let viewers = Player::start(built(&text), Policy::Latest, OnEos::Loop);
        viewers.wait_until("several rounds", |registry| registry.streams()[0].counts().arrived > 35);
        assert_eq!(viewers.registry.streams()[0].phase(), Phase::Running, "{text}");
    }
    let viewers = Player::start(
        built("videotestsrc num-buffers=1 ! identity drop-probability=1 ! appsink"),
        Policy::Latest,
        OnEos::Loop,
    );
    viewers.wait_until("the end", |registry| registry.streams()[0].phase() == Phase::Ended);
}

#[test]
fn what_a_source_misses_is_counted() {
    let played = play(
        "videotestsrc num-buffers=20 ! video/x-raw,format=GRAY8,width=8,height=8,framerate=30/1 ! \
         identity drop-probability=0.5 ! appsink sync=false",
    );
    let stream = &played.streams[0];
    let frames = &stream.frames;
    let (Some(first), Some(last)) = (frames.first(), frames.last()) else { return };
    let span = last.header.offset.unwrap() - first.header.offset.unwrap() + 1;
    assert_eq!(stream.source_gap, span - frames.len() as u64);
}

#[test]
fn stopping_ends_what_never_ends() {
    for text in [
        "videotestsrc is-live=true ! appsink",
        "videotestsrc ! appsink",
        "fakesrc is-live=true ! identity sleep-time=100000000 ! appsink",
    ] {
        let mut viewers = Player::start(built(text), Policy::Latest, OnEos::Hold);
        viewers.wait_until("it runs", |_| true);
        // Each call waits for a bounded time, which on a busy machine may not be enough; in the end it is.
        assert!(text.contains("sleep-time") || (0..20).any(|_| viewers.runner.stop()), "{text}");
    }
}
