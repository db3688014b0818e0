//! What a change that a watch tells does to what is known.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::runtime::watcher::Event as Change;

use super::{Item, Observer, Presence};
use crate::cluster::{ClusterError, Result};

impl Observer {
    pub(super) fn take(&mut self, item: Option<Item>) -> Result<()> {
        match item {
            Some(Item::Job(change)) => match *change {
                Ok(change) => {
                    self.back();
                    self.take_job(change)
                }
                Err(error) => self.job_fault(error),
            },
            Some(Item::Pod(change)) => match *change {
                Ok(change) => {
                    self.take_pod(change);
                    Ok(())
                }
                Err(error) => self.pod_fault(error),
            },
            // The watches never end by themselves.
            None => Err(ClusterError::Unreadable { message: "a watch ended".to_owned() }),
        }
    }

    fn take_pod(&mut self, change: Change<Pod>) {
        match change {
            Change::Init => self.pods_listed.clear(),
            Change::InitApply(pod) => {
                self.pods_listed.extend(pod.metadata.name.clone());
                self.keep(pod);
            }
            Change::Apply(pod) => self.keep(pod),
            Change::Delete(pod) => {
                self.pods_gone.extend(pod.metadata.name.clone());
                self.keep(pod);
            }
            Change::InitDone => {
                self.pods_known = true;
                let gone = self.pods.keys().filter(|name| !self.pods_listed.contains(*name));
                self.pods_gone.extend(gone.cloned());
            }
        }
    }

    fn take_job(&mut self, change: Change<Job>) -> Result<()> {
        match change {
            Change::Init => self.listed = false,
            Change::InitApply(job) | Change::Apply(job) => {
                let another = self.job.as_ref().is_some_and(|known| known.metadata.uid != job.metadata.uid);
                if another {
                    // The same name, made again: ours is gone.
                    self.presence = Presence::Vanished;
                } else {
                    self.listed = true;
                    self.presence = Presence::There;
                    self.job = Some(job);
                }
            }
            Change::Delete(job) => {
                self.presence = Presence::Deleted;
                self.job = Some(job);
            }
            Change::InitDone if self.listed => {}
            Change::InitDone if self.job.is_some() => {
                if self.presence == Presence::There {
                    self.presence = Presence::Vanished;
                }
            }
            Change::InitDone => {
                return Err(ClusterError::NotFound { message: format!("there is no {}", self.reference) });
            }
        }
        Ok(())
    }
}
