//! Reading and writing single objects and lists, for every kind alike.

use futures::{StreamExt, TryStreamExt};
use kube::Api;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PropagationPolicy, ValidationDirective};
use kube::core::{ApiResource, DynamicObject};
use serde_json::Value;

use super::error::{ClusterError, Result};
use super::kind::Kind;
use super::middleware::WarningSink;
use super::{CONCURRENCY, Connection};

/// Which object: kind, namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// Kind.
    pub kind: Kind,
    /// Namespace; empty for a kind without.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl std::fmt::Display for Reference {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.kind.prefix(), self.name)?;
        if self.namespace.is_empty() { Ok(()) } else { write!(formatter, " in {}", self.namespace) }
    }
}

/// How an object is applied.
#[derive(Clone, Copy, Debug)]
pub struct Apply<'a> {
    /// The field manager.
    pub manager: &'a str,
    /// Take fields that others own.
    pub force: bool,
    /// The server checks and answers, and keeps nothing.
    pub dry_run: bool,
}

impl Connection {
    /// The API of a kind in a namespace; all namespaces where it is empty.
    #[must_use]
    pub fn api(&self, resource: &ApiResource, namespace: &str) -> Api<DynamicObject> {
        if namespace.is_empty() {
            Api::all_with(self.client().clone(), resource)
        } else {
            Api::namespaced_with(self.client().clone(), namespace, resource)
        }
    }

    /// An object as it is; `None` when there is none.
    ///
    /// # Errors
    ///
    /// Whatever the server or the way to it says.
    pub async fn get(&self, reference: &Reference) -> Result<Option<DynamicObject>> {
        self.api(&reference.kind.resource(), &reference.namespace)
            .get_opt(&reference.name)
            .await
            .map_err(|error| self.error(error, &reference.to_string()))
    }

    /// All objects of a kind in a namespace (all, where it is empty) that a label selector takes, in pages, so that
    /// thousands are no single answer.
    ///
    /// # Errors
    ///
    /// Whatever the server or the way to it says.
    pub async fn list(&self, kind: Kind, namespace: &str, selector: &str) -> Result<Vec<DynamicObject>> {
        self.list_resource(&kind.resource(), namespace, selector).await
    }

    /// The same for any resource.
    ///
    /// # Errors
    ///
    /// Whatever the server or the way to it says.
    pub async fn list_resource(
        &self,
        resource: &ApiResource,
        namespace: &str,
        selector: &str,
    ) -> Result<Vec<DynamicObject>> {
        let api = self.api(resource, namespace);
        let mut parameters = ListParams::default().labels(selector).limit(PAGE);
        let mut objects = Vec::new();
        let mut restarted = false;
        loop {
            match api.list(&parameters).await {
                Ok(page) => {
                    objects.extend(page.items);
                    match page.metadata.continue_.filter(|token| !token.is_empty()) {
                        Some(token) => parameters = parameters.continue_token(&token),
                        None => return Ok(objects),
                    }
                }
                // The server forgets where a list stands after some minutes; one new beginning is enough.
                Err(kube::Error::Api(status)) if status.code == 410 && !restarted => {
                    restarted = true;
                    objects.clear();
                    parameters.continue_token = None;
                }
                Err(error) => return Err(self.error(error, &resource.plural)),
            }
        }
    }

    /// Applies an object on the server's side and returns what it is then. Unknown and doubled fields are refused.
    ///
    /// # Errors
    ///
    /// [`ClusterError::Conflict`] when other managers own fields, [`ClusterError::Rejected`] when the object is not
    /// valid, and whatever the way to the server says.
    pub async fn apply(
        &self,
        reference: &Reference,
        object: &Value,
        how: Apply<'_>,
    ) -> Result<DynamicObject> {
        let mut parameters = PatchParams::apply(how.manager);
        parameters.force = how.force;
        parameters.dry_run = how.dry_run;
        parameters.field_validation = Some(ValidationDirective::Strict);
        self.api(&reference.kind.resource(), &reference.namespace)
            .patch(&reference.name, &parameters, &Patch::Apply(object))
            .await
            .map_err(|error| self.error(error, &reference.to_string()))
    }

    /// The same, with what the server warned of while it looked at this object: such as what Pod Security would
    /// refuse. The warnings count as told.
    pub async fn apply_noting_warnings(
        &self,
        reference: &Reference,
        object: &Value,
        how: Apply<'_>,
    ) -> (Result<DynamicObject>, Vec<String>) {
        WarningSink::collect(self.apply(reference, object, how)).await
    }

    /// Deletes an object; what belongs to it goes after it. `false` when there was none.
    ///
    /// # Errors
    ///
    /// Whatever the server or the way to it says.
    pub async fn delete(&self, reference: &Reference, uid: Option<&str>, dry_run: bool) -> Result<bool> {
        let mut parameters = DeleteParams {
            dry_run,
            propagation_policy: Some(PropagationPolicy::Background),
            ..DeleteParams::default()
        };
        if let Some(uid) = uid {
            // An object of the same name that was made meanwhile is another one.
            parameters.preconditions =
                Some(kube::api::Preconditions { uid: Some(uid.to_owned()), resource_version: None });
        }
        let api = self.api(&reference.kind.resource(), &reference.namespace);
        match api.delete(&reference.name, &parameters).await {
            Ok(_) => Ok(true),
            Err(error) => match self.error(error, &reference.to_string()) {
                ClusterError::NotFound { .. } => Ok(false),
                error => Err(error),
            },
        }
    }
}

/// Objects in one page of a list: what kubectl asks for.
const PAGE: u32 = 500;

/// Runs many requests, some at a time, and keeps the order of what they were made for. The first error ends it.
///
/// # Errors
///
/// The first one.
pub async fn concurrently<I, T, F>(
    items: impl IntoIterator<Item = I>,
    each: impl FnMut(I) -> F,
) -> Result<Vec<T>>
where
    F: Future<Output = Result<T>>,
{
    futures::stream::iter(items).map(each).buffered(CONCURRENCY).try_collect().await
}
