//! Where the node's blobs and txs come from.

use chinampa_node::blobs::{
    AztecNode, BeaconNode, BlobArchive, BlobSource, BlobSources, DevelopmentNode, FileStore, store_folder,
};
use chinampa_node::l1::Deployment;
use chinampa_node::txs::{TxLimits, TxPlace, TxSource, TxSourceSpec, TxSources};

use super::settings::Settings;
use crate::exit::Error;

/// Chain id of development chains, whose execution node keeps the blobs.
const DEVELOPMENT_CHAIN: u64 = 31_337;

impl Settings {
    pub(super) fn blobs(&self, deployment: &Deployment) -> Result<BlobSources, Error> {
        let folder = store_folder(deployment.chain_id, deployment.rollup_version, deployment.rollup);
        let stores = self.blob.file_store_urls.iter().filter_map(|url| FileStore::new(url, &folder));
        let mut sources: Vec<BlobSource> = stores.map(BlobSource::Files).collect();
        for (index, url) in self.l1.consensus_host_urls.iter().enumerate() {
            let key = self.l1.consensus_host_api_keys.get(index).filter(|key| !key.is_empty()).cloned();
            let header =
                self.l1.consensus_host_api_key_headers.get(index).filter(|name| !name.is_empty()).cloned();
            sources.push(BlobSource::Beacon(BeaconNode::new(url.clone(), key, header)));
        }
        sources.extend(self.blob.archive_api_url.clone().map(BlobArchive::new).map(BlobSource::Archive));
        sources.extend(self.node.aztec_node_url.clone().map(AztecNode::new).map(BlobSource::Node));
        if deployment.chain_id == DEVELOPMENT_CHAIN {
            sources.push(BlobSource::Development(DevelopmentNode));
        }
        if sources.is_empty() {
            return Err(Error::Missing {
                what: "source of blobs",
                setting: "l1.consensus_host_urls, blob.file_store_urls, blob.archive_api_url or node.aztec_node_url",
            });
        }
        Ok(BlobSources::new(sources))
    }

    /// The sources of txs in the order in which they are asked.
    pub(super) fn tx_sources(&self, deployment: &Deployment) -> TxSources {
        let folder = store_folder(deployment.chain_id, deployment.rollup_version, deployment.rollup);
        let limits = TxLimits { batch: self.txs.node_rpc_max_batch_size, ..TxLimits::default() };
        let limits = TxLimits { parallel: self.txs.fast_max_parallel_requests_per_node, ..limits };
        let specs: Vec<TxSourceSpec> = if self.txs.sources.is_empty() {
            let nodes = self.txs.node_rpc_urls.iter().cloned().map(TxPlace::Node);
            let stores = self.txs.file_store_urls.iter().cloned().map(TxPlace::Store);
            nodes.chain(stores).map(|place| TxSourceSpec { place, limits }).collect()
        } else {
            let parse =
                |text: &String| text.parse().expect("the setting's shape is checked where it is read");
            self.txs.sources.iter().map(parse).collect()
        };
        TxSources::new(specs.iter().map(|spec| TxSource::new(spec, &folder)).collect())
    }
}
