//! Claims that hold backups: who creates them, who uses them, and whether they can.
//!
//! A claim that this program creates is ReadWriteOnce. Two pods on two nodes cannot have it at once, the second one
//! waits; two pods on one node can, and only Neo4j's file lock keeps them apart (pods.md §4; operator.md §4,
//! pitfall 31).

use crate::api::quantity::Quantity;
use crate::api::storage::{ClaimReference, StorageType};
use crate::diagnostics::{Severity, codes};
use crate::input::foreign::Claim;
use crate::input::{Content, Finding};

use super::overlap::Occupation;
use super::storage_block::StorageBlock;
use super::surroundings::{Found, Surroundings};
use super::{Backup, Context, Restore, Summary};

const NAME: &str = "spec.storage.pvc.name";
const SIZE: &str = "spec.storage.pvc.size";
const CLASS: &str = "spec.storage.pvc.storageClassName";

/// With how many of its predecessors a spec is compared. When more share a claim, they are sorted by the hour of
/// their schedules, so that those that meet stand close to each other.
const NEIGHBOURS: usize = 48;

/// A backup that writes to a claim.
struct Writer<'s> {
    namespace: &'s str,
    claim: &'s str,
    reference: &'s ClaimReference,
    summary: &'s Summary<'s>,
}

/// The claim of a backup is not one that holds the database.
pub(super) fn data_claim(backup: &Backup<'_>, out: &mut Vec<Finding>) {
    let (Some(location), Some(target)) = (&backup.location, backup.target()) else { return };
    let claim = location.claim_name();
    if location.is_claim()
        && backup.namespace == target.namespace
        && target.data_claims.iter().any(|data| data == claim)
    {
        out.push(data_claim_finding("spec.storage.pvc.name", claim, &target.name));
    }
}

/// The same for the claim that a restore reads.
pub(super) fn restored_data_claim(restore: &Restore<'_>, out: &mut Vec<Finding>) {
    let (Some(source), Some(target)) = (&restore.source, restore.target()) else { return };
    let claim = source.location.claim_name();
    let field = match restore.spec.source.as_deref().map(|source| &source.storage) {
        Some(Some(_)) => "spec.source.storage.pvc.name",
        _ => "spec.source",
    };
    if source.location.is_claim() && target.data_claims.iter().any(|data| data == claim) {
        out.push(data_claim_finding(field, claim, &target.name));
    }
}

fn data_claim_finding(field: &'static str, claim: &str, target: &str) -> Finding {
    Finding::new(&codes::DATA_CLAIM, field, format!("`{claim}` holds the database of `{target}` itself"))
        .help("name a claim of its own")
}

/// Claims that several specs write to, that the input describes, or that a restore reads meanwhile.
pub(super) fn claims(context: &Context<'_>, summaries: &[Summary<'_>], out: &mut Vec<(usize, Finding)>) {
    let mut writers: Vec<Writer<'_>> = summaries
        .iter()
        .filter_map(|summary| {
            let storage = context.documents.get(summary.index)?.backup()?.storage.as_ref()?;
            let reference =
                storage.pvc.as_ref().filter(|_| storage.storage_type == Some(StorageType::Pvc))?;
            let claim = reference.name.as_deref()?;
            Some(Writer { namespace: summary.namespace, claim, reference, summary })
        })
        .collect();
    let given = Surroundings::new(context, |document| matches!(document.content, Content::Claim(_)));
    let restores = readers(context);
    if writers.is_empty() && (restores.is_empty() || given.is_empty()) {
        return;
    }
    writers.sort_by_key(|writer| (writer.namespace, writer.claim, writer.summary.index));
    for group in writers.chunk_by(|one, other| (one.namespace, one.claim) == (other.namespace, other.claim)) {
        let Some(first) = group.first() else { continue };
        let found = given.find(first.claim, first.namespace);
        let described = match found {
            Some(Found::Here(index)) => claim_at(context, index).map(|claim| (index, claim)),
            _ => None,
        };
        match (described, found) {
            (Some((index, claim)), _) => {
                for writer in group {
                    given_too(writer, index, claim, out);
                }
            }
            (None, Some(Found::Elsewhere(other, index))) => {
                for writer in group.iter().filter(|writer| writer.reference.size.is_none()) {
                    out.push((
                        writer.summary.index,
                        elsewhere(NAME.to_owned(), writer.claim, writer.namespace, other, index),
                    ));
                }
            }
            _ => {}
        }
        created(group, out);
        let once = match described {
            Some((_, claim)) => is_once(claim),
            None => group.iter().any(|writer| writer.reference.size.is_some()),
        };
        if once {
            shared(context, group, out);
        }
    }
    read(context, &writers, &restores, &given, out);
}

fn claim_at<'a>(context: &Context<'a>, index: usize) -> Option<&'a Claim> {
    match &context.documents.get(index)?.content {
        Content::Claim(claim) => Some(claim),
        _ => None,
    }
}

/// Whether only one node can have the claim. A claim that names no mode is refused by Kubernetes anyhow.
fn is_once(claim: &Claim) -> bool {
    !claim.access_modes.iter().any(|mode| mode == "ReadWriteMany")
}

fn writable(claim: &Claim) -> bool {
    claim.access_modes.iter().any(|mode| mode.starts_with("ReadWrite"))
}

fn elsewhere(field: String, claim: &str, namespace: &str, other: &str, index: usize) -> Finding {
    Finding::new(
        &codes::CLAIM_IN_OTHER_NAMESPACE,
        field,
        format!("the claim `{claim}` of this input is in the namespace `{other}`, and the pods run in `{namespace}`"),
    )
    .help(format!("a pod mounts claims of its own namespace only: make one of that name in `{namespace}`, or give `size`"))
    .note("operator.md §4, pitfalls 30 and 69: a pod whose claim is missing waits until its deadline")
    .related(index, "metadata.name", "the claim of that name")
}

/// A claim that the input describes is not created a second time.
fn given_too(writer: &Writer<'_>, index: usize, claim: &Claim, out: &mut Vec<(usize, Finding)>) {
    let name = writer.claim;
    if !writable(claim) {
        let modes =
            if claim.access_modes.is_empty() { "none".to_owned() } else { claim.access_modes.join(", ") };
        out.push((
            writer.summary.index,
            Finding::new(
                &codes::CLAIM_NOT_WRITABLE,
                NAME,
                format!("nothing can be written to the claim `{name}`: its access modes are {modes}"),
            )
            .help("write `accessModes: [ReadWriteOnce]` in the claim, or `ReadWriteMany` when several nodes need it")
            .related(index, "spec.accessModes", "the access modes of the claim"),
        ));
    }
    let mut told = |field: &'static str, severity: Severity, message: String| {
        out.push((
            writer.summary.index,
            Finding::new(&codes::CLAIM_GIVEN_TOO, field, message)
                .severity(severity)
                .help("change the claim where it is described; here the field can be removed")
                .related(index, "metadata.name", "the claim"),
        ));
    };
    if let Some(size) = writer.reference.size.as_deref() {
        let request = claim.resources.requests.get("storage");
        match request.filter(|request| !same(&request.0, size)) {
            Some(request) => told(
                SIZE,
                Severity::Warning,
                format!(
                    "`size: {size}` has no effect: the claim `{name}` lies in this input with {request}, and that one holds"
                ),
            ),
            None => told(
                SIZE,
                Severity::Notice,
                format!("the claim `{name}` lies in this input and is not rendered a second time"),
            ),
        }
        if let Some(class) = writer.reference.storage_class_name.as_deref()
            && claim.storage_class_name.as_deref() != Some(class)
        {
            let other = match &claim.storage_class_name {
                Some(other) => format!("the class `{other}`"),
                None => "no class".to_owned(),
            };
            told(
                CLASS,
                Severity::Warning,
                format!(
                    "`storageClassName: {class}` has no effect: the claim `{name}` lies in this input with {other}, and that one holds"
                ),
            );
        }
    }
}

/// Whether two sizes are the same amount, however they are written.
fn same(one: &str, other: &str) -> bool {
    match (Quantity(one.to_owned()).value(), Quantity(other.to_owned()).value()) {
        (Some(left), Some(right)) => left.total_cmp(&right).is_eq(),
        _ => one == other,
    }
}

/// Specs that create the same claim agree on what it is.
fn created(group: &[Writer<'_>], out: &mut Vec<(usize, Finding)>) {
    let mut creators = group.iter().filter(|writer| writer.reference.size.is_some());
    let Some(first) = creators.next() else { return };
    let mut told = false;
    for other in creators {
        let (size, first_size) = (other.reference.size.as_deref(), first.reference.size.as_deref());
        let same_size = same(size.unwrap_or_default(), first_size.unwrap_or_default());
        let (class, first_class) =
            (other.reference.storage_class_name.as_deref(), first.reference.storage_class_name.as_deref());
        let (field, what, values) = if !same_size {
            (SIZE, "sizes", (size, first_size))
        } else if class != first_class {
            (if class.is_some() { CLASS } else { NAME }, "classes", (class, first_class))
        } else {
            continue;
        };
        if !told {
            told = true;
            let at = if what == "classes" && first_class.is_none() {
                NAME
            } else if what == "sizes" {
                SIZE
            } else {
                CLASS
            };
            out.push((first.summary.index, conflict(first, other, at, field, what, (values.1, values.0))));
        }
        let at = if what == "classes" && first_class.is_none() {
            NAME
        } else if what == "sizes" {
            SIZE
        } else {
            CLASS
        };
        out.push((other.summary.index, conflict(other, first, field, at, what, values)));
    }
}

fn conflict(
    writer: &Writer<'_>,
    other: &Writer<'_>,
    field: &'static str,
    other_field: &'static str,
    what: &str,
    (here, there): (Option<&str>, Option<&str>),
) -> Finding {
    let show = |value: Option<&str>| value.map_or("the default".to_owned(), |value| format!("`{value}`"));
    Finding::new(
        &codes::CLAIM_CONFLICT,
        field,
        format!(
            "the claim `{}` cannot have two {what}: {} here, {} in `{}`",
            writer.claim,
            show(here),
            show(there),
            other.summary.name
        ),
    )
    .help("write the same in both, or leave `size` out in one of them, or give each a claim of its own")
    .related(other.summary.index, other_field, format!("in `{}`", other.summary.name))
}

/// Specs whose runs can meet on a claim that only one node can have.
fn shared(context: &Context<'_>, group: &[Writer<'_>], out: &mut Vec<(usize, Finding)>) {
    if group.len() < 2 {
        return;
    }
    let mut occupied: Vec<(&Writer<'_>, Occupation<'_>)> = group
        .iter()
        .filter_map(|writer| Some((writer, super::chains::occupation(context, writer.summary)?)))
        .collect();
    if occupied.len() > NEIGHBOURS {
        occupied.sort_by_key(|(writer, _)| key(writer));
    }
    for (position, (writer, occupation)) in occupied.iter().enumerate() {
        let from = position.saturating_sub(NEIGHBOURS);
        let earlier = occupied.get(from..position).unwrap_or_default();
        let met = earlier.iter().rev().find_map(|(other, there)| Some((other, there.meeting(occupation)?)));
        let Some((other, meeting)) = met else { continue };
        let field = if writer.summary.expression.is_some() { "spec.schedule" } else { NAME };
        out.push((
            writer.summary.index,
            Finding::new(
                &codes::CLAIM_USED_AT_ONCE,
                field,
                format!(
                    "`{}` and `{}` use the claim `{}`, which one node can have at a time, and can run at the same time: {}",
                    writer.summary.name,
                    other.summary.name,
                    writer.claim,
                    meeting.words(other.summary.name, writer.summary.name)
                ),
            )
            .help("move one schedule so far that the other run is over, or use a claim with ReadWriteMany")
            .note("operator.md §4, pitfall 31; the second pod waits for the volume, and on the same node nothing keeps them apart (pods.md §4)")
            .related(other.summary.index, NAME, format!("the claim in `{}`", other.summary.name)),
        ));
    }
}

/// Hour and minute, where the schedule has one of each; the others first, in the order of the input.
fn key(writer: &Writer<'_>) -> (Option<u8>, Option<u8>, usize) {
    let text =
        writer.summary.expression.as_ref().map(crate::schedule::Expression::as_str).unwrap_or_default();
    let mut fields = text.split_whitespace().map(|field| field.parse().ok());
    let minute = fields.next().flatten();
    (fields.next().flatten(), minute, writer.summary.index)
}

/// A restore that reads from a claim by itself.
struct Reader<'s> {
    index: usize,
    namespace: &'s str,
    claim: &'s str,
    field: String,
}

fn readers<'s>(context: &'s Context<'_>) -> Vec<Reader<'s>> {
    let mut readers = Vec::new();
    for (index, document) in context.documents.iter().enumerate() {
        let Some(block) = document.restore().and_then(StorageBlock::of_restore) else { continue };
        if block.storage.storage_type != Some(StorageType::Pvc) {
            continue;
        }
        if let Some(claim) = block.storage.pvc.as_ref().and_then(|claim| claim.name.as_deref()) {
            let field = block.field("pvc.name");
            readers.push(Reader { index, namespace: context.namespace(document), claim, field });
        }
    }
    readers
}

/// A restore that reads a claim while a schedule writes to it.
fn read(
    context: &Context<'_>,
    writers: &[Writer<'_>],
    readers: &[Reader<'_>],
    given: &Surroundings<'_>,
    out: &mut Vec<(usize, Finding)>,
) {
    for reader in readers {
        let found = given.find(reader.claim, reader.namespace);
        if let Some(Found::Elsewhere(other, index)) = found {
            out.push((
                reader.index,
                elsewhere(reader.field.clone(), reader.claim, reader.namespace, other, index),
            ));
        }
        let place = (reader.namespace, reader.claim);
        let start = writers.partition_point(|writer| (writer.namespace, writer.claim) < place);
        let group = writers.get(start..).unwrap_or_default();
        let mut group = group.iter().take_while(|writer| (writer.namespace, writer.claim) == place);
        let described = match found {
            Some(Found::Here(index)) => claim_at(context, index),
            _ => None,
        };
        let scheduled = group.find(|writer| {
            let once = described.map_or(writer.reference.size.is_some(), is_once);
            once && writer.summary.expression.is_some() && !writer.summary.suspended
        });
        let Some(writer) = scheduled else { continue };
        out.push((
            reader.index,
            Finding::new(
                &codes::CLAIM_USED_AT_ONCE,
                reader.field.clone(),
                format!(
                    "this restore reads the claim `{}`, which one node can have at a time, while `{}` writes to it on its schedule",
                    reader.claim, writer.summary.name
                ),
            )
            .severity(Severity::Notice)
            .help(format!("suspend `{}` until the restore is over", writer.summary.name))
            .note("operator.md §4, pitfall 31")
            .related(writer.summary.index, NAME, format!("the claim in `{}`", writer.summary.name)),
        ));
    }
}
