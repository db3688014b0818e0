//! ServiceAccounts that several specs share. Specs in one input that name the same account are merged into one
//! object, so two values for one annotation would fight (DESIGN.md, "What a backup becomes"; operator.md §4,
//! pitfall 38).

use std::collections::BTreeMap;

use crate::diagnostics::codes;
use crate::input::{Content, Finding, field};
use crate::plan::location::{CloudAt, Location};

use super::storage_block::StorageBlock;
use super::surroundings::{Found, Surroundings};
use super::{Context, Summary};

/// An annotation that a spec wants on an account.
struct Wish<'s> {
    namespace: &'s str,
    account: &'s str,
    key: &'s str,
    value: &'s str,
    index: usize,
    field: &'static str,
}

/// All rules about the ServiceAccounts that specs create.
pub(super) fn annotations(context: &Context<'_>, summaries: &[Summary<'_>], out: &mut Vec<(usize, Finding)>) {
    let restores = of_restores(context);
    let of_backups = summaries.iter().filter_map(|summary| {
        let (account, annotations) = summary.service_account.as_ref()?;
        Some((summary.index, summary.namespace, account.as_str(), annotations.as_slice()))
    });
    let of_restores = restores.iter().map(|(index, namespace, account, annotations)| {
        (*index, *namespace, account.as_str(), annotations.as_slice())
    });
    let accounts: Vec<_> = of_backups.chain(of_restores).collect();
    let mut wishes: Vec<Wish<'_>> = accounts
        .iter()
        .flat_map(|(index, namespace, account, annotations)| {
            annotations.iter().map(|(key, value, field)| Wish {
                namespace,
                account,
                key,
                value,
                index: *index,
                field,
            })
        })
        .collect();
    wishes.sort_by_key(|wish| (wish.namespace, wish.account, wish.key, wish.index));
    for group in wishes.chunk_by(|one, other| {
        (one.namespace, one.account, one.key) == (other.namespace, other.account, other.key)
    }) {
        let Some((first, rest)) = group.split_first() else { continue };
        let mut others = rest.iter().filter(|wish| wish.value != first.value).peekable();
        if let Some(other) = others.peek() {
            out.push((first.index, conflict(first, other)));
        }
        for other in others {
            out.push((other.index, conflict(other, first)));
        }
    }
    given_too(
        context,
        accounts.iter().map(|(index, namespace, account, _)| (*index, *namespace, *account)),
        out,
    );
}

fn conflict(wish: &Wish<'_>, other: &Wish<'_>) -> Finding {
    let Wish { account, key, value, .. } = wish;
    Finding::new(
        &codes::ANNOTATION_CONFLICT,
        field::key(wish.field, key),
        format!("the ServiceAccount `{account}` cannot have two values for `{key}`: `{value}` here, `{}` elsewhere", other.value),
    )
    .help("give one of the specs a ServiceAccount of its own with `identity.serviceAccount`, or write the same value in both")
    .note("operator.md §4, pitfall 38: specs that share an account overwrote each other's role")
    .related(other.index, field::key(other.field, key), "the other value")
}

type Annotations<'s> = Vec<(std::borrow::Cow<'s, str>, std::borrow::Cow<'s, str>, &'static str)>;

/// The accounts that restores create from their own storage block.
fn of_restores<'s>(context: &'s Context<'_>) -> Vec<(usize, &'s str, String, Annotations<'s>)> {
    let mut accounts = Vec::new();
    for (index, document) in context.documents.iter().enumerate() {
        let Some(block) = document.restore().and_then(StorageBlock::of_restore) else { continue };
        let at = if block.path.contains("baseBackup") { CloudAt::Base } else { CloudAt::Source };
        let Ok(location) = Location::of_restore(block.storage, at) else { continue };
        let account = location.service_account();
        if account.create {
            let annotations = account
                .annotations
                .into_iter()
                .map(|(key, value)| (key.into(), value.value.into(), value.field.unwrap_or_default()))
                .collect();
            accounts.push((index, context.namespace(document), account.name.value, annotations));
        }
    }
    accounts
}

/// An account that a spec creates and that lies in the input too would come out of the pipeline twice.
fn given_too<'s>(
    context: &Context<'_>,
    accounts: impl Iterator<Item = (usize, &'s str, &'s str)>,
    out: &mut Vec<(usize, Finding)>,
) {
    let given = Surroundings::new(context, |document| matches!(document.content, Content::ServiceAccount));
    if given.is_empty() {
        return;
    }
    // One finding an account: they are one object.
    let mut first: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (index, namespace, account) in accounts {
        first.entry((namespace, account)).or_insert(index);
    }
    for ((namespace, account), index) in first {
        let Some(Found::Here(found)) = given.find(account, namespace) else { continue };
        let Some(document) = context.documents.get(index) else { continue };
        let block = document
            .backup()
            .and_then(StorageBlock::of_backup)
            .or_else(|| document.restore().and_then(StorageBlock::of_restore));
        let Some(block) = block else { continue };
        out.push((
            index,
            Finding::new(
                &codes::SERVICE_ACCOUNT_GIVEN_TOO,
                block.cloud_field("identity"),
                format!("the ServiceAccount `{account}` lies in this input and is rendered by this spec as well"),
            )
            .help(format!(
                "keep the one that is there with `identity: {{serviceAccount: {account}, autoCreate: {{enabled: false}}}}`, or remove it"
            ))
            .related(found, "metadata.name", "the ServiceAccount"),
        ));
    }
}
