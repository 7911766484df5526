//! The file of `--config`: options in TOML, each under its long name.
//!
//! It has no definitions of its own: what it may hold is what the command line may hold, and its values become arguments
//! before those of the command line.

use anyhow::{Context, Result, anyhow, bail, ensure};
use capture::pipeline::Description;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use toml::{Table, Value};

/// What makes no sense in a file.
const NOT_IN_FILES: [&str; 6] = ["config", "print-config", "completions", "man", "help", "version"];
/// Bare words stand for a pipeline, as this option does.
const WORDS: &str = "words";
const PIPELINES: &str = "pipeline";
/// Group and others, of a file's mode.
const OTHERS: u32 = 0o077;

/// The file's options as arguments; none that the command line, read as `given`, has or excludes.
pub(super) fn arguments(command: &Command, given: &ArgMatches, path: &Path) -> Result<Vec<OsString>> {
    let shown = path.display();
    let text = fs::read_to_string(path).with_context(|| format!("--config {shown} cannot be read"))?;
    let table: Table = text.parse().map_err(|error| anyhow!("--config {shown}: {error}"))?;
    let mut arguments = Vec::new();
    for (key, value) in &table {
        let arg = command
            .get_arguments()
            .find(|arg| arg.get_long() == Some(key) && !NOT_IN_FILES.contains(&key.as_str()))
            .ok_or_else(|| unknown(command, key))
            .with_context(|| format!("--config {shown}"))?;
        if arg.is_hide_env_values_set() {
            let mode = fs::metadata(path).map_or(0, |file| file.permissions().mode());
            ensure!(
                mode & OTHERS == 0,
                "--config {shown} holds a secret ({key}), and others may read it; `chmod 600 {shown}`"
            );
        }
        if is_given(command, given, arg) {
            continue;
        }
        let values = values(arg, value).with_context(|| format!("--config {shown}: {key}"))?;
        arguments.extend(values.into_iter().map(OsString::from));
    }
    Ok(arguments)
}

/// Whether the command line has the option, or one that excludes it.
fn is_given(command: &Command, given: &ArgMatches, arg: &Arg) -> bool {
    let is_said = |id: &str| is_said(given, id);
    let by_words = arg.get_long() == Some(PIPELINES) && is_said(WORDS);
    let excludes = |other: &&Arg| {
        command.get_arg_conflicts_with(other).iter().any(|one| one.get_id() == arg.get_id())
            || command.get_arg_conflicts_with(arg).iter().any(|one| one.get_id() == other.get_id())
    };
    by_words
        || is_said(arg.get_id().as_str())
        || command.get_arguments().filter(excludes).any(|other| is_said(other.get_id().as_str()))
}

/// Whether an option has a value that is no default.
fn is_said(matches: &ArgMatches, id: &str) -> bool {
    matches!(matches.value_source(id), Some(ValueSource::CommandLine | ValueSource::EnvVariable))
}

/// An option's arguments.
fn values(arg: &Arg, value: &Value) -> Result<Vec<String>> {
    let name = arg.get_long().unwrap_or_default();
    match (arg.get_action(), value) {
        (ArgAction::SetTrue, Value::Boolean(is_on)) => {
            Ok(is_on.then(|| format!("--{name}")).into_iter().collect())
        }
        (ArgAction::SetTrue, _) => bail!("it is true or false"),
        (ArgAction::Append, Value::Array(all)) => {
            all.iter().map(|one| Ok(format!("--{name}={}", word(one)?))).collect()
        }
        (_, Value::Array(_)) => bail!("it is one value, not a list"),
        (_, one) => Ok(vec![format!("--{name}={}", word(one)?)]),
    }
}

/// A value as the command line has it.
fn word(value: &Value) -> Result<String> {
    Ok(match value {
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        other => bail!("{} is no value of an option; a text or a number is", other.type_str()),
    })
}

fn unknown(command: &Command, key: &str) -> anyhow::Error {
    let names: Vec<_> = command
        .get_arguments()
        .filter_map(Arg::get_long)
        .filter(|name| !NOT_IN_FILES.contains(name))
        .collect();
    anyhow!("{key:?} is no option; there are {}", names.join(", "))
}

/// All options as they are in `matches`, as such a file; secrets are left out.
pub(super) fn print(command: &Command, matches: &ArgMatches) -> String {
    let mut text = String::new();
    for arg in command.get_arguments() {
        let Some(name) = arg.get_long().filter(|name| !NOT_IN_FILES.contains(name)) else { continue };
        let id = arg.get_id().as_str();
        if let Some(help) = arg.get_help() {
            // Writing to a string does not fail.
            let _ = writeln!(text, "# {help}");
        }
        let raw = |id: &str| -> Vec<String> {
            let raw = matches.get_raw(id).into_iter().flatten();
            raw.map(|value| value.to_string_lossy().into_owned()).collect()
        };
        let mut values = raw(id);
        if name == PIPELINES {
            values.splice(0..0, as_texts(raw(WORDS)));
        }
        let line = match (arg.get_action(), values.first()) {
            (ArgAction::SetTrue, _) => format!("{name} = {}", matches.get_flag(id)),
            (ArgAction::Append, None) => format!("{name} = []"),
            (_, None) => format!("{name} ="),
            (_, Some(_)) if arg.is_hide_env_values_set() => format!("{name} = is set, and not shown"),
            (ArgAction::Append, _) => {
                let all: Vec<_> = values.iter().map(|value| toml_value(value)).collect();
                format!("{name} = [{}]", all.join(", "))
            }
            (_, Some(one)) => format!("{name} = {}", toml_value(one)),
        };
        // A default is shown, and stays one where the file is read again.
        let is_said = is_said(matches, id) || name == PIPELINES && is_said(matches, WORDS);
        let is_shown = is_said && !arg.is_hide_env_values_set();
        let _ = writeln!(text, "{}{line}\n", if is_shown { "" } else { "# " });
    }
    text
}

/// The pipelines that bare words ask for, as texts: blanks in a word are escaped, as `gst-launch-1.0` does.
fn as_texts(words: Vec<String>) -> Vec<String> {
    if words.len() < 2 || Description::from_words(words.clone()).len() > 1 {
        return words;
    }
    vec![words.iter().map(|word| word.replace(' ', "\\ ")).collect::<Vec<_>>().join(" ")]
}

fn toml_value(text: &str) -> String {
    match text.parse::<i64>() {
        Ok(number) if number.to_string() == text => text.to_owned(),
        _ => Value::String(text.to_owned()).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Args;
    use clap::CommandFactory;
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    fn read(text: &str, line: &[&str]) -> Result<Args, String> {
        let file = file(text);
        let path = file.path().to_str().unwrap().to_owned();
        let line = ["capture", "--config", &path].into_iter().chain(line.iter().copied()).map(Into::into);
        Args::read(line).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn a_file_has_the_options_of_the_command_line() {
        let text = "
            pipeline = ['videotestsrc ! appsink name=a', 'audiotestsrc ! appsink']
            listen = '127.0.0.1:9'
            history = 4096
            allow-host = ['robot']
            open = true
        ";
        let args = read(text, &[]).unwrap();
        assert_eq!(args.descriptions().len(), 2);
        assert_eq!(args.access.listen.port(), 9);
        assert_eq!(args.history, 4096);
        assert_eq!(args.access.allow_hosts, ["robot"]);
        assert!(args.operation.open);
    }

    #[test]
    fn the_command_line_goes_before_the_file() {
        let text = "pipeline = 'videotestsrc ! appsink'\nlisten = '127.0.0.1:9'\non-eos = 'exit'";
        let args = read(text, &["--listen=127.0.0.1:10", "fakesrc", "!", "appsink"]).unwrap();
        assert_eq!(args.access.listen.port(), 10);
        assert_eq!(args.descriptions().len(), 1);
        assert_eq!(args.life.on_eos(), capture::pipeline::OnEos::Exit);
        let excluded = file("token = 'abc'");
        let path = excluded.path().to_str().unwrap();
        let line = ["capture", "--config", path, "--no-auth"].map(Into::into);
        let args = Args::read(line).unwrap();
        assert!(args.access.no_auth && args.access.token.is_none());
    }

    #[test]
    fn what_is_wrong_in_a_file_is_named() {
        for (text, said) in [
            ("lisen = 'x'", "\"lisen\" is no option"),
            ("config = 'x'", "\"config\" is no option"),
            ("open = 'yes'", "open: it is true or false"),
            ("listen = ['127.0.0.1:1']", "listen: it is one value"),
            ("history = 1979-05-27", "datetime is no value"),
            ("listen =", "TOML"),
            ("history = 'much'", "a number of bytes"),
        ] {
            let error = read(text, &[]).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
        let missing = Args::read(["capture", "--config", "/nowhere/x.toml"].map(Into::into)).unwrap_err();
        assert!(format!("{missing:#}").contains("/nowhere/x.toml cannot be read"), "{missing:#}");
    }

    #[test]
    fn a_secret_that_others_may_read_is_refused() {
        let file = file("token = 'abc'");
        let path = file.path().to_str().unwrap().to_owned();
        let read = || Args::read(["capture", "--config", &path].map(Into::into));
        assert_eq!(read().unwrap().access.token.as_deref(), Some("abc"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(read().unwrap_err().to_string().contains("chmod 600"));
    }

    #[test]
    fn what_is_printed_reads_as_the_same() {
        let line = [
            "capture",
            "--token=geheim",
            "--on-eos=loop",
            "--allow-host=a",
            "--open",
            "-p",
            "x ! y",
            "v",
            "a=b c",
            "!",
            "appsink",
        ];
        let command = Args::command();
        let matches = command.clone().try_get_matches_from(line).unwrap();
        let printed = super::print(&command, &matches);
        assert!(!printed.contains("geheim"), "{printed}");
        let args = read(&printed, &[]).unwrap();
        assert_eq!(args.life.on_eos(), capture::pipeline::OnEos::Loop);
        assert_eq!(args.access.allow_hosts, ["a"]);
        assert!(args.operation.open);
        let texts = ["v a=b\\ c ! appsink", "x ! y"].map(capture::pipeline::Description::one);
        assert_eq!(args.descriptions(), texts);
    }
}
