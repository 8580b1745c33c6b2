// Aztec's own trees and decoder, on the inputs of bench/src/benches/protocol.rs. Compares with our report, whose path
// is the first argument; the second is a recorded tx. Answers are compared before any number is printed.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { poseidon2Hash } from '@aztec/foundation/crypto/poseidon';
import { Fr } from '@aztec/foundation/curves/bn254';
import { MerkleTreeId } from '@aztec/stdlib/trees';
import { HashedValues, Tx } from '@aztec/stdlib/tx';
import { NativeWorldStateService } from '@aztec/world-state/native';

const [reportPath, txPath] = process.argv.slice(2);
const ours = Object.fromEntries(JSON.parse(readFileSync(reportPath, 'utf8')).benches.map(bench => [bench.name, bench]));
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex');
const median = values => [...values].sort((a, b) => a - b)[values.length >> 1];

const leaves = [];
for (let index = 0; index < 1024; index++) leaves.push((await poseidon2Hash([new Fr(7), new Fr(index)])).toBuffer());

// [our bench, rounds, one round: nanoseconds per operation and answer]
const state = await NativeWorldStateService.tmp();
const insertion = (count, insert) => async () => {
  const fork = await state.fork();
  const taken = leaves.slice(0, count);
  const start = process.hrtime.bigint();
  await insert(fork, taken);
  const { root } = await fork.getTreeInfo(MerkleTreeId.NULLIFIER_TREE);
  const ns = Number(process.hrtime.bigint() - start) / count;
  await fork.close();
  return [ns, sha256(root)];
};
const tree = MerkleTreeId.NULLIFIER_TREE;
const batches = async (fork, taken) => {
  for (let at = 0; at < taken.length; at += 64) await fork.batchInsert(tree, taken.slice(at, at + 64), 6);
};

const tx = Tx.fromBuffer(gunzipSync(readFileSync(txPath)));
let missing = Math.floor(((1 << 20) - tx.toBuffer().length) / 32);
while (missing > 0) {
  const count = Math.min(missing, 16000);
  missing -= count;
  tx.publicFunctionCalldata.push(new HashedValues(Array.from({ length: count }, () => new Fr(1)), new Fr(1)));
}
const bytes = tx.toBuffer();
const decode = async () => {
  const start = process.hrtime.bigint();
  const decoded = Tx.fromBuffer(bytes);
  const ns = Number(process.hrtime.bigint() - start) / bytes.length;
  return [ns, sha256(decoded.toBuffer())];
};

// Aztec's batch insertion always makes all witnesses, so it is compared with ours with witnesses.
const peers = [
  ['tree/witnesses-64', 15, insertion(64, batches)],
  ['tree/witnesses-16x64', 7, insertion(1024, batches)],
  ['tree/one-by-one-64', 15, insertion(64, (fork, taken) => fork.sequentialInsert(tree, taken))],
  ['decode/tx', 15, decode],
];
let failed = false;
for (const [name, rounds, run] of peers) {
  const times = [];
  let answer;
  for (let round = 0; round < rounds; round++) {
    const [ns, given] = await run();
    times.push(ns);
    answer ??= given;
  }
  const bench = ours[name];
  if (bench.answer_sha256 !== answer) {
    console.error(`${name}: answers differ: ${bench.answer_sha256} and ${answer}`);
    failed = true;
    continue;
  }
  const mine = bench.contenders[0].median_ns;
  const theirs = median(times);
  console.log(`${name}: ours ${mine.toFixed(1)} ns, Aztec 4.1.2 ${theirs.toFixed(1)} ns per ${bench.operation}: ratio ${(theirs / mine).toFixed(2)}`);
}
console.log(`peak RSS: ours ${Math.max(...Object.values(ours).map(bench => bench.peak_rss_bytes)) >> 20} MiB, Aztec's process ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
await state.close();
process.exit(failed ? 1 : 0);
