//! The HTTP client under a connection.
//!
//! It is the one that `kube` makes of a configuration but for one thing: what is written is sent at once. Requests here
//! are small and answered before the next one follows, so Nagle's algorithm, which waits for the acknowledgement of what
//! was sent before, and the other side's delayed acknowledgement wait for each other, some 40 ms a request.

use hyper_timeout::TimeoutConnector;
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kube::client::{Body, ClientBuilder, ConfigExt};
use kube::{Client, Config, Error};
use tower::{BoxError, ServiceBuilder};
use tower_http::decompression::DecompressionLayer;

use super::middleware::Layer;

/// A client of the server that a configuration names.
pub(super) fn client(config: Config, layer: &Layer) -> Result<Client, Error> {
    if config.proxy_url.is_some() {
        // The connectors of `kube` know proxies, and behind one this wait is the least.
        return Ok(ClientBuilder::try_from(config)?.with_layer(layer).build());
    }
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    let mut connector = TimeoutConnector::new(config.rustls_https_connector_with_connector(connector)?);
    connector.set_connect_timeout(config.connect_timeout);
    connector.set_read_timeout(config.read_timeout);
    connector.set_write_timeout(config.write_timeout);
    connector.set_reset_reader_on_write(config.reset_reader_on_write);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .layer(DecompressionLayer::new().gzip(!config.disable_compression))
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(HttpClient::builder(TokioExecutor::new()).build::<_, Body>(connector));
    Ok(ClientBuilder::new(service, config.default_namespace.clone()).with_layer(layer).build())
}
