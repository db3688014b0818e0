//! The items of the answer: what passes, and what specs become.

use std::collections::{BTreeMap, BTreeSet};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::bundle::{Bundle, Wanted};
use crate::cli::CommandError;
use crate::cli::session::Ready;
use crate::diagnostics::{Diagnostic, codes};
use crate::emit::krm::{self, Answer, File, Identity, Occupants};
use crate::emit::once;
use crate::input::document::{Content, Document};
use crate::input::locate::{self, Finding};
use crate::input::resource_list::{ResourceList, Style};
use crate::render::Object;
use crate::rules::Context;

/// Units whose objects are built and written at a time: enough to keep all cores busy, few enough that thousands of
/// specs never stand in memory as text.
const CHUNK: usize = 512;

/// Finds what stands in the way of the objects of specs, and what remains of an earlier run.
pub(super) fn check(ready: &Ready, occupants: &Occupants) -> Vec<Diagnostic> {
    let context = ready.context();
    let bundle = Bundle::new(&context, Wanted::Backups);
    let maker = Maker { bundle: &bundle, context: &context };
    let mut found = Vec::new();
    let mut made: BTreeSet<Identity> = BTreeSet::new();
    let mut look = |document: &Document, objects: &[Object]| {
        for object in objects {
            let identity = krm::identity(object);
            if let Some(occupant) = occupants.get(&identity)
                && !occupant.ours
            {
                let (kind, namespace, name) = &identity;
                let finding = Finding::new(
                    &codes::ITEM_IN_THE_WAY,
                    "metadata.name",
                    format!("this spec becomes the {kind} `{namespace}/{name}`, and an item of the list is called so"),
                )
                .help("rename the spec or the item, or delete the item if it came from this spec");
                found.extend(locate::diagnostics(document, vec![finding], context.documents));
            }
            made.insert(identity);
        }
    };
    let units: Vec<Unit<'_>> = bundle.namespaces().flat_map(Unit::of_namespace).collect();
    // Only what runs once has something to say here, and only with others about it everything has to be made.
    let one = |unit: &Unit<'_>| match unit {
        Unit::Shared(specs) => {
            let document = context.documents.get(*specs.first()?)?;
            (!occupants.is_empty()).then(|| (document, (maker.shared(specs), Vec::new())))
        }
        Unit::Own(index) => {
            let document = context.documents.get(*index)?;
            let once = document.backup().is_some_and(|spec| spec.schedule.is_none());
            (once || !occupants.is_empty()).then(|| (document, maker.own(*index)))
        }
    };
    let mut told = Vec::new();
    for chunk in units.chunks(CHUNK) {
        let parts: Vec<_> = chunk.par_iter().filter_map(one).collect();
        for (document, (objects, findings)) in parts {
            look(document, &objects);
            told.extend(locate::diagnostics(document, findings, context.documents));
        }
    }
    found.extend(told);
    found.extend(occupants.left_over(&|identity| made.contains(identity)));
    found
}

/// Writes the items that pass, each object that takes the place of an earlier one there, and then all others.
pub(super) fn write(
    answer: &mut Answer<'_, '_>,
    list: &ResourceList,
    ready: &Ready,
    occupants: &Occupants,
    keep_specs: bool,
) -> Result<(), CommandError> {
    let context = ready.context();
    let bundle = Bundle::new(&context, Wanted::Backups);
    let maker = Maker { bundle: &bundle, context: &context };
    let dropped: BTreeSet<usize> = match keep_specs {
        true => BTreeSet::new(),
        false => context.documents.iter().filter(|document| gone(document)).filter_map(item(list)).collect(),
    };
    let mut replaced =
        if occupants.is_empty() { BTreeMap::new() } else { maker.replaced(list.style(), occupants)? };
    for (number, passing) in list.items().iter().enumerate() {
        match replaced.remove(&number) {
            Some(text) => answer.item(&text)?,
            None if dropped.contains(&number) => {}
            None => answer.item(list.verbatim(passing))?,
        }
    }
    let style = list.style();
    let text = |objects: Vec<Object>, file: Option<&File>| -> std::io::Result<Vec<String>> {
        let mut texts = Vec::with_capacity(objects.len());
        for mut object in objects {
            if occupants.get(&krm::identity(&object)).is_some() {
                continue;
            }
            if let Some(file) = file {
                krm::put_beside(&mut object, file);
            }
            let mut text = String::with_capacity(6 * 1024);
            krm::append(style, &object, &mut text)?;
            texts.push(text);
        }
        Ok(texts)
    };
    let units: Vec<Unit<'_>> = bundle.namespaces().flat_map(Unit::of_namespace).collect();
    let one = |unit: &Unit<'_>| match unit {
        Unit::Shared(specs) => {
            let file = specs.iter().find_map(|index| file_of(context.documents.get(*index)?));
            text(maker.shared(specs), file.as_ref())
        }
        Unit::Own(index) => {
            let file = context.documents.get(*index).and_then(file_of);
            text(maker.own(*index).0, file.as_ref())
        }
    };
    for chunk in units.chunks(CHUNK) {
        // A handful is written sooner than a thread pool is started.
        let texts: Vec<std::io::Result<Vec<String>>> = match chunk.len() < CHUNK / 4 {
            true => chunk.iter().map(one).collect(),
            false => chunk.par_iter().map(one).collect(),
        };
        for part in texts {
            for text in part? {
                answer.item(&text)?;
            }
        }
    }
    Ok(())
}

/// What is made at once.
enum Unit<'a> {
    /// Accounts and claims of the specs of a namespace.
    Shared(&'a [usize]),
    /// The rest of one spec.
    Own(usize),
}

impl<'a> Unit<'a> {
    fn of_namespace(specs: &'a [usize]) -> impl Iterator<Item = Self> {
        std::iter::once(Self::Shared(specs)).chain(specs.iter().copied().map(Self::Own))
    }
}

/// Whether a document does its work here and goes no further.
fn gone(document: &Document) -> bool {
    document.is_spec() || matches!(document.content, Content::Target(_))
}

/// The number of the item that a document is; those of `--target` are none.
fn item<'l>(list: &'l ResourceList) -> impl Fn(&Document) -> Option<usize> + 'l {
    move |document| {
        let of_list = &*document.origin.path == crate::input::resource_list::STREAM;
        of_list.then(|| list.item_of(document.origin.offset)).flatten()
    }
}

fn file_of(document: &Document) -> Option<File> {
    krm::file(&document.metadata.annotations)
}

/// Makes objects.
struct Maker<'a> {
    bundle: &'a Bundle<'a>,
    context: &'a Context<'a>,
}

impl Maker<'_> {
    fn shared(&self, specs: &[usize]) -> Vec<Object> {
        self.bundle.shared_objects(specs).into_iter().map(|rendered| rendered.object).collect()
    }

    /// The objects of one spec, as a repository has them, and what there is to say about that.
    fn own(&self, index: usize) -> (Vec<Object>, Vec<Finding>) {
        let mut findings = Vec::new();
        let mut objects = Vec::new();
        let document = self.context.documents.get(index);
        for rendered in self.bundle.own_objects(index) {
            let mut object = rendered.object;
            if let Some((document, spec)) = document.and_then(|document| Some((document, document.backup()?)))
            {
                findings.extend(once::adapt(&document.metadata.name, spec, &mut object));
            }
            objects.push(object);
        }
        (objects, findings)
    }

    /// Texts of objects that take the places of items, by the numbers of those. They keep the files of the items, which
    /// a person may have moved.
    fn replaced(&self, style: Style, occupants: &Occupants) -> std::io::Result<BTreeMap<usize, String>> {
        let mut texts = BTreeMap::new();
        let mut put = |mut object: Object| -> std::io::Result<()> {
            let Some(occupant) = occupants.get(&krm::identity(&object)) else { return Ok(()) };
            if let Some(file) = &occupant.file {
                krm::put_into(&mut object, file);
            }
            let mut text = String::new();
            krm::append(style, &object, &mut text)?;
            texts.insert(occupant.item, text);
            Ok(())
        };
        for specs in self.bundle.namespaces() {
            self.shared(specs).into_iter().try_for_each(&mut put)?;
            for index in specs {
                self.own(*index).0.into_iter().try_for_each(&mut put)?;
            }
        }
        Ok(texts)
    }
}
