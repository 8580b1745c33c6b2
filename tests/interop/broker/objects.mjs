// What the services of `run objects` need.
//
//   objects.mjs container ENDPOINT ACCOUNT KEY NAME   makes a container of Azure Blob Storage
//   objects.mjs key                                   prints a key of a service account of Google's, made just now
//   objects.mjs google PORT S3_PORT                   serves Google Cloud Storage's XML interface
//
// That interface is the one of S3 with another kind of authorization: requests with a service account's token are passed on
// to a server that speaks S3 and verifies no signatures, others are refused. The emulators of Google's service that
// registries have speak its JSON interface only, which the client does not use for objects.
import { createHmac, generateKeyPairSync } from 'node:crypto';
import http from 'node:http';

const S3 = 'AWS4-HMAC-SHA256 Credential=interop/20260101/auto/s3/aws4_request, SignedHeaders=host, Signature=0';
const VERSION = '2021-08-06';
// A service account signs its tokens itself: three parts in base64.
const TOKEN = /^Bearer [\w-]+\.[\w-]+\.[\w-]+$/;

const [command, ...options] = process.argv.slice(2);
if (command === 'container') {
  const [endpoint, account, key, name] = options;
  const date = new Date().toUTCString();
  const resource = `/${account}${new URL(endpoint).pathname}/${name}\nrestype:container`;
  const signed = ['PUT', ...Array(11).fill(''), `x-ms-date:${date}\nx-ms-version:${VERSION}`, resource].join('\n');
  const signature = createHmac('sha256', Buffer.from(key, 'base64')).update(signed).digest('base64');
  const headers = { 'x-ms-date': date, 'x-ms-version': VERSION, authorization: `SharedKey ${account}:${signature}` };
  const answer = await fetch(`${endpoint}/${name}?restype=container`, { method: 'PUT', headers });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
} else if (command === 'key') {
  const encoding = type => ({ type, format: 'pem' });
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048, privateKeyEncoding: encoding('pkcs8'), publicKeyEncoding: encoding('spki'),
  });
  const account = { type: 'service_account', private_key: privateKey, private_key_id: 'interop' };
  console.log(JSON.stringify({ ...account, client_email: 'interop@example.com' }));
} else if (command === 'google') {
  const [port, to] = options.map(Number);
  http.createServer((request, response) => {
    const { authorization, host, ...headers } = request.headers;
    if (!TOKEN.test(authorization)) {
      response.writeHead(401).end();
      return;
    }
    const onward = http.request(
      { host: '127.0.0.1', port: to, method: request.method, path: request.url, headers: { ...headers, authorization: S3 } },
      answer => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  }).listen(port, '127.0.0.1');
} else {
  throw new Error('container, key or google');
}
