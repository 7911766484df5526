//! Frames that are not what their encoding makes: the viewer says so, draws none of them, and goes on with the next.

use anyhow::{Context, Result, ensure};
use e2e::foreign::Foreign;
use e2e::random::{Random, seed};
use e2e::site::Site;
use e2e::{Browser, Capture, frames, http};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use wire::coding::Coder;
use wire::layout::{Encoding, Layout};

const WIDTH: usize = 52;
const HEIGHT: usize = 20;

/// Bytes that no encoder made, of those that one made.
fn broken(coded: &[u8], random: &mut Random) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new(), vec![0; 3], vec![0xff; 8], vec![0xff; 200]];
    // Cut short, wherever.
    all.extend((1..8).map(|part| coded[..coded.len() * part / 8].to_vec()));
    // Another length than that of the picture.
    for length in [0_u64, 1, 1 << 20, u64::MAX] {
        let mut other = coded.to_vec();
        other[..4].copy_from_slice(&length.to_le_bytes()[..4]);
        all.push(other);
    }
    all.extend((0..20).map(|_| random.bytes(coded.len())));
    all
}

#[tokio::test]
async fn bytes_that_no_encoder_made_are_said_and_the_next_frame_is_drawn() -> Result<()> {
    let mut random = Random::of(seed(), "hostile");
    let capture = Capture::start(["videotestsrc num-buffers=1 ! appsink"]).await?;
    let path = format!("/layout?caps=video/x-raw,format=GRAY8,width={WIDTH},height={HEIGHT}");
    let answer: Value = serde_json::from_slice(&http::get(capture.address(), &path).await?.body)?;
    let layout = Layout::deserialize(&answer["layout"])?;
    let picture: Vec<u8> = (0..WIDTH * HEIGHT).map(|n| u8::try_from(n % 251).unwrap_or(0)).collect();
    for encoding in [Encoding::Residual, Encoding::Lz4] {
        let layout = Layout { encoding, ..layout.clone() };
        let mut coded = Vec::new();
        match encoding {
            Encoding::Lz4 => coded = lz4_flex::block::compress_prepend_size(&picture),
            _ => Coder::new(&layout.clone().check()?).encode(&[&picture], &mut coded),
        }
        let mut payloads = broken(&coded, &mut random);
        let count = payloads.len();
        payloads.push(coded);
        let foreign = Foreign::start(layout, payloads).await?;
        let page = format!(
            "<!doctype html><link rel=icon href=data:,><script type=module src=/sink-view.js></script>\
             <script type=module>window.errors = []; document.querySelector('sink-view')\
             .addEventListener('error', ({{ detail }}) => errors.push(detail.text));</script>\
             <sink-view src={}></sink-view>",
            foreign.url()
        );
        let site = Site::start(capture.address(), HashMap::from([("/page".to_owned(), page)])).await?;
        let browser = Browser::at(&format!("{}/page", site.origin())).await?;
        let bytes = async || Ok(browser.call::<Value>("bytes", json!([])).await.ok());
        let read = e2e::until("a frame", bytes).await?;
        assert_eq!(
            (&read["sequence"], &read["data"]),
            (&json!(count), &json!(frames::digest(&picture))),
            "{encoding:?}"
        );
        let errors = browser.run("return window.errors").await?;
        let errors = errors.as_array().context("errors are a list")?;
        assert_eq!(errors.len(), count, "{encoding:?}: {errors:?}");
        let are_words = errors.iter().all(|error| error.as_str().is_some_and(|error| error.len() > 10));
        ensure!(are_words, "{errors:?}");
        browser.finish(&[]).await?;
    }
    Ok(())
}
