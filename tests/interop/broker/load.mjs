// The same load on any broker, over loopback HTTP with connections that stay open. Run by `run`.
//
//   load.mjs --url URL | --mode mem|disk  [--n JOBS] [--c CONNECTIONS] [--payload BYTES]
//
// With --mode, a child process runs Aztec's broker (lib.mjs). Each connection adds a job, takes one and reports its
// result, until all jobs are done. Prints one JSON line.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const option = (name, otherwise) => {
  const index = process.argv.indexOf('--' + name);
  return index < 0 ? otherwise : process.argv[index + 1];
};

if (option('serve')) {
  const { startBroker } = await import('./lib.mjs');
  const directory = option('serve');
  process.send({ url: await startBroker(directory === 'memory' ? undefined : directory) });
  process.on('message', () => process.send({ rss: process.memoryUsage().rss, cpu: process.cpuUsage() }));
} else {
  await load(+option('n', 2000), +option('c', 8), +option('payload', 16));
  process.exit(0);
}

async function load(jobs, connections, payload) {
  let url = option('url');
  let child;
  let directory;
  if (!url) {
    directory = option('mode') === 'disk' ? mkdtempSync(join(tmpdir(), 'brokerload-')) : 'memory';
    child = fork(new URL(import.meta.url).pathname, ['--serve', directory]);
    process.on('exit', () => child.kill());
    ({ url } = await new Promise(resolve => child.once('message', resolve)));
  }
  const { hostname, port } = new URL(url);
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const latencies = {};
  let nextId = 0;
  const call = (method, params) => new Promise((resolve, reject) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: nextId++, method: 'proverBroker_' + method, params });
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const begun = performance.now();
    const request = http.request({ agent, host: hostname, port, path: '/', method: 'POST', headers }, response => {
      const chunks = [];
      response.on('data', chunk => chunks.push(chunk));
      response.on('end', () => {
        (latencies[method] ??= []).push(performance.now() - begun);
        const reply = JSON.parse(Buffer.concat(chunks));
        reply.error ? reject(new Error(JSON.stringify(reply.error))) : resolve(reply.result);
      });
    });
    request.on('error', reject);
    request.end(body);
  });
  const everything = { allowList: [] };
  const nothing = { allowList: [15] };
  const job = number => ({
    id: `1:PARITY_BASE:${String(number).padStart(64, '0')}`,
    type: 16,
    epochNumber: 1,
    inputsUri: 'data:,' + 'i'.repeat(payload),
  });
  let next = 0;
  let done = 0;
  const settle = async assignment => {
    await call('reportProvingJobSuccess', [assignment.job.id, 'data:,' + 'r'.repeat(payload), nothing]);
    done++;
  };
  const worker = async () => {
    while (next < jobs) {
      await call('enqueueProvingJob', [job(next++)]);
      const assignment = await call('getProvingJob', [everything]);
      if (assignment) await settle(assignment);
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: connections }, worker));
  for (let assignment; (assignment = await call('getProvingJob', [everything])); ) await settle(assignment);
  const seconds = (performance.now() - begun) / 1000;
  if (done !== jobs) throw new Error(`${done} of ${jobs} jobs were done`);

  let server;
  if (child) {
    const stats = await new Promise(resolve => { child.once('message', resolve); child.send('stats'); });
    server = { rssMB: Math.round(stats.rss / 1e6), cpuSeconds: +((stats.cpu.user + stats.cpu.system) / 1e6).toFixed(2) };
    child.kill();
    if (directory !== 'memory') rmSync(directory, { recursive: true, force: true });
  }
  const quantile = (values, part) => +values[Math.min(values.length - 1, Math.floor(values.length * part))].toFixed(2);
  const calls = Object.entries(latencies).map(([method, values]) => {
    values.sort((left, right) => left - right);
    return [method, { p50: quantile(values, 0.5), p95: quantile(values, 0.95), p99: quantile(values, 0.99) }];
  });
  const own = process.cpuUsage();
  console.log(JSON.stringify({
    jobs, connections, payload,
    jobsPerSecond: +(jobs / seconds).toFixed(1),
    latencyMs: Object.fromEntries(calls),
    clientCpuSeconds: +((own.user + own.system) / 1e6).toFixed(2),
    seconds: +seconds.toFixed(2),
    server,
  }));
}
