// The real broker of @aztec/prover-client 4.1.2 behind its real JSON-RPC server, wired as
// aztec/src/cli/aztec_start_action.ts does. Prints its URL, then proves the recorded epochs in the folder of the first
// argument with whatever agents connect: enqueues epoch after epoch, and compares each result with the recorded one.
// Prints one JSON line an epoch; exit status 0 only if every result is the recorded one, byte for byte.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EthAddress } from '@aztec/foundation/eth-address';
import { createNamespacedSafeJsonRpcServer, startHttpRpcServer } from '@aztec/foundation/json-rpc/server';
import { getVKTreeRoot } from '@aztec/noir-protocol-circuits-types/vk-tree';
import { protocolContractsHash } from '@aztec/protocol-contracts';
import { ProvingJobBrokerSchema, createAndStartProvingBroker, defaultProverBrokerConfig } from '@aztec/prover-client/broker';
import { getPackageVersion } from '@aztec/stdlib/update-checker';
import { getVersioningMiddleware } from '@aztec/stdlib/versioning';
import { getTelemetryClient } from '@aztec/telemetry-client';

const [folder] = process.argv.slice(2);
const DEADLINE_MS = 300_000;
const versions = { l2CircuitsVkTreeRoot: getVKTreeRoot().toString(), l2ProtocolContractsHash: protocolContractsHash.toString() };
const l1Contracts = { rollupAddress: EthAddress.fromString('0x' + '11'.repeat(20)) };
const broker = await createAndStartProvingBroker({ ...defaultProverBrokerConfig, l1Contracts }, getTelemetryClient());
const server = createNamespacedSafeJsonRpcServer(
  { proverBroker: [broker, ProvingJobBrokerSchema] },
  {
    http200OnError: false,
    maxBatchSize: 100,
    maxBodySizeBytes: '1mb',
    middlewares: [getVersioningMiddleware(versions, { packageVersion: getPackageVersion() })],
  },
);
const { port } = await startHttpRpcServer(server, { port: 0 });
console.log(`http://127.0.0.1:${port}`);

const prefix = 'data:application/json;charset=utf-8,';
const inline = file => prefix + encodeURIComponent(readFileSync(file, 'utf8'));
const { jobs } = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'));
const epochs = new Map();
for (const [type, entries] of Object.entries(jobs)) {
  for (const { id, epoch, file } of entries) {
    const at = join(folder, 'circuits', type, file);
    const number = JSON.parse(readFileSync(`${at}.in.json`, 'utf8')).type;
    const job = { id, type: number, epochNumber: epoch, inputsUri: inline(`${at}.in.json`) };
    epochs.set(epoch, [...(epochs.get(epoch) ?? []), { job, expected: inline(`${at}.out.json`) }]);
  }
}

let failures = 0;
for (const [epoch, list] of [...epochs].sort(([left], [right]) => left - right)) {
  const begun = Date.now();
  for (const { job } of list) await broker.enqueueProvingJob(job);
  for (const { job, expected } of list) {
    let status = await broker.getProvingJobStatus(job.id);
    while (status.status !== 'fulfilled' && status.status !== 'rejected' && Date.now() - begun < DEADLINE_MS) {
      await new Promise(resolve => setTimeout(resolve, 20));
      status = await broker.getProvingJobStatus(job.id);
    }
    if (status.status !== 'fulfilled' || status.value !== expected) {
      failures += 1;
      console.log(JSON.stringify({ id: job.id, status: status.status, reason: status.reason, same: status.value === expected }));
    }
  }
  console.log(JSON.stringify({ epoch, jobs: list.length, ms: Date.now() - begun }));
}
console.log(JSON.stringify({ epochs: epochs.size, failures }));
process.exit(failures === 0 && epochs.size > 0 ? 0 : 1);
