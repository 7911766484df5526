//! From a [`Description`] to a pipeline whose appsinks are known, with their names and the user's properties.

use super::built::{BuildError, Built, Tapped};
use super::description::{Description, SourceError};
use super::redact::clean;
use super::scan::{self, Element};
use super::{ends, remedy, source};
use gst::glib;
use gst::prelude::*;
use gst_app::AppSink;

/// Builds the pipeline that is asked for. GStreamer must be initialised.
pub fn build(description: &Description) -> Result<Built, BuildError> {
    description.check()?;
    build_ahead(description)
}

/// The same where a source may appear later: whether it is there is found out when the pipeline starts.
pub fn build_ahead(description: &Description) -> Result<Built, BuildError> {
    let text = clean(&description.to_string());
    Ok(Built { asked: description.clone(), description: text, ..of(description)? })
}

fn of(description: &Description) -> Result<Built, BuildError> {
    let (pipeline, tapped) = match description {
        Description::TestPattern => source::test_pattern()?,
        Description::Uri(uri) => source::uri(uri)?,
        Description::File(path) => source::file(path)?,
        Description::Device(path) => source::device(path)?,
        Description::Text(text) => return parsed(text, None),
        Description::Words(words) => return parsed(&scan::join(words), Some(words)),
    };
    Ok(Built::new(pipeline, vec![tapped]))
}

/// Parses `text`; bare words, where it was such, are given to GStreamer as they are.
fn parsed(text: &str, words: Option<&[String]>) -> Result<Built, BuildError> {
    let elements = scan::elements(text);
    if let [only] = &*elements
        && only.properties.is_empty()
        && text.trim() == only.factory
        && gst::ElementFactory::find(&only.factory).is_none()
    {
        return Err(BuildError::NoSuchElement {
            word: only.factory.clone(),
            remedy: remedy::missing_element(&only.factory),
        });
    }
    if elements.is_empty() && looks_like_path(text) {
        return Err(SourceError::NoSuchFile { path: text.trim().into() }.into());
    }
    if scan::ends_in_caps(text) {
        tracing::info!("the caps at the end lead nowhere and get an appsink");
        return parsed(&format!("{text} ! appsink"), None);
    }
    let has_appsink = elements.iter().any(|element| element.factory == "appsink");
    let displays: Vec<&Element> =
        elements.iter().filter(|element| !has_appsink && ends::is_replaced(&element.factory)).collect();
    let built = if displays.is_empty() {
        let pipeline = launch(text, words, &elements)?;
        let tapped = appsinks(&pipeline, &elements);
        Built::new(pipeline, tapped)
    } else {
        without_displays(text, &displays)?
    };
    complete(built)
}

/// A word with a point or slash in it, as a misspelled file has.
fn looks_like_path(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && !text.contains(['!', '=']) && text.contains(['.', '/'])
}

fn without_displays(text: &str, displays: &[&Element]) -> Result<Built, BuildError> {
    for element in displays {
        tracing::info!("an appsink takes the place of {}", element.factory);
    }
    let text = ends::replaced(text, displays);
    let elements = scan::elements(&text);
    let pipeline = launch(&text, None, &elements)?;
    let tapped = appsinks(&pipeline, &elements);
    Ok(Built::new(pipeline, tapped))
}

fn complete(mut built: Built) -> Result<Built, BuildError> {
    if built.tapped.is_empty() {
        built.tapped = ends::complete(&built.pipeline)?;
    }
    if built.tapped.is_empty() {
        tracing::warn!(
            "nothing of this pipeline is to be seen: none of its ends is an appsink; branch one off: \
             `… ! tee name=t ! queue ! SINK t. ! queue ! appsink`"
        );
    }
    Ok(built)
}

fn launch(text: &str, words: Option<&[String]>, elements: &[Element]) -> Result<gst::Pipeline, BuildError> {
    let mut context = gst::ParseContext::new();
    let parsed = match words {
        Some(words) => {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            gst::parse::launchv_full(&words, Some(&mut context), gst::ParseFlags::FATAL_ERRORS)
        }
        None => gst::parse::launch_full(text, Some(&mut context), gst::ParseFlags::FATAL_ERRORS),
    };
    let element = parsed.map_err(|error| parse_error(&error, &context.missing_elements(), elements))?;
    match element.downcast::<gst::Pipeline>() {
        Ok(pipeline) => Ok(pipeline),
        Err(element) => {
            // A lone element, or a bin.
            let pipeline = gst::Pipeline::new();
            pipeline.add(&element).map_err(|_| BuildError::Assemble)?;
            Ok(pipeline)
        }
    }
}

fn parse_error(error: &glib::Error, missing: &[String], elements: &[Element]) -> BuildError {
    let message = clean(error.message());
    let remedy = match error.kind::<gst::ParseError>() {
        Some(gst::ParseError::NoSuchElement) => {
            let factory = missing.first().cloned().or_else(|| quoted(&message));
            factory.map(|factory| remedy::missing_element(&factory))
        }
        Some(gst::ParseError::NoSuchProperty) => quoted(&message).map(|property| no_property(&property, elements)),
        Some(gst::ParseError::Link | gst::ParseError::DelayedLink) => Some(
            "their caps have nothing in common: check format names, or put `videoconvert` (for raw video) or \
             `decodebin` (for encoded) between them"
                .to_owned(),
        ),
        Some(gst::ParseError::CouldNotSetProperty) => {
            Some("`gst-inspect-1.0 ELEMENT` lists its properties and their values".to_owned())
        }
        Some(gst::ParseError::Syntax | gst::ParseError::Empty | gst::ParseError::EmptyBin) => Some(
            "a pipeline is `ELEMENT property=value ! ELEMENT ! …`, and `!` stands between two elements".to_owned(),
        ),
        _ => None,
    };
    let remedy = remedy.unwrap_or_else(|| "`gst-launch-1.0` takes the same descriptions".to_owned());
    BuildError::Parse { message, remedy }
}

fn no_property(property: &str, elements: &[Element]) -> String {
    let element = elements.iter().find(|element| element.spells(property));
    let factory = element.map_or("ELEMENT", |element| element.factory.as_str());
    match remedy::near_property(factory, property) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("`gst-inspect-1.0 {factory}` lists its properties"),
    }
}

/// The first word in quotes.
fn quoted(message: &str) -> Option<String> {
    message.split('"').nth(1).map(str::to_owned)
}

/// The appsinks of a pipeline in the order of its text, those the text does not know at the end.
fn appsinks(pipeline: &gst::Pipeline, elements: &[Element]) -> Vec<Tapped> {
    let mut found: Vec<AppSink> = pipeline
        .iterate_recurse()
        .into_iter()
        .filter_map(Result::ok)
        .filter_map(|element| element.downcast::<AppSink>().ok())
        .collect();
    // Unnamed elements are numbered as they are created.
    found.sort_by_key(|sink| automatic_number(&sink.name()));
    let mut tapped = Vec::new();
    let named: Vec<&str> = elements.iter().filter_map(|element| element.name.as_deref()).collect();
    for element in elements.iter().filter(|element| element.factory == "appsink") {
        let at = found.iter().position(|sink| match &element.name {
            Some(name) => sink.name() == name.as_str(),
            None => automatic_number(&sink.name()).is_some() && !named.contains(&sink.name().as_str()),
        });
        if let Some(at) = at {
            let spelled = element.properties.iter().map(|one| one.name.clone()).collect();
            tapped.push(Tapped { sink: found.remove(at), name: element.name.clone(), spelled });
        }
    }
    tapped.extend(found.into_iter().map(|sink| match automatic_number(&sink.name()) {
        Some(_) => Tapped::unnamed(sink),
        None => Tapped::named(sink),
    }));
    tapped
}

fn automatic_number(name: &str) -> Option<u64> {
    name.strip_prefix("appsink")?.parse().ok()
}
