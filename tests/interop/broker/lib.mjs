// Starts the real broker of @aztec/prover-client 4.1.2 behind the real JSON-RPC server, wired as
// aztec/src/cli/aztec_start_action.ts does. For load.mjs.
import { EthAddress } from '@aztec/foundation/eth-address';
import { createNamespacedSafeJsonRpcServer, startHttpRpcServer } from '@aztec/foundation/json-rpc/server';
import { getVKTreeRoot } from '@aztec/noir-protocol-circuits-types/vk-tree';
import { protocolContractsHash } from '@aztec/protocol-contracts';
import { ProvingJobBrokerSchema, createAndStartProvingBroker, defaultProverBrokerConfig } from '@aztec/prover-client/broker';
import { getPackageVersion } from '@aztec/stdlib/update-checker';
import { getVersioningMiddleware } from '@aztec/stdlib/versioning';
import { getOtelJsonRpcPropagationMiddleware, getTelemetryClient } from '@aztec/telemetry-client';

const versions = { l2CircuitsVkTreeRoot: getVKTreeRoot().toString(), l2ProtocolContractsHash: protocolContractsHash.toString() };

/** The broker with LMDB in `dataDirectory`, or in memory without one. Returns its URL. */
export async function startBroker(dataDirectory) {
  const l1Contracts = { rollupAddress: EthAddress.fromString('0x' + '11'.repeat(20)) };
  const broker = await createAndStartProvingBroker({ ...defaultProverBrokerConfig, l1Contracts, dataDirectory }, getTelemetryClient());
  const server = createNamespacedSafeJsonRpcServer(
    { proverBroker: [broker, ProvingJobBrokerSchema] },
    {
      http200OnError: false,
      maxBatchSize: 100,
      maxBodySizeBytes: '1mb',
      middlewares: [
        getOtelJsonRpcPropagationMiddleware(),
        getVersioningMiddleware(versions, { packageVersion: getPackageVersion() }),
      ],
    },
  );
  const { port } = await startHttpRpcServer(server, { port: 0 });
  return `http://127.0.0.1:${port}`;
}
