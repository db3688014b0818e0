//! `explain`: what a code or a field means.

use std::io::{self, Write};

use clap::Args;
use serde_json::{Value, json};

use crate::api::shape::Shape;
use crate::cli::arguments::TextOrJson;
use crate::cli::reference::fields::{self, KINDS, Located, allowed, since, type_name};
use crate::cli::reference::first_sentence;
use crate::cli::{CommandError, Exit, Ui};
use crate::diagnostics::{
    ALL, CONTRACT_ERRORS, Code, ContractError, Definition, HUNDREDS, by_alias, by_code, by_name,
};
use crate::input::spelling::closest;

/// Explain a code or a field of a spec
///
/// A code says what a finding means, why it matters and what to do. A field says what it means, what it may be, and
/// which argument or object field it becomes. Without a topic, every code in a line.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Arguments {
    /// A code (NB011), its name (duplicate-key), an error name of the command-line contract (BACKUP_NO_SPACE), or a
    /// field (spec.options.tempPath, restore.spec.source, tempPath)
    #[arg(value_name = "CODE|FIELD")]
    topic: Option<String>,

    /// Format of the answer
    #[arg(long, short = 'o', value_enum, value_name = "FORMAT", default_value = "text")]
    output: TextOrJson,

    #[command(flatten)]
    _never_asks: crate::cli::arguments::NeverAsks,
}

const EXAMPLES: &str = "\
Examples:
  # What does this finding mean?
  kubectl neo4j-backup explain NB011

  # What does this field become?
  kubectl neo4j-backup explain spec.options.tempPath

  # The fields of a block, of one kind
  kubectl neo4j-backup explain restore.spec.source

  # A field by its name alone
  kubectl neo4j-backup explain preferDiffAsParent

  # Every code, for a script
  kubectl neo4j-backup explain -o json";

pub(in crate::cli) fn run(ui: &mut Ui, arguments: Arguments) -> Result<Exit, CommandError> {
    let answer = match arguments.topic.as_deref().map(str::trim) {
        None => Answer::Catalogue,
        Some(topic) => find(topic)?,
    };
    let mut out = ui.output();
    match arguments.output {
        TextOrJson::Text => write_text(&mut out, &answer)?,
        TextOrJson::Json => {
            serde_json::to_writer_pretty(&mut out, &to_json(&answer)).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(Exit::Success)
}

enum Answer {
    Catalogue,
    Definition(&'static Definition),
    Contract(&'static ContractError),
    /// What was asked for, and where else the same field stands. Several when kinds share the path.
    Fields(Vec<Located>, Vec<String>),
}

fn find(topic: &str) -> Result<Answer, CommandError> {
    if let Ok(code) = topic.parse::<Code>() {
        return by_code(code).map(Answer::Definition).ok_or_else(|| unknown_code(&code.to_string()));
    }
    if let Some(error) = CONTRACT_ERRORS.iter().find(|error| error.name.eq_ignore_ascii_case(topic)) {
        return Ok(Answer::Contract(error));
    }
    if let Some(definition) = by_name(&topic.to_ascii_lowercase()) {
        return Ok(Answer::Definition(definition));
    }
    let looks_like_code = topic.get(..2).is_some_and(|prefix| prefix.eq_ignore_ascii_case("nb"))
        && topic.len() > 2
        && topic.bytes().skip(2).all(|byte| byte.is_ascii_digit());
    if looks_like_code {
        return Err(unknown_code(&topic.to_ascii_uppercase()));
    }
    find_field(topic)
}

fn unknown_code(code: &str) -> CommandError {
    let codes: Vec<String> = ALL.iter().map(|definition| definition.code.to_string()).collect();
    let error = CommandError::usage(format!("there is no code {code}"));
    let error = match closest(code, codes.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error,
    };
    error.hint("`kubectl neo4j-backup explain` lists every code")
}

fn find_field(topic: &str) -> Result<Answer, CommandError> {
    let path = topic.replace("[]", "").replace("[*]", "").replace(".*", "");
    let path = path.trim_matches('.');
    let (kinds, path) = split_kind(path);
    let absolute = if path == "spec" || path.starts_with("spec.") || path.starts_with("spec[") {
        path.to_owned()
    } else if path.is_empty() {
        "spec".to_owned()
    } else {
        format!("spec.{path}")
    };
    let exact: Vec<Located> = kinds.iter().filter_map(|kind| fields::at(kind, &absolute)).collect();
    if !exact.is_empty() {
        return Ok(Answer::Fields(exact, Vec::new()));
    }
    let all: Vec<Located> = kinds.iter().flat_map(|kind| fields::of_kind(kind)).collect();
    let ending = format!(".{path}");
    let mut matches: Vec<Located> =
        all.iter().filter(|located| located.path.ends_with(&ending)).cloned().collect();
    if matches.is_empty() {
        return Err(unknown_field(topic, path, &all));
    }
    // The alias `spec.cloud` is the last place that somebody who asks for `endpointURL` wants to hear of.
    matches.sort_by_key(|located| located.path.starts_with("spec.cloud"));
    let same = |located: &Located| {
        matches.first().is_some_and(|first| {
            located.description() == first.description() && type_name(located.shape) == type_name(first.shape)
        })
    };
    if matches.iter().all(same) {
        let mut matches = matches.into_iter();
        let first: Vec<Located> = matches.by_ref().take(1).collect();
        let elsewhere =
            matches.map(|located| format!("{}.{}", short_kind(located.kind), located.path)).collect();
        return Ok(Answer::Fields(first, elsewhere));
    }
    let several = CommandError::usage(format!("`{topic}` is the name of several fields"));
    Err(matches.iter().take(12).fold(several, |error, located| {
        error.hint(format!("kubectl neo4j-backup explain {}.{}", short_kind(located.kind), located.path))
    }))
}

/// Splits `backup.` and the like off a path.
fn split_kind(path: &str) -> (Vec<&'static str>, &str) {
    let (head, rest) = path.split_once('.').unwrap_or((path, ""));
    let head = head.to_ascii_lowercase();
    let stem = head.strip_prefix("neo4j").unwrap_or(&head);
    let stem = stem.strip_suffix('s').unwrap_or(stem);
    let kind = KINDS.into_iter().find(|kind| short_kind(kind) == stem);
    match kind {
        // `target` is a block of a backup, too: only `target.spec…` and `neo4jtarget` mean the kind.
        Some("Neo4jTarget")
            if !(head.starts_with("neo4j") || rest == "spec" || rest.starts_with("spec.")) =>
        {
            (KINDS.to_vec(), path)
        }
        Some(kind) => (vec![kind], rest),
        None => (KINDS.to_vec(), path),
    }
}

fn short_kind(kind: &str) -> &'static str {
    match kind {
        "Neo4jBackup" => "backup",
        "Neo4jRestore" => "restore",
        _ => "target",
    }
}

fn unknown_field(topic: &str, path: &str, all: &[Located]) -> CommandError {
    let error = CommandError::usage(format!("there is no code and no field `{topic}`"));
    let last = path.rsplit('.').next().unwrap_or(path);
    let near = closest(last, all.iter().map(Located::name))
        .and_then(|name| {
            // Of several fields of that name, the one whose path has most in common with what was typed.
            let words: Vec<&str> = path.split('.').collect();
            all.iter()
                .filter(|located| located.name() == name)
                .max_by_key(|located| located.path.split('.').filter(|word| words.contains(word)).count())
        })
        .map(|located| format!("{}.{}", short_kind(located.kind), located.path))
        .or_else(|| closest(topic, ALL.iter().map(|definition| definition.name)).map(str::to_owned))
        .or_else(|| closest(topic, CONTRACT_ERRORS.iter().map(|error| error.name)).map(str::to_owned));
    let error = match near {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error,
    };
    error.hint("`kubectl neo4j-backup explain spec` lists the fields, `explain` alone every code")
}

fn write_text(out: &mut impl Write, answer: &Answer) -> io::Result<()> {
    match answer {
        Answer::Catalogue => {
            for (index, hundred) in HUNDREDS.iter().enumerate() {
                let gap = if index == 0 { "" } else { "\n" };
                writeln!(out, "{gap}NB{}xx: {}", hundred.digit, hundred.title)?;
                for definition in hundred.definitions {
                    let severity = definition.severity.as_str();
                    writeln!(out, "  {}  {severity:<7}  {}", definition.code, definition.summary)?;
                }
            }
            Ok(())
        }
        Answer::Definition(definition) => write_definition(out, definition),
        Answer::Contract(error) => {
            writeln!(out, "{}: {}", error.name, error.meaning)?;
            writeln!(
                out,
                "\n{}",
                wrap(
                    "An error name of the command-line contract (document 003, \"Error Codes\"). Machine output carries it as `alias` beside the code that raises it."
                )
            )?;
            writeln!(out, "\nWhat to do: {}.", error.action)?;
            let mut raised = by_alias(error.name).peekable();
            if raised.peek().is_none() {
                writeln!(out, "\nNothing in this version raises it yet.")?;
            }
            for definition in raised {
                writeln!(out)?;
                write_definition(out, definition)?;
            }
            Ok(())
        }
        Answer::Fields(fields, elsewhere) => {
            for (index, located) in fields.iter().enumerate() {
                if index > 0 {
                    writeln!(out)?;
                }
                write_field(out, located, elsewhere)?;
            }
            Ok(())
        }
    }
}

fn write_definition(out: &mut impl Write, definition: &Definition) -> io::Result<()> {
    writeln!(out, "{}[{}]: {}", definition.severity, definition.code, definition.name)?;
    writeln!(out, "{}", wrap(definition.summary))?;
    writeln!(out, "\n{}", wrap(definition.explanation))?;
    writeln!(out, "\nWhat to do: {}", wrap(definition.remedy))?;
    match definition.alias {
        Some(alias) => writeln!(out, "\nAlias: {alias}"),
        None => Ok(()),
    }
}

fn write_field(out: &mut impl Write, located: &Located, elsewhere: &[String]) -> io::Result<()> {
    writeln!(out, "{} {}", located.kind, located.path)?;
    writeln!(out, "\n{}\n", wrap(located.description()))?;
    writeln!(out, "  type:     {}", type_name(located.shape))?;
    if let Some(allowed) = allowed(located.shape) {
        writeln!(out, "  allowed:  {}", allowed.replace('`', ""))?;
    }
    if located.field.is_some() {
        writeln!(out, "  required: {}", if located.required() { "yes" } else { "no" })?;
    }
    if let Some(default) = located.default() {
        writeln!(out, "  default:  {default}")?;
    }
    if let Some(effect) = located.effect() {
        if let Some(since) = since(effect) {
            writeln!(out, "  since:    Neo4j {since}")?;
        }
        writeln!(out, "\nBecomes: {}", wrap(effect.becomes))?;
        writeln!(out, "\nSource: {}", effect.source)?;
    }
    if !elsewhere.is_empty() {
        writeln!(out, "\nAlso at:")?;
        for path in elsewhere {
            writeln!(out, "  {path}")?;
        }
    }
    let children = located.children();
    if !children.is_empty() {
        writeln!(out, "\nFields:")?;
    }
    let width = children.iter().map(|child| child.name().len()).max().unwrap_or(0);
    for child in children {
        let required = if child.required() { " (required)" } else { "" };
        writeln!(out, "  {:<width$}  {}{required}", child.name(), first_sentence(child.description()))?;
    }
    Ok(())
}

/// Text in lines of at most 100 columns; words that are longer stay whole.
fn wrap(text: &str) -> String {
    let mut lines = String::with_capacity(text.len());
    for (index, paragraph) in text.split("\n").enumerate() {
        if index > 0 {
            lines.push('\n');
        }
        let mut column = 0;
        for word in paragraph.split(' ') {
            let width = word.chars().count();
            if column > 0 && column + 1 + width > 100 {
                lines.push('\n');
                column = 0;
            } else if column > 0 {
                lines.push(' ');
                column += 1;
            }
            lines.push_str(word);
            column += width;
        }
    }
    lines
}

fn to_json(answer: &Answer) -> Value {
    match answer {
        Answer::Catalogue => {
            json!({"codes": ALL.iter().map(|definition| definition_json(definition)).collect::<Vec<_>>()})
        }
        Answer::Definition(definition) => json!({"codes": [definition_json(definition)]}),
        Answer::Contract(error) => json!({
            "alias": error.name,
            "meaning": error.meaning,
            "action": error.action,
            "codes": by_alias(error.name).map(definition_json).collect::<Vec<_>>(),
        }),
        Answer::Fields(fields, elsewhere) => {
            json!({"fields": fields.iter().map(|located| field_json(located, elsewhere)).collect::<Vec<_>>()})
        }
    }
}

fn definition_json(definition: &Definition) -> Value {
    json!({
        "code": definition.code,
        "name": definition.name,
        "severity": definition.severity,
        "alias": definition.alias,
        "summary": definition.summary,
        "explanation": definition.explanation,
        "remedy": definition.remedy,
    })
}

fn field_json(located: &Located, elsewhere: &[String]) -> Value {
    let effect = located.effect();
    let choices = match located.shape {
        Shape::Choice(values) => Some(*values),
        _ => None,
    };
    json!({
        "kind": located.kind,
        "path": located.path,
        "description": located.description(),
        "type": type_name(located.shape),
        "choices": choices,
        "required": located.required(),
        "default": located.default(),
        "since": effect.and_then(since),
        "becomes": effect.map(|effect| effect.becomes),
        "source": effect.map(|effect| effect.source),
        "alsoAt": elsewhere,
        "fields": located.children().iter().map(|child| json!({
            "name": child.name(),
            "type": type_name(child.shape),
            "required": child.required(),
            "description": child.description(),
        })).collect::<Vec<_>>(),
    })
}
