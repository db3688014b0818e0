//! Anchors and aliases: copies of nodes, and what they may cost.

use super::super::node::{Node, Resolved, Scalar, Span, Style, Value};
use super::super::problem::{Problem, ProblemKind};
use super::super::syntax;
use super::{Anchor, Builder, Pending, Step};
use std::borrow::Cow;

impl<'a> Builder<'a, '_> {
    pub(super) fn alias(&mut self, id: usize, place: Span) -> Step {
        if let Some(frame) = self.frames.iter().find(|frame| frame.anchor == id) {
            let (start, written) = (frame.start, place.slice(self.text));
            let message = format!("`{written}` stands inside the value that it names, which would never end");
            let problem = Problem::new(ProblemKind::RecursiveAlias, place, message)
                .related(Span { start, end: start }, "the value begins here")
                .help("Write the value out, or give the inner part an anchor of its own.");
            self.problem(problem);
            return self.null_for(place);
        }
        let Some(anchor) = id.checked_sub(1).and_then(|at| self.anchors.get(at)).and_then(Option::as_ref)
        else {
            return self.null_for(place);
        };
        let (size, height) = (anchor.size, anchor.height);
        if self.frames.len() + height > self.depth {
            return Err(syntax::too_deep(place, self.depth));
        }
        if self.expanded + size > self.limits.expanded_nodes {
            return Err(self.too_many_aliases(place));
        }
        let node = Node { alias: Some(place), ..anchor.node.clone() };
        self.expanded += size;
        self.size += size;
        self.last_end = self.last_end.max(place.end);
        self.attach(node, height);
        Ok(())
    }

    fn too_many_aliases(&self, place: Span) -> Problem {
        let message = format!(
            "anchors and aliases make more than {} values out of this document",
            self.limits.expanded_nodes
        );
        Problem::new(ProblemKind::TooManyAliases, place, message)
            .help("Write the repeated parts out or use fewer aliases of aliases.")
    }

    /// A stand-in where a value could not be had, so that the rest is still read.
    pub(super) fn null_for(&mut self, place: Span) -> Step {
        self.last_end = self.last_end.max(place.end);
        self.count(place, 1)?;
        let scalar =
            Scalar { text: Cow::Borrowed(""), style: Style::Plain, resolved: Resolved::Null, trap: None };
        if self.expects_key() {
            // The alias has been reported; a null key would only repeat it.
            self.set_key(Pending::Refused);
        } else {
            self.attach(Node { span: place, alias: None, value: Value::Scalar(scalar) }, 0);
        }
        Ok(())
    }

    /// A node has been read whole: remembers it under its anchor and puts it into the tree.
    pub(super) fn complete(&mut self, node: Node<'a>, anchor: usize, height: usize, size: usize) -> Step {
        if anchor != 0 && self.keeps_anchors {
            // A scalar comes with the running total; one of its own costs what it owns.
            let size = match &node.value {
                Value::Scalar(scalar) => 1 + scalar.text.len() / 256,
                _ => size,
            };
            self.expanded += size;
            if self.expanded > self.limits.expanded_nodes {
                return Err(self.too_many_aliases(node.span));
            }
            if self.anchors.len() < anchor {
                self.anchors.resize(anchor, None);
            }
            if let Some(slot) = self.anchors.get_mut(anchor - 1) {
                *slot = Some(Anchor { node: node.clone(), size, height });
            }
        }
        self.attach(node, height);
        Ok(())
    }
}
