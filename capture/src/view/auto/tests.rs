//! The choice for links and viewers of all kinds, played through without either.

use super::*;
use wire::Layout;
use wire::layout::{ByteOrder, Component, Family, Pixels, Plane, Region};

/// Frames of three bytes a pixel.
fn bgr(width: u32, height: u32) -> CheckedLayout {
    let component = |name, offset| Component {
        name,
        plane: 0,
        offset,
        pixel_stride: 3,
        depth: 8,
        shift: 0,
        w_sub: 0,
        h_sub: 0,
    };
    let components = vec![component('R', 2), component('G', 1), component('B', 0)];
    let length = u64::from(width) * u64::from(height) * 3;
    let layout = Layout {
        pixels: Pixels::Components { family: Family::Rgb, byte_order: ByteOrder::Little, components },
        planes: vec![Plane { stride: width * 3, offset: 0, length }],
        ..Layout::plain(width, height)
    };
    layout.check().unwrap()
}

/// A link and a viewer behind it.
struct Link {
    bytes_per_second: f64,
    /// What encodings make of a byte, in the order of [`ENCODINGS`].
    gains: [f64; 2],
    /// Seconds that each frame takes besides.
    work: f64,
}

const LOOPBACK: Link = Link { bytes_per_second: 6e8, gains: [1.0, 1.0], work: 0.002 };
const ETHERNET: Link = Link { bytes_per_second: 12e6, gains: [1.0, 1.0], work: 0.002 };

/// Sends frames of a stream for so many seconds, newest first; gives the last choice and the rate drawn in the
/// second half.
fn run(link: &Link, layout: &CheckedLayout, view: &View, rate: f64, seconds: f64) -> (Choice, f64) {
    let mut auto = Auto::default();
    let (mut time, mut last, mut drawn) = (0.0_f64, None, 0);
    let mut choice = None;
    while time < seconds {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a minute has few frames")]
        let (frame, now) = ((time * rate) as u64, (time * 1e9) as u64);
        if last == Some(frame) {
            time += 0.001;
            continue;
        }
        last = Some(frame);
        let chosen = auto.choose(layout, view, frame + 1, now);
        let raw = chosen.cut.byte_count(layout);
        let gain = index_of(chosen.encoding).map_or(1.0, |index| link.gains[index]);
        let sending = as_f64(raw) / gain / link.bytes_per_second;
        let waits = sending > 0.001;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "less than the frame")]
        let bytes = (as_f64(raw) / gain) as u64;
        auto.sent(raw, bytes, chosen.encoding, Duration::from_secs_f64(sending), waits);
        time += sending + link.work;
        auto.drawn();
        drawn += u32::from(time > seconds / 2.0);
        choice = Some(chosen);
    }
    (choice.unwrap(), f64::from(drawn) / (seconds / 2.0))
}

fn view(pixels: (u32, u32)) -> View {
    let encodings = vec![Encoding::Raw, Encoding::Lz4, Encoding::Residual];
    View { mode: ViewMode::Auto, pixels: Some(pixels), encodings, ..View::default() }
}

#[test]
fn whole_and_raw_while_the_link_keeps_up() {
    let layout = bgr(1920, 1080);
    let (choice, rate) = run(&LOOPBACK, &layout, &view((480, 270)), 30.0, 10.0);
    assert_eq!(choice, Choice { cut: Cut::whole(&layout), encoding: Encoding::Raw });
    assert!(rate > 29.0, "{rate}");
}

#[test]
fn what_the_screen_shows_when_whole_frames_are_too_much() {
    let layout = bgr(3840, 2160);
    let (choice, rate) = run(&LOOPBACK, &layout, &view((1280, 720)), 60.0, 10.0);
    assert_eq!((choice.cut.step, choice.encoding), ((3, 3), Encoding::Raw));
    assert!(rate > 57.0, "{rate}");
}

#[test]
fn coarser_than_the_screen_rather_than_a_slide_show() {
    let layout = bgr(3840, 2160);
    let (choice, rate) = run(&ETHERNET, &layout, &view((1280, 720)), 60.0, 40.0);
    assert!(choice.cut.step.0 > 3 && choice.cut.step.0 <= 9, "{choice:?}");
    assert!(rate > 20.0, "{rate}");
}

#[test]
fn what_is_seen_of_a_zoomed_picture() {
    let layout = bgr(3840, 2160);
    let visible = Region { x: 1000, y: 500, width: 160, height: 90 };
    let view = View { visible: Some(visible), ..view((1280, 720)) };
    let (choice, rate) = run(&ETHERNET, &layout, &view, 60.0, 10.0);
    assert_eq!(choice.cut, Cut { region: visible, step: (1, 1) });
    assert!(rate > 57.0, "{rate}");
}

#[test]
fn an_encoding_is_kept_if_more_is_drawn_with_it() {
    let layout = bgr(640, 480);
    let link = Link { gains: [2.0, 1.0], ..ETHERNET };
    let (choice, rate) = run(&link, &layout, &view((640, 480)), 30.0, 20.0);
    assert_eq!((choice.cut.is_whole(&layout), choice.encoding), (true, Encoding::Residual));
    assert!(rate > 22.0, "{rate}");
    let link = Link { gains: [1.0, 3.0], ..ETHERNET };
    let (choice, _) = run(&link, &layout, &view((640, 480)), 30.0, 20.0);
    assert_eq!(choice.encoding, Encoding::Lz4);
    let none = View { encodings: vec![], ..view((640, 480)) };
    let (choice, _) = run(&link, &layout, &none, 30.0, 20.0);
    assert_eq!(choice.encoding, Encoding::Raw, "none was offered");
}

#[test]
fn what_was_asked_for_by_name_is_done() {
    let layout = bgr(3840, 2160);
    let only = |mode, encoding| View { mode, encodings: vec![encoding], ..view((1280, 720)) };
    let (choice, _) = run(&ETHERNET, &layout, &only(ViewMode::Full, Encoding::Residual), 60.0, 20.0);
    assert_eq!(choice, Choice { cut: Cut::whole(&layout), encoding: Encoding::Residual });
    let (choice, _) = run(&LOOPBACK, &layout, &only(ViewMode::Fit, Encoding::Raw), 5.0, 20.0);
    assert_eq!((choice.cut.step, choice.encoding), ((3, 3), Encoding::Raw));
}

#[test]
fn huge_frames_are_not_sent_to_a_link_that_nobody_knows() {
    let layout = bgr(3840, 2160);
    let choice = Auto::default().choose(&layout, &view((1280, 720)), 1, 0);
    assert_eq!(choice.cut.step, (3, 3));
    let (choice, _) = run(&LOOPBACK, &layout, &view((1280, 720)), 10.0, 10.0);
    assert!(choice.cut.is_whole(&layout), "ten a second are no trouble");
}

#[test]
fn finer_frames_are_tried_less_and_less_often() {
    let mut rest = Rest::default();
    let mut lasts = Vec::new();
    for _ in 0..8 {
        rest.fail(0);
        lasts.push(rest.until / 1_000_000_000);
    }
    assert_eq!(lasts, [4, 8, 16, 32, 64, 128, 128, 128]);
}
