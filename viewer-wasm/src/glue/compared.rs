//! What is said of two frames that were compared: the detail of the event `compared`.

use super::detail::{Detail, nanos, number};
use super::held::Held;
use crate::convert::{Apart, Difference};
use crate::policy::Unpaired;
use js_sys::{Array, BigInt};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// Two frames, and why these two.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) one: Rc<Held>,
    pub(super) other: Rc<Held>,
    pairing: Pairing,
}

/// Why two frames are compared.
#[derive(Clone, Copy)]
pub(super) enum Pairing {
    /// They are of one running time, but for so many nanoseconds.
    RunningTime(i64),
    /// They are the newest of both; why they are not paired.
    Newest(&'static str),
    /// The other was held.
    Held,
}

impl Found {
    pub(super) fn new(one: &Rc<Held>, other: &Rc<Held>, pairing: Pairing) -> Self {
        Self { one: Rc::clone(one), other: Rc::clone(other), pairing }
    }

    /// Whether it is of the same two frames.
    pub(super) fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.one, &other.one) && Rc::ptr_eq(&self.other, &other.other)
    }

    fn words(&self) -> (&'static str, String) {
        match self.pairing {
            Pairing::RunningTime(_) => ("running-time", String::new()),
            Pairing::Newest(why) => ("newest", format!("not paired: {why}")),
            Pairing::Held => ("held", String::new()),
        }
    }
}

/// Two frames, what was found, and what else there is to say; without `difference`, why there is none.
pub(super) fn said(pair: &Found, difference: Option<&Difference>, text: &str) -> JsValue {
    let (pairing, not_paired) = pair.words();
    let apart = match pair.pairing {
        Pairing::RunningTime(nanos) => BigInt::from(nanos).into(),
        _ => JsValue::NULL,
    };
    let formats =
        || [&pair.one, &pair.other].map(|frame| frame.layout.checked().map_or("", |l| l.format.as_str()));
    let drawn = match difference {
        Some(difference) if !difference.is_native() => {
            let [one, other] = formats();
            format!("{one} and {other}: compared as drawn, in 8 bits of R, G and B")
        }
        _ => String::new(),
    };
    let texts: Vec<_> =
        [not_paired.as_str(), &drawn, text].into_iter().filter(|text| !text.is_empty()).collect();
    let kind = difference.map(|difference| if difference.is_native() { "codes" } else { "rgb" });
    let components = difference.map_or(&[][..], Difference::apart);
    Detail::new()
        .set("sequence", number(pair.one.header.sequence))
        .set("otherSequence", number(pair.other.header.sequence))
        .set("ptsNanos", nanos(pair.one.header.pts_nanos))
        .set("otherPtsNanos", nanos(pair.other.header.pts_nanos))
        .set("pairing", pairing)
        .set("runningTimeDifferenceNanos", apart)
        .set("kind", kind.map_or(JsValue::NULL, JsValue::from))
        .set("identical", difference.is_some() && components.iter().all(|apart| apart.max == 0))
        .set("components", components.iter().map(component).collect::<Array>())
        .set("text", texts.join("; "))
        .done()
}

/// That there are no two frames to compare.
pub(super) fn said_nothing(why: Unpaired) -> JsValue {
    let text = match why {
        Unpaired::NoFrame => "waiting for a frame of each".to_owned(),
        #[allow(clippy::cast_precision_loss, reason = "tenths of milliseconds are said")]
        Unpaired::Apart(nanos) => {
            format!("not paired: the nearest frames are {:.1} ms apart", nanos as f64 / 1e6)
        }
    };
    Detail::new()
        .set("sequence", JsValue::NULL)
        .set("otherSequence", JsValue::NULL)
        .set("ptsNanos", JsValue::NULL)
        .set("otherPtsNanos", JsValue::NULL)
        .set("pairing", "none")
        .set("runningTimeDifferenceNanos", JsValue::NULL)
        .set("kind", JsValue::NULL)
        .set("identical", false)
        .set("components", Array::new())
        .set("text", text)
        .done()
}

fn component(apart: &Apart) -> JsValue {
    let place = |value: usize| number(value as u64);
    let at = Detail::new().set("x", place(apart.at.0)).set("y", place(apart.at.1)).done();
    Detail::new()
        .set("name", apart.name.to_string())
        .set("depth", apart.depth)
        .set("count", number(apart.count))
        .set("max", apart.max)
        .set("at", if apart.max == 0 { JsValue::NULL } else { at })
        .set("psnr", apart.psnr())
        .done()
}
