// Records inputs of the AVM at the edges of their types, as a job carries them (JSON) and as bb reads them (MessagePack), with
// the classes of Aztec 4.1.2.
//
//   node avm.mjs FOLDER    writes FOLDER/edges.json.gz and FOLDER/edges.msgpack.gz; modules are looked up beside the script
import { AvmCircuitInputs } from '@aztec/stdlib/avm';
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const field = last => '0x' + 'ab'.repeat(31).replace(/^../, '00') + last.toString(16).padStart(2, '0');
const inputs = JSON.parse(AvmCircuitInputs.empty().toBuffer().toString());
const { hints } = inputs;
// A hash that looks like a field, and a name that looks like a number, are texts. There is no teardown call.
hints.tx.hash = field(1);
hints.tx.teardownEnqueuedCall = null;
const address = field(2);
const names = ['', '12', '0x12', 'transfer', 'n'.repeat(31), 'n'.repeat(32), 'n'.repeat(255), 'n'.repeat(256)];
hints.debugFunctionNames = names.map(name => ({ address, selector: field(3), name }));
// Bytecodes at the edges of lengths.
hints.contractClasses = [0, 1, 255, 256, 65535, 65536].map((length, hintKey) => ({
  hintKey,
  classId: field(4),
  artifactHash: field(5),
  privateFunctionsRoot: field(6),
  packedBytecode: Buffer.alloc(length, length).toString('base64'),
}));
// Integers, and numbers of a list at the edge of its length.
const root = { root: field(7), nextAvailableLeafIndex: 0 };
const indices = [0n, 1n, 127n, 128n, 2n ** 32n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 127n];
hints.getLeafValueHints = indices.map((index, treeId) => ({
  hintKey: { ...root, nextAvailableLeafIndex: [0, 31, 32, 127, 128, 255, 256, 65535, 65536, 4294967295][treeId] },
  treeId,
  index: index.toString(),
  value: field(8),
}));
hints.getSiblingPathHints = [0, 15, 16, 300].map(length => ({
  hintKey: { ...root, nextAvailableLeafIndex: 4294967295 },
  treeId: 1,
  index: '5',
  path: Array.from({ length }, (_, index) => field(index % 256)),
}));
const generator = '0x' + '0'.repeat(63) + '1' + '0000000000000002cf135e7506a45d632d270d45f1181294833fc48d823f272c';
const keys = ['Nullifier', 'IncomingViewing', 'OutgoingViewing', 'Tagging'];
hints.contractInstances = [{
  hintKey: 1,
  address,
  salt: field(9),
  deployer: field(10),
  currentContractClassId: field(11),
  originalContractClassId: field(12),
  initializationHash: field(13),
  publicKeys: Object.fromEntries(keys.map(key => [`master${key}PublicKey`, generator])),
}];
const decoded = AvmCircuitInputs.fromBuffer(Buffer.from(JSON.stringify(inputs)));
const folder = process.argv[2];
writeFileSync(`${folder}/edges.json.gz`, gzipSync(decoded.toBuffer(), { level: 9 }));
writeFileSync(`${folder}/edges.msgpack.gz`, gzipSync(decoded.serializeWithMessagePack(), { level: 9 }));
