//! The same specs for another environment: another namespace, other targets.
//!
//! An overlay must not rewrite a rendered namespace, because addresses, rules and roles hold it too (DESIGN.md,
//! "Namespaces"). So the documents are moved before anything is made of them, and everything follows from that.

use std::collections::BTreeSet;

use crate::input::document::{Content, Document};

/// Moves every namespace that holds specs to another one. Documents of `targets`, paths of files that describe the
/// environment's deployments, take the place of those of the same name, and keep the namespace that they state.
///
/// A namespace without specs is somebody else's, such as that of a deployment which several teams share: what lies
/// there, and what points there, stays.
pub fn move_to(documents: &mut Vec<Document>, namespace: &str, targets: &BTreeSet<String>) {
    let stated = |document: &Document| targets.contains(&*document.origin.path);
    let replaced: BTreeSet<String> = documents
        .iter()
        .filter(|document| stated(document) && describes_target(document))
        .map(|document| document.metadata.name.clone())
        .collect();
    documents.retain(|document| {
        stated(document) || !describes_target(document) || !replaced.contains(&document.metadata.name)
    });
    let homes: BTreeSet<String> = documents
        .iter()
        .filter(|document| document.is_spec())
        .filter_map(|document| document.metadata.namespace.clone())
        .collect();
    for document in documents {
        let own = &mut document.metadata.namespace;
        match own {
            Some(_) if targets.contains(&*document.origin.path) => continue,
            Some(own) if !homes.contains(own) => {}
            _ => *own = Some(namespace.to_owned()),
        }
        if let Content::Backup(spec) = &mut document.content
            && let Some(target) = &mut spec.target
            && let Some(pointed) = &mut target.namespace
            && homes.contains(pointed)
        {
            namespace.clone_into(pointed);
        }
    }
}

const fn describes_target(document: &Document) -> bool {
    matches!(document.content, Content::Target(_) | Content::Operator(_) | Content::Helm(_))
}
