//! The page in a frame of a notebook or a dashboard: where that is allowed, and how the token gets there.

use anyhow::Result;
use e2e::site::Site;
use e2e::{Browser, Capture};
use serde_json::json;
use std::collections::HashMap;

const LIVE: &str =
    "videotestsrc is-live=true ! video/x-raw,format=RGB,width=64,height=48,framerate=30/1 ! appsink name=k";

/// A page of another origin that shows in a frame what its query says.
async fn notebook() -> Result<Site> {
    let html = "<!doctype html><html lang=en><meta charset=utf-8><title>notebook</title>\
                <link rel=icon href='data:,'><body><script>
                  const frame = document.createElement('iframe');
                  frame.onload = () => { document.title = 'framed'; };
                  frame.src = new URLSearchParams(location.search).get('frame');
                  document.body.append(frame);
                </script></body>";
    let nowhere = ([127, 0, 0, 1], 9).into();
    Site::start(nowhere, HashMap::from([("/notebook.html".to_owned(), html.to_owned())])).await
}

/// Shows `framed` in the page at `origin`, and goes into the frame.
async fn framed(origin: &str, framed: &str) -> Result<Browser> {
    let browser = Browser::trusting_all().await?;
    browser.open(&format!("{origin}/notebook.html?frame={}", framed.replace('?', "%3F"))).await?;
    browser.until("the frame", "return document.title === 'framed'").await?;
    browser.enter_frame().await?;
    Ok(browser)
}

/// The same server or page, by a name that is another site to a browser.
fn by_name(url: &str) -> String {
    url.replace("127.0.0.1", "localhost")
}

#[tokio::test]
async fn a_page_that_is_not_listed_frames_nothing() -> Result<()> {
    let site = notebook().await?;
    let capture = Capture::start(["--frame-ancestors", "https://lab.example.org", LIVE]).await?;
    let browser = framed(&site.origin(), capture.url()).await?;
    let found = browser.run("return document.querySelector('sink-view') !== null").await?;
    assert_eq!(found, json!(false));
    browser.finish(&["frame-ancestors", "Refused to frame", "Framing"]).await
}

#[tokio::test]
async fn a_listed_page_of_the_same_host_frames_it_with_a_token() -> Result<()> {
    let site = notebook().await?;
    let capture = Capture::start(["--token", "secret", "--frame-ancestors", &site.origin(), LIVE]).await?;
    let browser = framed(&site.origin(), &format!("{}?token=secret", capture.url())).await?;
    browser.state("live").await?;
    browser.finish(&[]).await
}

#[tokio::test]
async fn a_listed_page_of_another_site_frames_it_with_a_token_over_tls() -> Result<()> {
    let site = notebook().await?;
    let capture =
        Capture::start(["--token", "secret", "--tls-self-signed", "--frame-ancestors", &site.origin(), LIVE])
            .await?;
    let browser = framed(&site.origin(), &format!("{}?token=secret", by_name(capture.url()))).await?;
    browser.state("live").await?;
    browser.finish(&[]).await
}

#[tokio::test]
async fn without_tls_a_page_of_another_site_is_told_that_the_token_is_missing() -> Result<()> {
    let site = notebook().await?;
    let capture = Capture::start(["--token", "secret", "--frame-ancestors", &site.origin(), LIVE]).await?;
    let browser = framed(&site.origin(), &format!("{}?token=secret", by_name(capture.url()))).await?;
    browser.until("the words", "return document.body.innerText.includes('access token')").await?;
    browser.finish(&["401"]).await
}
