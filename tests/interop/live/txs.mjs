// Sends private-only txs to a node until it is stopped: deployments of accounts that the sponsored fee contract pays for.
//
//   node txs.mjs NODE_URL PAUSE_MS [COUNT]
//
// Each tx is looked at before it is sent: one with a public call would need the AVM, and is an error. A line `mined ...`
// is printed for each that is in a block, `lost ...` for one that is not after a minute. Proofs are not made; the network runs without them.
import crypto from 'node:crypto';
import { SponsoredFeePaymentMethod } from '@aztec/aztec.js/fee';
import { AztecAddress } from '@aztec/aztec.js/addresses';
import { Fr } from '@aztec/aztec.js/fields';
import { NO_WAIT, getContractInstanceFromInstantiationParams } from '@aztec/aztec.js/contracts';
import { createAztecNodeClient } from '@aztec/aztec.js/node';
import { SponsoredFPCContract } from '@aztec/noir-contracts.js/SponsoredFPC';
import { EmbeddedWallet } from '@aztec/wallets/embedded';

const [url, pauseMs, count = 'Infinity'] = process.argv.slice(2);
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));
const field = label => Fr.fromBufferReduce(crypto.createHash('sha256').update(`live/${label}`).digest());

const node = createAztecNodeClient(url);
// The first slots after a boot may be lost, and the txs in them.
while (!(await node.getCheckpointedBlockNumber())) await sleep(500);

// The wallet only composes; what it would send is looked at first.
const composed = [];
const sendLater = (target, name) => (name === 'sendTx' ? async tx => void composed.push(tx) : target[name]);
const wallet = await EmbeddedWallet.create(new Proxy(node, { get: sendLater }), {
  pxeConfig: { proverEnabled: false },
  ephemeral: true,
});
const sponsor = await getContractInstanceFromInstantiationParams(SponsoredFPCContract.artifact, { salt: new Fr(0n) });
await wallet.registerContract(sponsor, SponsoredFPCContract.artifact);
const fee = { paymentMethod: new SponsoredFeePaymentMethod(sponsor.address) };

async function deployment(number) {
  const account = await wallet.createSchnorrAccount(field(`secret-${number}`), field(`salt-${number}`));
  const method = await account.getDeployMethod();
  await method.send({ from: AztecAddress.ZERO, skipClassPublication: true, fee, wait: NO_WAIT });
  const tx = composed.pop();
  if (!tx || tx.hasPublicCalls()) throw new Error(`deployment ${number} is not a private tx`);
  return tx;
}

// A slot that the sequencer loses takes its txs with it, which is no failure of theirs.
async function settled(tx) {
  const end = Date.now() + 60_000;
  for (;;) {
    const { status, blockNumber } = await node.getTxReceipt(tx.getTxHash());
    if (status !== 'pending' && status !== 'dropped') return `mined ${tx.getTxHash()} in block ${blockNumber}`;
    if (Date.now() > end) return `lost ${tx.getTxHash()}: ${status}`;
    await sleep(500);
  }
}

for (let number = 0; number < Number(count); number++) {
  try {
    const tx = await deployment(number);
    await node.sendTx(tx);
    console.log(await settled(tx));
  } catch (error) {
    // The block that the wallet built on may be gone with a lost slot.
    console.log(`lost deployment ${number}: ${error.message.split('\n')[0]}`);
  }
  await sleep(Number(pauseMs));
}
await wallet.stop();
process.exit(0);
