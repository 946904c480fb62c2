// SPDX-License-Identifier: Apache-2.0
// A customer's identity provider, made of npm's oidc-provider: users log in by its own forms with any password, tokens for
// a resource are JWTs or opaque, introspection is for who asked for them and for our gateway, userinfo names the client.
//
//   node provider.mjs PORT ALGORITHM      prints "ready"; on standard input "rotate" renews its keys, "forget" drops the old
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { webcrypto } from 'node:crypto';

// Debian 12 has Node 18, and oidc-provider wants newer.
globalThis.crypto ??= webcrypto;
URL.parse ??= (text, base) => { try { return new URL(text, base); } catch { return null; } };
console.info = console.warn; // standard output is for answers
const { default: Provider, errors } = await import('oidc-provider');
const { generateKeyPair, exportJWK } = await import('jose');

const [port, algorithm] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

// What the provider keeps, so that it survives when its keys change.
const kept = new Map();
class Memory {
  constructor(model) { this.model = model; }
  key(id) { return `${this.model}:${id}`; }
  async upsert(id, payload) { kept.set(this.key(id), payload); }
  async find(id) { return kept.get(this.key(id)); }
  async findByUid(uid) {
    return [...kept].find(([key, value]) => key.startsWith(`${this.model}:`) && value.uid === uid)?.[1];
  }
  async findByUserCode() { return undefined; }
  async consume(id) { kept.get(this.key(id)).consumed = Math.floor(Date.now() / 1000); }
  async destroy(id) { kept.delete(this.key(id)); }
  async revokeByGrantId(grantId) {
    for (const [key, value] of kept) if (value.grantId === grantId) kept.delete(key);
  }
}

const app = (clientId, more = {}) => ({
  client_id: clientId,
  client_secret: `${clientId}-secret-of-some-length`,
  redirect_uris: [`https://${clientId}.example/callback`],
  grant_types: ['authorization_code', 'refresh_token'],
  id_token_signed_response_alg: algorithm,
  ...more,
});
const resources = {
  'https://shop.example/api': { accessTokenFormat: 'jwt', audience: 'https://shop.example/api' },
  'https://shop.example/opaque': { accessTokenFormat: 'opaque', audience: 'https://shop.example/api' },
  'https://elsewhere.example/api': { accessTokenFormat: 'jwt', audience: 'https://elsewhere.example/api' },
};
const configuration = (keys) => ({
  adapter: Memory,
  jwks: { keys },
  clients: [app('app'), app('stranger'), app('gateway', { redirect_uris: [], grant_types: [], response_types: [] })],
  claims: { openid: ['sub', 'aud'], email: ['email', 'email_verified'], profile: ['preferred_username'] },
  scopes: ['openid', 'offline_access'],
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'] },
  pkce: { required: () => false },
  cookies: { keys: ['of this run'] },
  findAccount: (ctx, sub, token) => ({
    accountId: sub,
    claims: () => ({
      sub, email: `${sub}@example.com`, email_verified: sub !== 'unverified', preferred_username: sub, aud: token?.clientId,
    }),
  }),
  features: {
    devInteractions: { enabled: true },
    introspection: {
      enabled: true, allowedPolicy: (ctx, client, token) => client.clientId === 'gateway' || client.clientId === token.clientId,
    },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: (ctx, resource) => {
        if (!resources[resource]) throw new errors.InvalidTarget();
        return { scope: 'orders', accessTokenTTL: 300, jwt: { sign: { alg: algorithm } }, ...resources[resource] };
      },
    },
  },
});

let number = 0;
const newKey = async () => {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  number += 1;
  return { ...await exportJWK(privateKey), kid: `key-${number}`, use: 'sig', alg: algorithm };
};
let keys = [await newKey()];
const serve = () => new Provider(issuer, configuration(keys)).callback();
let handle = serve();

createInterface({ input: process.stdin }).on('line', async (line) => {
  if (line === 'rotate') keys = [await newKey(), ...keys]; // the first one signs
  else if (line === 'forget') keys = keys.slice(0, 1);
  handle = serve();
  process.stdout.write(`${keys[0].kid}\n`);
}).on('close', () => process.exit(0));
createServer((request, response) => handle(request, response)).listen(Number(port), '127.0.0.1', () => {
  process.stdout.write('ready\n');
});
