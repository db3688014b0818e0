//! Parser events to the tree.
//!
//! Children are collected on two stacks shared by all open collections and moved out in one piece
//! when their collection closes: one exact allocation for each collection. Texts are borrowed from
//! the document wherever decoding changed nothing.

mod alias;
mod scalar;

use super::merge::{self, Merge};
use super::node::{Entry, Mapping, Node, Span, Value};
use super::position::clamp;
use super::problem::{Problem, ProblemKind};
use super::{COMMENT_MARKER, Comment, Limits, Parsed, syntax};
use granit_parser::{Event, Options, Parser};
use memchr::{memchr, memmem, memrchr};
use std::borrow::Cow;

/// Reads one document. The text may begin with a BOM, comments, directives and a `---` line; a
/// second document in it is a problem.
#[must_use]
pub fn parse<'a>(text: &'a str, limits: &Limits) -> Parsed<'a> {
    if text.len() > limits.bytes.min(u32::MAX as usize) {
        let message =
            format!("the document has {} bytes, more than the limit of {}", text.len(), limits.bytes);
        let help = "Split it into documents of one object each, separated by `---` lines.";
        return refused(Problem::new(ProblemKind::TooLarge, Span::default(), message).help(help));
    }
    if let Some(problem) = syntax::forbidden_character(text) {
        return refused(problem);
    }
    let line_break = syntax::foreign_line_break(text);
    let commented = memmem::find(text.as_bytes(), COMMENT_MARKER.as_bytes()).is_some();
    let depth = limits.depth.min(Limits::MAX_DEPTH);
    let mut options = Options::default();
    options.set_emit_comments(commented);
    options.max_buffered_comment_events = usize::MAX;
    options.emit_unresolved_aliases = true;
    options.flow_nesting_limit = depth + 1;
    options.block_nesting_limit = depth + 1;

    let mut builder = Builder {
        text,
        limits,
        depth,
        keeps_anchors: memchr(b'*', text.as_bytes()).is_some(),
        has_tabs: memchr(b'\t', text.as_bytes()).is_some(),
        frames: Vec::new(),
        nodes: Vec::new(),
        entries: Vec::new(),
        anchors: Vec::new(),
        written: 0,
        expanded: 0,
        size: 0,
        last_end: 0,
        token_end: 0,
        started: false,
        parsed: Parsed { problems: line_break.into_iter().collect(), ..Parsed::default() },
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let ended = loop {
        match parser.next_event() {
            None => break Ok(()),
            Some(Err(error)) => break Err(syntax::problem(&error, text, builder.context())),
            Some(Ok((event, span))) => {
                if let Err(problem) = builder.take(event, &span) {
                    break Err(problem);
                }
            }
        }
    };
    builder.finish(ended)
}

fn refused(problem: Problem) -> Parsed<'static> {
    Parsed { problems: vec![problem], ..Parsed::default() }
}

type Step = Result<(), Problem>;

struct Builder<'a, 'l> {
    text: &'a str,
    limits: &'l Limits,
    depth: usize,
    /// Without a `*` in the text no anchor can be used, so none is kept.
    keeps_anchors: bool,
    /// Without a tab in the text none can be in its indentation.
    has_tabs: bool,
    frames: Vec<Frame<'a>>,
    nodes: Vec<Node<'a>>,
    entries: Vec<Entry<'a>>,
    /// By the parser's anchor id, which counts from 1.
    anchors: Vec<Option<Anchor<'a>>>,
    /// Nodes as written.
    written: usize,
    /// Nodes copied for anchors and aliases.
    expanded: usize,
    /// Cost of all nodes so far, copies included; differences of it are sizes of subtrees.
    size: usize,
    /// Where the last key, scalar, alias or bracket ended in the text.
    last_end: u32,
    /// The same with the blank lines at the end of a block scalar.
    token_end: u32,
    started: bool,
    parsed: Parsed<'a>,
}

/// A collection that is still open.
struct Frame<'a> {
    start: u32,
    flow: bool,
    anchor: usize,
    /// Where its children begin on the shared stack.
    base: usize,
    /// Collections inside each other below it.
    height: usize,
    size_before: usize,
    state: State<'a>,
}

enum State<'a> {
    Sequence,
    Mapping { key: Pending<'a>, merge: Option<Box<Merge<'a>>> },
}

enum Pending<'a> {
    /// A key comes next.
    Nothing,
    Key(Cow<'a, str>, Span),
    /// `<<`
    Merge(Span),
    /// The key was refused; its value goes with it.
    Refused,
}

#[derive(Clone)]
struct Anchor<'a> {
    node: Node<'a>,
    size: usize,
    height: usize,
}

impl<'a> Builder<'a, '_> {
    fn take(&mut self, event: Event<'a>, span: &granit_parser::Span) -> Step {
        let place = span_of(span);
        if self.has_tabs {
            self.check_tabs(&event, place)?;
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let node = self.scalar(text, style, tag.as_deref(), span, place)?;
                self.last_end = self.last_end.max(node.span.end);
                self.complete(node, anchor, 0, self.size)
            }
            Event::MappingStart(style, anchor, tag) => {
                self.check_collection_tag("map", tag.as_deref(), span);
                let state = State::Mapping { key: Pending::Nothing, merge: None };
                self.open(place, style, anchor, self.entries.len(), state)
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.check_collection_tag("seq", tag.as_deref(), span);
                self.open(place, style, anchor, self.nodes.len(), State::Sequence)
            }
            Event::MappingEnd | Event::SequenceEnd => self.close(place),
            Event::Alias(id) => self.alias(id, place),
            Event::UnresolvedAlias(name) => {
                let message =
                    format!("`*{name}` names an anchor that is not defined above it in this document");
                let help = format!(
                    "Define it before its use with `&{name}`, in the same document; or quote the value if the `*` is meant literally."
                );
                self.problem(Problem::new(ProblemKind::UnknownAlias, place, message).help(help));
                self.null_for(place)
            }
            Event::Comment(..) => {
                self.comment(place);
                Ok(())
            }
            Event::DocumentStart(..) if std::mem::replace(&mut self.started, true) => {
                Err(syntax::second_document(place))
            }
            _ => Ok(()),
        }
    }

    /// Refuses tabs that the scanner takes for white space and kubectl does not: in the
    /// indentation of a line and after a list's dash, outside of brackets. libyaml allows a tab
    /// only where no key can begin.
    fn check_tabs(&mut self, event: &Event<'a>, place: Span) -> Step {
        if matches!(event, Event::Comment(..)) {
            return Ok(());
        }
        let gap = Span { start: self.token_end, end: place.start };
        self.token_end = self.token_end.max(place.end);
        // A bracket that opens or closes here is still outside of it on one side.
        let inside = self.frames.iter().filter(|frame| frame.flow).count();
        if gap.start >= gap.end || inside > 0 {
            return Ok(());
        }
        syntax::tab_in_gap(self.text, gap).map_or(Ok(()), |tab| Err(syntax::tab(tab)))
    }

    /// Where an error in the parser would have to be explained from.
    fn context(&self) -> syntax::Context {
        let opening = self.frames.iter().rev().find(|frame| frame.flow);
        syntax::Context {
            last_end: self.last_end,
            open_bracket: opening.map(|frame| Span { start: frame.start, end: frame.start + 1 }),
            complete: self.parsed.root.is_some(),
        }
    }

    fn open(
        &mut self,
        place: Span,
        style: granit_parser::StructureStyle,
        anchor: usize,
        base: usize,
        state: State<'a>,
    ) -> Step {
        let size_before = self.size;
        self.count(place, 1)?;
        if self.frames.len() >= self.depth {
            return Err(syntax::too_deep(place, self.depth));
        }
        let flow = style == granit_parser::StructureStyle::Flow && place.start != place.end;
        self.last_end = self.last_end.max(place.end);
        self.frames.push(Frame { start: place.start, flow, anchor, base, height: 0, size_before, state });
        Ok(())
    }

    fn close(&mut self, place: Span) -> Step {
        let Some(frame) = self.frames.pop() else {
            return Ok(());
        };
        if frame.flow {
            self.last_end = self.last_end.max(place.end);
        }
        let span = Span { start: frame.start, end: self.last_end.max(frame.start) };
        let value = match frame.state {
            State::Sequence => Value::Sequence(self.nodes.split_off(frame.base)),
            State::Mapping { merge, .. } => {
                let entries = self.entries.split_off(frame.base);
                let mut problems = Vec::new();
                let entries = merge::finish(entries, merge.map(|merge| *merge), &mut problems);
                problems.into_iter().for_each(|problem| self.problem(problem));
                Value::Mapping(Mapping { entries })
            }
        };
        let node = Node { span, alias: None, value };
        let size = self.size - frame.size_before;
        self.complete(node, frame.anchor, frame.height + 1, size)
    }

    fn attach(&mut self, node: Node<'a>, height: usize) {
        let Some(frame) = self.frames.last_mut() else {
            self.parsed.root = Some(node);
            return;
        };
        frame.height = frame.height.max(height);
        let State::Mapping { key, merge } = &mut frame.state else {
            self.nodes.push(node);
            return;
        };
        match std::mem::replace(key, Pending::Nothing) {
            Pending::Nothing => match merge::key(node, self.text) {
                (merge::Key::Text(text, span), problem) => {
                    *key = Pending::Key(text, span);
                    problem.into_iter().for_each(|problem| self.problem(problem));
                }
                (merge::Key::Merge(span), _) => *key = Pending::Merge(span),
                (merge::Key::Refused, problem) => {
                    *key = Pending::Refused;
                    problem.into_iter().for_each(|problem| self.problem(problem));
                }
            },
            Pending::Key(text, key_span) => {
                self.entries.push(Entry { key: text, key_span, value: node, merged: false });
            }
            Pending::Merge(span) => match merge {
                None => *merge = Some(Box::new(Merge { key_span: span, value: node })),
                Some(first) => {
                    let problem = merge::second(span, first.key_span);
                    self.problem(problem);
                }
            },
            Pending::Refused => {}
        }
    }

    fn expects_key(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { state: State::Mapping { key: Pending::Nothing, .. }, .. }))
    }

    fn set_key(&mut self, pending: Pending<'a>) {
        if let Some(Frame { state: State::Mapping { key, .. }, .. }) = self.frames.last_mut() {
            *key = pending;
        }
    }

    fn count(&mut self, place: Span, size: usize) -> Step {
        self.written += 1;
        self.size += size;
        if self.written > self.limits.nodes {
            let message = format!("the document has more than {} values", self.limits.nodes);
            let help = "Split it into documents of one object each, separated by `---` lines.";
            return Err(Problem::new(ProblemKind::TooLarge, place, message).help(help));
        }
        Ok(())
    }

    fn comment(&mut self, span: Span) {
        let written = span.slice(self.text);
        if !written.contains(COMMENT_MARKER) {
            return;
        }
        let before = self.text.as_bytes().get(..span.start as usize).unwrap_or_default();
        let line = memrchr(b'\n', before).map_or(0, |at| at + 1);
        let own_line = before.get(line..).unwrap_or_default().iter().all(|byte| matches!(byte, b' ' | b'\t'));
        let text = written.strip_prefix('#').unwrap_or(written);
        self.parsed.comments.push(Comment { span, text, own_line });
    }

    fn problem(&mut self, problem: Problem) {
        if self.parsed.problems.len() < self.limits.problems {
            self.parsed.problems.push(problem);
        }
    }

    fn finish(mut self, ended: Step) -> Parsed<'a> {
        if let Err(problem) = ended {
            // Whatever is still open is closed as it is: it may hold the document's name. What its
            // unfinished parts would be blamed for does not count.
            let problems = self.parsed.problems.len();
            while !self.frames.is_empty() && self.parsed.root.is_none() {
                let end = Span { start: self.last_end, end: self.last_end };
                if self.close(end).is_err() {
                    break;
                }
            }
            self.parsed.problems.truncate(problems);
            self.parsed.problems.push(problem);
        }
        // An unfilled template can be well-formed YAML and still is no document.
        if self.parsed.problems.iter().any(|problem| problem.kind.ends_reading()) {
            self.parsed.fragment = self.parsed.root.take();
        }
        self.parsed.problems.sort_by_key(|problem| problem.span);
        self.parsed
    }
}

/// The parser's byte range; it always knows one for a `str`.
fn span_of(span: &granit_parser::Span) -> Span {
    let range = span.byte_range().unwrap_or_default();
    Span { start: clamp(range.start), end: clamp(range.end) }
}
