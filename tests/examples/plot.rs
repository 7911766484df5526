//! Draws decoded and presented frames a second over the size of frames, for Sinkview and its peers, from what the benches
//! `unpaced` and `paced` found out: `cargo run --release -p e2e --example plot` writes `tests/pictures/speed.svg`.
//!
//! It only reads. The picture carries its own colours for light and dark, and every line is named at its end.

use anyhow::{Context, Result};
use e2e::bench::peers::Script;
use e2e::bench::source::SIZES;
use e2e::bench::watch::{DECODED, PRESENTED};
use e2e::bench::{Results, results};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const WIDTH: f64 = 920.0;
const HEIGHT: f64 = 400.0;
/// Of each of the two plots; names stand to the right of the lines.
const PLOT: (f64, f64) = (250.0, 270.0);
const TOP: f64 = 70.0;
const LEFTS: [f64; 2] = [56.0, 516.0];
/// The scale of frames a second is logarithmic: from this to that.
const LEAST: f64 = 1.0;
const MOST: f64 = 1000.0;
/// Names stand at least so far apart.
const APART: f64 = 15.0;

/// Who is drawn: as the benches call it, as the picture does, and which colour.
const SUBJECTS: [(&str, &str, &str); 5] = [
    ("Sinkview", "Sinkview", "ours"),
    ("a page that only receives", "only received", "wall"),
    (Script::Raw.name(), "Python + JS", "raw"),
    (Script::Deflate.name(), "Python + JS, deflate", "deflate"),
    (Script::Mjpeg.name(), "MJPEG", "mjpeg"),
];

const STYLE: &str = "
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 13px } .grid { stroke: #d1d9e0 } .axis { stroke: #59636e }
  .line { fill: none; stroke-width: 2 }
  .ours { stroke: #0550ae } .wall { stroke: #59636e; stroke-dasharray: 5 4 } .raw { stroke: #bc4c00 }
  .deflate { stroke: #953800; stroke-dasharray: 2 3 } .mjpeg { stroke: #8250df }
  .dot { stroke-dasharray: none; fill: #fff; stroke-width: 2 } .ground { fill: #fff }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .grid { stroke: #3d444d } .axis { stroke: #9198a1 }
    .ours { stroke: #79c0ff } .wall { stroke: #9198a1 } .raw { stroke: #ffa657 } .deflate { stroke: #ffc680 }
    .mjpeg { stroke: #d2a8ff } .dot { fill: #0d1117 } .ground { fill: #0d1117 }
  }";

/// A line: its colour, its name, and frames a second by the index of the size.
struct Line {
    class: &'static str,
    name: &'static str,
    points: Vec<(usize, f64)>,
}

fn main() -> Result<()> {
    let all = Results::read_all(&results::folder()?)?;
    let find = |name: &str| {
        all.iter()
            .find(|one| one.bench == name)
            .with_context(|| format!("run `make bench PART={name}` first"))
    };
    let decoded = lines(find("unpaced")?, DECODED, "");
    let presented = lines(find("paced")?, PRESENTED, " at 60");
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-label=\"Frames a second over the size of BGR frames\">\n<style>{STYLE}\n</style>\n\
         <rect class=\"ground\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"6\"/>\n"
    );
    plot(&mut svg, LEFTS[0], "BGR frames decoded a second, unpaced", &decoded);
    plot(&mut svg, LEFTS[1], "BGR frames presented a second, of 60", &presented);
    svg += "</svg>\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("pictures").join("speed.svg");
    fs::write(&file, svg)?;
    println!("{}", file.display());
    Ok(())
}

fn lines(results: &Results, figure: &str, suffix: &str) -> Vec<Line> {
    let point = |subject: &str, index: usize| {
        let group = results.group(&format!("{} BGR{suffix}", SIZES[index].name))?;
        let row = group.rows.iter().find(|row| row.subject == subject)?;
        row.medians.get(figure).copied()
    };
    let lines = SUBJECTS.into_iter().map(|(subject, name, class)| Line {
        class,
        name,
        points: (0..SIZES.len()).filter_map(|index| Some((index, point(subject, index)?))).collect(),
    });
    lines.filter(|line| !line.points.is_empty()).collect()
}

fn plot(svg: &mut String, left: f64, title: &str, lines: &[Line]) {
    let (width, height) = PLOT;
    let bottom = TOP + height;
    let mut put = |text: std::fmt::Arguments<'_>| {
        // Writing to a string does not fail.
        let _ = svg.write_fmt(text);
    };
    put(format_args!("<text class=\"title\" x=\"{left}\" y=\"{}\">{title}</text>\n", TOP - 30.0));
    for fps in [1.0, 3.0, 10.0, 30.0, 60.0, 100.0, 300.0, 1000.0] {
        let at = y(fps);
        put(format_args!(
            "<path class=\"grid\" d=\"M{left} {at:.1}h{width}\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{fps}</text>\n",
            left - 8.0,
            at + 4.0
        ));
    }
    put(format_args!("<path class=\"axis\" d=\"M{left} {bottom}h{width}\"/>\n"));
    for (index, size) in SIZES.iter().enumerate() {
        put(format_args!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\n",
            x(left, index),
            bottom + 20.0,
            size.name
        ));
    }
    let mut names: Vec<(f64, &Line)> = Vec::new();
    for line in lines {
        let points: Vec<_> =
            line.points.iter().map(|&(index, fps)| format!("{:.1} {:.1}", x(left, index), y(fps))).collect();
        put(format_args!("<path class=\"line {}\" d=\"M{}\"/>\n", line.class, points.join("L")));
        for point in &points {
            let (cx, cy) = point.split_once(' ').unwrap_or_default();
            put(format_args!("<circle class=\"dot {}\" cx=\"{cx}\" cy=\"{cy}\" r=\"3.5\"/>\n", line.class));
        }
        if let Some(&(_, fps)) = line.points.last() {
            names.push((y(fps), line));
        }
    }
    // Beside the ends of the lines, moved down where they would stand on one another.
    names.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let mut lowest = f64::NEG_INFINITY;
    for (at, line) in names {
        lowest = at.max(lowest + APART);
        let from = left + width;
        put(format_args!(
            "<path class=\"line {}\" d=\"M{from:.1} {lowest:.1}h16\"/><text x=\"{:.1}\" y=\"{:.1}\">{}</text>\n",
            line.class,
            from + 22.0,
            lowest + 4.0,
            line.name
        ));
    }
}

#[allow(clippy::cast_precision_loss, reason = "four sizes")]
fn x(left: f64, index: usize) -> f64 {
    let step = PLOT.0 / SIZES.len() as f64;
    left + step * (index as f64 + 0.5)
}

fn y(fps: f64) -> f64 {
    let share = (fps.clamp(LEAST, MOST) / LEAST).ln() / (MOST / LEAST).ln();
    TOP + PLOT.1 * (1.0 - share)
}
