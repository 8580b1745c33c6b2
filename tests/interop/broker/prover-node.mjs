// Aztec's own prover node (`aztec start --prover-node`) proves recorded epochs on a local L1 through the broker at the URL in
// the first argument, with Aztec's own agents (simulated proofs). The others: folder of an unpacked recording, folder
// for data, folder of the peers, number of agents. Prints one JSON line; exit status 0 only if the rollup contract says that
// every recorded checkpoint is proven. Run by `run`.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import zlib from 'node:zlib';

const [broker, fixture, data, peers, agents] = process.argv.slice(2);
const DEADLINE_MS = 480_000;
// Accounts of anvil's well-known phrase; the third one proves.
const PROVER_KEY = '0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a';
const PROVER_ID = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC';
/** Selector of the rollup's `getTips()`: pending and proven checkpoint. */
const GET_TIPS = '0x88e4a073';

const read = name => fs.readFileSync(path.join(fixture, name), 'utf8');
const settings = Object.fromEntries(
  [...read('fixture.env').split('\n'), ...read('net.env').split('\n')]
    .map(line => line.replace(/^export /, '').split('='))
    .filter(pair => pair.length === 2),
);
const rollup = JSON.parse(read('contracts.json')).rollupAddress;
const slotSeconds = Number(settings.ETH_SLOT);
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));
const begun = Date.now();
const children = [];
const logs = {};

const freePort = () =>
  new Promise(resolve => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

function start(name, program, args, env = {}) {
  const child = spawn(program, args, { cwd: data, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  logs[name] = '';
  const keep = text => (logs[name] = (logs[name] + text).slice(-20_000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.on('exit', (code, signal) => (child.ended = `${name} has ended: ${code ?? signal}`));
  children.push(child);
}

function check() {
  for (const child of children) if (child.ended) throw new Error(child.ended);
}

/** The recorded answers of an Aztec node, and the recorded blobs as files. */
function serveRecording() {
  const recording = JSON.parse(read('node-rpc.json'));
  const answers = {
    getTxByHash: hash => recording.txs[hash],
    getTxsByHash: hashes => hashes.map(hash => recording.txs[hash]).filter(Boolean),
  };
  const answer = ({ id, method, params }) => {
    const name = String(method).replace(/^node_/, '');
    if (name in recording.static) return { jsonrpc: '2.0', id, result: recording.static[name] };
    if (name in answers) return { jsonrpc: '2.0', id, result: answers[name](...params) };
    return { jsonrpc: '2.0', id, error: { code: -32601, message: `Method not found: ${method}` } };
  };
  const server = http.createServer(async (request, response) => {
    for (const [name, value] of Object.entries(recording.responseHeaders)) response.setHeader(name, value);
    if (request.method === 'POST') {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      const calls = JSON.parse(request.headers['content-encoding'] === 'gzip' ? zlib.gunzipSync(body) : body);
      response.setHeader('content-type', 'application/json; charset=utf-8');
      response.end(JSON.stringify(Array.isArray(calls) ? calls.map(answer) : answer(calls)));
      return;
    }
    const file = path.join(fixture, 'blobs', path.normalize(decodeURIComponent(request.url)));
    const isFile = fs.existsSync(file) && fs.statSync(file).isFile();
    response.statusCode = isFile ? 200 : 404;
    response.end(isFile && request.method === 'GET' ? fs.readFileSync(file) : undefined);
  });
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`)));
}

const l1Port = await freePort();
const l1 = `http://127.0.0.1:${l1Port}`;
async function rpc(method, ...params) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const reply = await (await fetch(l1, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json();
  if (reply.error) throw new Error(`${method}: ${JSON.stringify(reply.error)}`);
  return reply.result;
}

async function tips() {
  const words = (await rpc('eth_call', { to: rollup, data: GET_TIPS }, 'latest')).slice(2);
  return [0, 1].map(index => Number(BigInt(`0x${words.slice(64 * index, 64 * (index + 1))}`)));
}

/** L1 with the recorded chain, whose clock goes on from the recording. Returns how far this machine's is behind. */
async function startL1() {
  const { timestamp } = JSON.parse(read('l1-head.json'));
  const args = ['--host', '127.0.0.1', '--port', l1Port, '--accounts', '20', '--slots-in-an-epoch', '1', '--silent'];
  start('anvil', path.join(peers, 'bin/anvil'), [...args, '--load-state', path.join(fixture, 'anvil-state.json'), '--timestamp', timestamp].map(String));
  for (;;) {
    check();
    if (await rpc('eth_chainId').catch(() => undefined)) break;
    await sleep(100);
  }
  const next = Number((await rpc('eth_getBlockByNumber', 'latest', false)).timestamp) + slotSeconds;
  await rpc('evm_setAutomine', false);
  await rpc('anvil_setBlockTimestampInterval', slotSeconds);
  await rpc('evm_setNextBlockTimestamp', next);
  await rpc('evm_mine');
  await rpc('evm_setIntervalMining', slotSeconds);
  return next * 1000 - Date.now();
}

/** `aztec start ...` by the recording's clock. */
function startAztec(name, args, env) {
  const program = path.join(peers, 'aztec/node_modules/@aztec/aztec/dest/bin/index.js');
  start(name, process.execPath, ['--no-warnings', program, 'start', ...args.map(String)], {
    // The P2P code has a native module that scripts/peers does not build; its JavaScript does the same.
    NODE_BACKEND: 'js',
    NODE_OPTIONS: `--require=${path.join(data, 'clock.cjs')}`,
    AZTEC_SHELL_WRAPPER: '1',
    PROVER_REAL_PROOFS: 'false',
    PROVER_BROKER_HOST: broker,
    LOG_LEVEL: 'info',
    ...env,
  });
}

let failure;
let proven = [];
try {
  const recording = await serveRecording();
  const offset = await startL1();
  const clock = `const D = Date; const now = () => D.now() + ${offset};
globalThis.Date = class Date extends D {
  constructor(...parts) { if (parts.length) super(...parts); else super(now()); }
  static now() { return now(); }
};`;
  fs.writeFileSync(path.join(data, 'clock.cjs'), clock);
  fs.mkdirSync(path.join(data, 'node'), { recursive: true });
  const before = await tips();
  if (before[0] === before[1]) throw new Error('the recording has nothing to prove');
  startAztec('agent', ['--prover-agent', '--port', await freePort()], {
    PROVER_AGENT_COUNT: agents,
    PROVER_AGENT_POLL_INTERVAL_MS: '250',
  });
  startAztec('node', ['--prover-node', '--archiver', '--port', await freePort(), '--admin-port', await freePort()], {
    L1_CHAIN_ID: '31337',
    ETHEREUM_HOSTS: l1,
    REGISTRY_CONTRACT_ADDRESS: settings.REGISTRY_CONTRACT_ADDRESS,
    ETHEREUM_SLOT_DURATION: settings.ETH_SLOT,
    AZTEC_SLOT_DURATION: settings.L2_SLOT,
    AZTEC_EPOCH_DURATION: settings.EPOCH_SLOTS,
    AZTEC_PROOF_SUBMISSION_EPOCHS: settings.PROOF_EPOCHS,
    AZTEC_TARGET_COMMITTEE_SIZE: '0',
    AZTEC_SLASHER_FLAVOR: 'none',
    SEQ_BLOCK_DURATION_MS: settings.BLOCK_MS,
    TEST_ACCOUNTS: 'true',
    SPONSORED_FPC: 'true',
    P2P_ENABLED: 'false',
    ETHEREUM_ALLOW_NO_DEBUG_HOSTS: 'true',
    AZTEC_DISABLE_ADMIN_API_KEY: 'true',
    ENABLE_VERSION_CHECK: 'false',
    DATA_STORE_MAP_SIZE_KB: '8388608',
    ARCHIVER_POLLING_INTERVAL_MS: '500',
    ARCHIVER_VIEM_POLLING_INTERVAL_MS: '500',
    L1_READER_VIEM_POLLING_INTERVAL_MS: '500',
    WS_BLOCK_CHECK_INTERVAL_MS: '200',
    P2P_BLOCK_CHECK_INTERVAL_MS: '500',
    DATA_DIRECTORY: path.join(data, 'node'),
    TX_COLLECTION_NODE_RPC_URLS: recording,
    BLOB_FILE_STORE_URLS: recording,
    PROVER_AGENT_COUNT: '0',
    PROVER_ID,
    PROVER_PUBLISHER_PRIVATE_KEY: PROVER_KEY,
    PROVER_PUBLISHER_PRIVATE_KEYS: PROVER_KEY,
    PROVER_NODE_POLLING_INTERVAL_MS: '1000',
  });
  let last = before[1];
  for (;;) {
    check();
    const [pending, now] = await tips();
    if (now !== last) proven.push({ checkpoint: now, seconds: Math.round((Date.now() - begun) / 100) / 10 });
    last = now;
    if (now === pending) break;
    if (Date.now() - begun > DEADLINE_MS) throw new Error(`checkpoint ${now} of ${pending} is proven`);
    await sleep(500);
  }
} catch (error) {
  failure = error;
}
for (const child of children) if (!child.ended) child.kill('SIGTERM');
await sleep(1500);
for (const child of children) if (!child.ended) child.kill('SIGKILL');
console.log(JSON.stringify({ ok: !failure, error: failure && String(failure), proven }));
if (failure) for (const [name, text] of Object.entries(logs)) console.error(`== ${name}\n${text.slice(-4000)}`);
process.exit(failure ? 1 : 0);
