// Records how the real JSON-RPC server of Aztec 4.1.2 (@aztec/foundation) and its validator (zod 3.25.76) answer good and
// bad requests. The schemas are those of @aztec/prover-client's broker; the handler echoes its arguments, so that
// a reply shows what validation let through. Run in a folder where both packages resolve:
//   LOG_LEVEL=silent node record.mjs && gzip -9n cases.json
import http from 'node:http';
import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { createNamespacedSafeJsonRpcServer, startHttpRpcServer } from '@aztec/foundation/json-rpc/server';
import { EpochNumberSchema } from '@aztec/foundation/branded-types';
import { optional } from '@aztec/foundation/schemas';
const names = 'PUBLIC_VM PUBLIC_CHONK_VERIFIER PRIVATE_TX_BASE_ROLLUP PUBLIC_TX_BASE_ROLLUP TX_MERGE_ROLLUP BLOCK_ROOT_FIRST_ROLLUP BLOCK_ROOT_SINGLE_TX_FIRST_ROLLUP BLOCK_ROOT_EMPTY_TX_FIRST_ROLLUP BLOCK_ROOT_ROLLUP BLOCK_ROOT_SINGLE_TX_ROLLUP BLOCK_MERGE_ROLLUP CHECKPOINT_ROOT_ROLLUP CHECKPOINT_ROOT_SINGLE_BLOCK_ROLLUP CHECKPOINT_PADDING_ROLLUP CHECKPOINT_MERGE_ROLLUP ROOT_ROLLUP PARITY_BASE PARITY_ROOT'.split(' ');
const T = Object.fromEntries(names.flatMap((name, number) => [[name, number], [number, name]])); // as a TypeScript enum
const Id = z.string(), Uri = z.string().brand('ProvingJobUri'), E = z.nativeEnum(T);
const ProvingJob = z.object({ id: Id, type: E, epochNumber: EpochNumberSchema, inputsUri: Uri });
const F = z.object({ allowList: z.array(E) });
const any = z.any();
const f = (...a) => z.function().args(...a).returns(any);
const schema = { enqueueProvingJob: f(ProvingJob), getProvingJobStatus: f(Id), cancelProvingJob: f(Id), getCompletedJobs: f(z.array(Id)),
  getProvingJob: f(optional(F)), reportProvingJobError: f(Id, z.string(), optional(z.boolean()), optional(F)),
  reportProvingJobProgress: f(Id, z.number(), optional(F)), reportProvingJobSuccess: f(Id, Uri, optional(F)),
  replayProvingJob: f(Id, E, EpochNumberSchema, Uri) };
const handler = Object.fromEntries(Object.keys(schema).map(k => [k, (...args) => ({ args: args.map(a => a === undefined ? '<undefined>' : a) })]));
const srv = createNamespacedSafeJsonRpcServer({ proverBroker: [handler, schema] }, { http200OnError: false, maxBatchSize: 100, maxBodySizeBytes: '1mb' });
const h = await startHttpRpcServer(srv, { port: 0, host: '127.0.0.1' });
const post = (body, ct = 'application/json') => new Promise((res, rej) => { const r = http.request({ host: '127.0.0.1', port: h.port, method: 'POST', path: '/', headers: { ...(ct ? { 'content-type': ct } : {}), 'content-length': Buffer.byteLength(body) } }, m => { const o = []; m.on('data', c => o.push(c)); m.on('end', () => res({ status: m.statusCode, body: Buffer.concat(o).toString() })); }); r.on('error', rej); r.end(body); });
const out = [];
const rec = async (name, body, contentType) => out.push({ name, ...(contentType ? { contentType } : {}), request: body.length > 100000 ? `{spaces}${body.trim()}` : body, ...(body.length > 100000 ? { spaces: body.length - body.trim().length } : {}), ...await post(body, contentType) });
const raw = (method, params) => `{"jsonrpc":"2.0","id":1,"method":"proverBroker_${method}","params":${params}}`;
const kinds = { string: '"s"', empty: '""', int: '5', float: '1.5', neg: '-1', zero: '0', big: '1e21', huge: '1e999', true: 'true', null: 'null', array: '[]', object: '{}' };
for (const m of ['getProvingJobStatus', 'getCompletedJobs', 'getProvingJob', 'enqueueProvingJob']) for (const [k, v] of Object.entries(kinds)) await rec(`${m}-${k}`, raw(m, `[${v}]`));
for (const m of Object.keys(schema)) { for (const n of [0, 1, 2, 3, 4, 5]) await rec(`${m}-params-${n}`, raw(m, JSON.stringify(Array(n).fill('x')))); }
for (const [k, v] of Object.entries(kinds)) await rec(`params-${k}`, raw('getProvingJobStatus', v));
for (const [k, v] of Object.entries({ ...kinds, small: '1e-7', sci: '1.50e3', negzero: '-0', frac: '16.0', exp: '1.6e1', type18: '18', s16: '"16"' })) {
  await rec(`enqueue-type-${k}`, raw('enqueueProvingJob', `[{"id":"a","type":${v},"epochNumber":1,"inputsUri":"u"}]`));
  await rec(`enqueue-epoch-${k}`, raw('enqueueProvingJob', `[{"id":"a","type":16,"epochNumber":${v},"inputsUri":"u"}]`));
  await rec(`enqueue-id-${k}`, raw('enqueueProvingJob', `[{"id":${v},"type":16,"epochNumber":1,"inputsUri":"u"}]`));
  await rec(`enqueue-uri-${k}`, raw('enqueueProvingJob', `[{"id":"a","type":16,"epochNumber":1,"inputsUri":${v}}]`));
  await rec(`filter-allowlist-${k}`, raw('getProvingJob', `[{"allowList":${v}}]`));
  await rec(`filter-entry-${k}`, raw('getProvingJob', `[{"allowList":[16,${v}]}]`));
  await rec(`ids-entry-${k}`, raw('getCompletedJobs', `[["a",${v}]]`));
  await rec(`progress-startedAt-${k}`, raw('reportProvingJobProgress', `["a",${v}]`));
  await rec(`error-retry-${k}`, raw('reportProvingJobError', `["a","e",${v}]`));
  await rec(`error-message-${k}`, raw('reportProvingJobError', `["a",${v}, true, {"allowList":[1]}]`));
  await rec(`success-uri-${k}`, raw('reportProvingJobSuccess', `["a",${v},{"allowList":[1,"x"]}]`));
  await rec(`replay-type-${k}`, raw('replayProvingJob', `["a",${v},1,"u"]`));
  await rec(`replay-epoch-${k}`, raw('replayProvingJob', `["a",1,${v},"u"]`));
  await rec(`id-${k}`, `{"jsonrpc":"2.0","id":${v},"method":"proverBroker_nope"}`);
  await rec(`jsonrpc-${k}`, `{"jsonrpc":${v},"id":1,"method":"proverBroker_nope"}`);
  await rec(`method-${k}`, `{"jsonrpc":"2.0","id":1,"method":${v}}`);
  await rec(`batch-entry-${k}`, `[${v}]`);
}
for (const v of ['" 12 "', '"0x10"', '"1e2"', '"abc"', '"-3"', '"2.5"', '"Infinity"', '"0b11"', '"0o17"', '"1_0"', '"12n"', '"+7"', '".5"', '"5."', '"9007199254740991"', '"-0"', '"\\u00a012"', '"0x"', '"-0x1"', '"1 2"', '9007199254740991']) await rec(`enqueue-epoch-coerce-${v}`, raw('enqueueProvingJob', `[{"id":"a","type":16,"epochNumber":${v},"inputsUri":"u"}]`));
await rec('enqueue-all-wrong', raw('enqueueProvingJob', '[{"id":1,"type":"x","epochNumber":null,"inputsUri":[]}]'));
await rec('enqueue-epoch-neg-float', raw('enqueueProvingJob', '[{"id":1,"type":0,"epochNumber":-1.5,"inputsUri":"u"}]'));
await rec('replay-all-wrong', raw('replayProvingJob', '[1,"x",-1.5,2]'));
await rec('filter-three-wrong', raw('getProvingJob', '[{"allowList":["a",2,null,18]}]'));
await rec('filter-missing', raw('reportProvingJobError', '[1,2,3,{}]'));
await rec('filter-extra-member', raw('getProvingJob', '[{"allowList":[2,2,1],"x":1}]'));
await rec('duplicate-members', '{"jsonrpc":"2.0","id":1,"id":2,"method":"a","method":"proverBroker_getProvingJobStatus","params":[],"params":["z"]}');
await rec('object-without-anything', '{}');
await rec('whitespace-body', '  ');
await rec('leading-whitespace', ' \n\t{"id":3}');
await rec('trailing-garbage', '{} x');
await rec('number-body', '5');
await rec('null-body', 'null');
await rec('bom-body', '\ufeff{"id":3}');
await rec('proto-nested', '{"id":1,"method":"x","params":[{"a":{"__proto__":1}}]}');
await rec('proto-escaped', '{"id":1,"method":"x","params":[{"\\u005f_proto__":1}]}');
await rec('proto-in-string-value', '{"id":1,"method":"x","params":["__proto__"]}');
await rec('proto-in-quoted-text', '{"id":1,"method":"x","params":["{\\"__proto__\\":1}"]}');
await rec('proto-space-before-colon', '{"id":1,"method":"x","__proto__" \n:1}');
await rec('lone-surrogate', raw('reportProvingJobError', '["a","bad \\ud83d end"]'));
await rec('surrogate-pair', raw('reportProvingJobError', '["a","ok \\ud83d\\ude00"]'));
await rec('unicode-id', raw('getProvingJobStatus', '["\u00e9\\u0000"]'));
await rec('nested-array-entry', '[[],{"id":1,"method":"x"}]');
await rec('method-namespaced-empty', '{"id":1,"method":"proverBroker_"}');
await rec('method-case', '{"id":1,"method":"proverbroker_getProvingJob"}');
await rec('method-leading-underscore', '{"id":1,"method":"_proverBroker_getProvingJob"}');
await rec('method-object-namespace', '{"id":1,"method":"toString_x"}');
await rec('method-long', `{"id":1,"method":"${'x'.repeat(300)}"}`);
for (const n of [0, 1, 2, 3, 99, 100, 101]) await rec(`batch-of-${n}`, JSON.stringify(Array.from({ length: n }, (_, id) => ({ id, method: 'proverBroker_getProvingJob', params: [] }))));
await rec('body-at-limit', ' '.repeat(1048576 - 8) + '{"id":3}');
await rec('body-above-limit', ' '.repeat(1048576 - 7) + '{"id":3}');
await rec('method-quote', '{"id":1,"method":"a\\"b\\n\u2028"}');
for (const ct of ['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json-patch+json', 'application/vnd.api+json', 'application/csp-report', 'application/scim+json', 'text/json', 'application/x-www-form-urlencoded', 'application/ld+json', 'application/json , text/plain', 'application/jsonx', ' application/json ;x', 'application/json;', 'application/json; charset="utf-8"', 'application/json; charset', 'json']) await rec(`content-type-${ct}`, '{"id":1}', ct);
writeFileSync('cases.json', '[\n' + out.map(o => JSON.stringify(o)).join(',\n') + '\n]\n');
console.log(out.length); h.close(); process.exit(0);
