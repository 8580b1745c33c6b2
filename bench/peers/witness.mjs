// Solves one circuit with the solver of Aztec's own agent, acvm_js. Arguments: the artifact's file, the file of inputs
// (one hexadecimal field a line), how often, and optionally where to write the witness file.
// Prints one JSON line: milliseconds to read the artifact, of each run, and the largest memory of the process.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { executeProgram, compressWitnessStack } = require('@aztec/noir-acvm_js');
const [artifactFile, inputsFile, runs, witnessFile] = process.argv.slice(2);

const begun = performance.now();
const bytecode = Buffer.from(JSON.parse(readFileSync(artifactFile, 'utf8')).bytecode, 'base64');
const decodeMs = performance.now() - begun;
const lines = readFileSync(inputsFile, 'utf8').split('\n').filter(line => line !== '');
const solveMs = [];
let stack;
for (let run = 0; run < Number(runs); run += 1) {
  const start = performance.now();
  const initial = new Map(lines.map((field, index) => [index, field]));
  stack = await executeProgram(bytecode, initial, () => {
    throw new Error('a foreign call');
  });
  solveMs.push(performance.now() - start);
}
if (witnessFile) writeFileSync(witnessFile, compressWitnessStack(stack));
console.log(JSON.stringify({ decodeMs, solveMs, peakBytes: process.resourceUsage().maxRSS * 1024 }));
