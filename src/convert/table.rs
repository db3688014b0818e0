//! What a field of ours is called elsewhere: one row says both directions.

use super::pass::Way;
use super::tree::Node;

/// A field here and there.
#[derive(Clone, Debug)]
pub(super) struct Row {
    ours: Option<String>,
    theirs: Option<String>,
    /// What happens to the value.
    pub how: How,
    only: Option<Way>,
    remark_in: Option<(&'static str, &'static str)>,
    remark_out: Option<(&'static str, &'static str)>,
    when: Option<bool>,
}

/// What happens to a value on its way.
#[derive(Clone, Debug)]
pub(super) enum How {
    /// It moves, with all that is below it.
    Same,
    /// It moves, and words change: ours, theirs.
    Words(&'static [(&'static str, &'static str)]),
    /// It has nowhere to go.
    Lost { why: &'static str, help: &'static str },
    /// What it says holds anyway.
    Implied { why: &'static str },
    /// It cannot be left out either.
    Refused { why: &'static str, help: &'static str },
}

impl Row {
    /// The field that is read on a way.
    pub(super) fn from(&self, way: Way) -> Option<&str> {
        if self.only.is_some_and(|only| only != way) {
            return None;
        }
        match way {
            Way::In => self.theirs.as_deref(),
            Way::Out => self.ours.as_deref(),
        }
    }

    /// The field that is written on a way.
    pub(super) fn to(&self, way: Way) -> Option<&str> {
        match way {
            Way::In => self.ours.as_deref(),
            Way::Out => self.theirs.as_deref(),
        }
    }

    /// How the meaning of a value changes on a way: what, and what to do.
    pub(super) fn remark(&self, way: Way, value: &Node) -> Option<(&'static str, &'static str)> {
        if self.when.is_some() && value.as_bool().is_some() && value.as_bool() != self.when {
            return None;
        }
        match way {
            Way::In => self.remark_in,
            Way::Out => self.remark_out,
        }
    }

    /// The row holds on the way into our language only: another spelling of what is written elsewhere.
    pub(super) fn read_only(mut self) -> Self {
        self.only = Some(Way::In);
        self
    }

    /// Its remarks are about this value of a boolean only; the other says nothing on either side.
    pub(super) fn when(mut self, value: bool) -> Self {
        self.when = Some(value);
        self
    }

    /// Says that the meaning changes on the way in.
    pub(super) fn changes_in(mut self, what: &'static str, help: &'static str) -> Self {
        self.remark_in = Some((what, help));
        self
    }

    /// Says that the meaning changes on the way out.
    pub(super) fn changes_out(mut self, what: &'static str, help: &'static str) -> Self {
        self.remark_out = Some((what, help));
        self
    }
}

/// A field that has another name there.
pub(super) fn moved(ours: impl Into<String>, theirs: impl Into<String>) -> Row {
    Row {
        ours: Some(ours.into()),
        theirs: Some(theirs.into()),
        how: How::Same,
        only: None,
        remark_in: None,
        remark_out: None,
        when: None,
    }
}

/// A field that is the same there.
pub(super) fn same(path: impl Into<String>) -> Row {
    let path = path.into();
    moved(path.clone(), path)
}

/// A field whose values have other names there.
pub(super) fn words(
    ours: impl Into<String>,
    theirs: impl Into<String>,
    words: &'static [(&'static str, &'static str)],
) -> Row {
    Row { how: How::Words(words), ..moved(ours, theirs) }
}

/// A field of ours that they do not have.
pub(super) fn ours_only(path: impl Into<String>, why: &'static str, help: &'static str) -> Row {
    let path = path.into();
    Row { theirs: None, how: How::Lost { why, help }, ..same(path) }
}

/// A field of theirs that we do not have.
pub(super) fn theirs_only(path: impl Into<String>, why: &'static str, help: &'static str) -> Row {
    let path = path.into();
    Row { ours: None, how: How::Lost { why, help }, ..same(path) }
}

/// A field of theirs that says what always holds here.
pub(super) fn theirs_implied(path: impl Into<String>, why: &'static str) -> Row {
    Row { how: How::Implied { why }, ..theirs_only(path, "", "") }
}

/// A field of ours without which the backup would not be the one that was asked for.
pub(super) fn ours_refused(path: impl Into<String>, why: &'static str, help: &'static str) -> Row {
    Row { how: How::Refused { why, help }, ..ours_only(path, "", "") }
}

/// A field of theirs without which the backup would not be the one that was asked for.
pub(super) fn theirs_refused(path: impl Into<String>, why: &'static str, help: &'static str) -> Row {
    Row { how: How::Refused { why, help }, ..theirs_only(path, "", "") }
}
