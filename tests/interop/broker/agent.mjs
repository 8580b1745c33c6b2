// The real `aztec start --prover-agent` (simulated proofs) and the real producer of the prover node, against the
// broker at the URL in the first argument. Two epochs at once, as a prover node has them: each facade must get the
// proofs that it asked for. Prints one JSON line; exit status 0 only if all is well. Run by `run`.
import { spawn } from 'node:child_process';
import { Fr } from '@aztec/foundation/curves/bn254';
import { getVKTreeRoot } from '@aztec/noir-protocol-circuits-types/vk-tree';
import { InlineProofStore, createProvingJobBrokerClient } from '@aztec/prover-client/broker';
import { protocolContractsHash } from '@aztec/protocol-contracts';
import { ParityBasePrivateInputs } from '@aztec/stdlib/parity';
import { CheckpointPaddingRollupPrivateInputs } from '@aztec/stdlib/rollup';

const facadeModule = new URL('../node_modules/@aztec/prover-client/dest/proving_broker/broker_prover_facade.js', import.meta.url);
const { BrokerCircuitProverFacade } = await import(facadeModule);

const [url, agentPort] = process.argv.slice(2);
const DEADLINE_MS = 120_000;
const versions = { l2CircuitsVkTreeRoot: getVKTreeRoot().toString(), l2ProtocolContractsHash: protocolContractsHash.toString() };
const broker = createProvingJobBrokerClient(url, versions);

let log = '';
// The agent's P2P code has a native module that scripts/peers does not build; its JavaScript does the same.
const agent = spawn(
  process.execPath,
  ['--no-warnings', new URL('../node_modules/@aztec/aztec/dest/bin/index.js', import.meta.url).pathname, 'start', '--prover-agent', '--port', agentPort],
  { env: { ...process.env, PROVER_REAL_PROOFS: 'false', PROVER_BROKER_HOST: url, PROVER_AGENT_POLL_INTERVAL_MS: '200', LOG_LEVEL: 'info', NODE_BACKEND: 'js' } },
);
agent.stdout.on('data', data => (log += data));
agent.stderr.on('data', data => (log += data));

const messages = first => Array.from({ length: 256 }, (_, index) => new Fr(BigInt(first + index)));
const facades = [1, 2].map(() => new BrokerCircuitProverFacade(broker, new InlineProofStore()));
facades.forEach(facade => facade.start());
const begun = Date.now();
const timed = promise => promise.then(result => ({ result, ms: Date.now() - begun }));
const late = new Promise((_, reject) => {
  setTimeout(() => reject(new Error('too late')), DEADLINE_MS).unref();
  agent.on('exit', () => reject(new Error('the agent has ended')));
});

agent.on('exit', code => (log += `\nthe agent has ended with status ${code}\n`));
let failure;
let answers = [];
try {
  const wanted = facades.flatMap((facade, index) => [
    timed(facade.getBaseParityProof(new ParityBasePrivateInputs(messages(1000 * index), getVKTreeRoot()), undefined, 1 + index)),
    timed(facade.getCheckpointPaddingRollupProof(new CheckpointPaddingRollupPrivateInputs(), undefined, 1 + index)),
  ]);
  answers = await Promise.race([Promise.all(wanted), late]);
  for (const { result } of answers) {
    if (result.proof.proof.length === 0) throw new Error('a result without a proof');
  }
  // Inputs that no agent can read: three attempts, then a rejection with the agent's words.
  const id = '2:PARITY_ROOT:unreadable';
  await broker.enqueueProvingJob({ id, type: 17, epochNumber: 2, inputsUri: 'data:nonsense' });
  let status;
  do {
    await new Promise(resolve => setTimeout(resolve, 200));
    status = await broker.getProvingJobStatus(id);
  } while (status.status !== 'rejected' && Date.now() - begun < DEADLINE_MS);
  if (status.reason !== 'Failed to load proof inputs') throw new Error(`unexpected: ${JSON.stringify(status)}`);
} catch (error) {
  failure = error;
}
agent.removeAllListeners('exit');
agent.kill('SIGTERM');
for (const facade of facades) await facade.stop();
console.log(JSON.stringify({ ok: !failure, error: failure && String(failure), proofs: answers.map(answer => answer.ms) }));
if (failure) console.error(log.slice(-4000));
process.exit(failure ? 1 : 0);
