// SPDX-License-Identifier: Apache-2.0
// npm's oidc-provider as tools/bench peers measures it: JWT access tokens signed with the key it is given, client
// credentials, and token exchange as its documentation tells to add a grant: verify the subject token, issue another.
//
//   node oidc_provider.mjs PORT KEY.jwk ALGORITHM CLIENT SECRET TARGET      (in a folder with node_modules)
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const load = async (name) => {
  const found = createRequire(`${process.cwd()}/`).resolve(name);
  return import(pathToFileURL(found));
};
const { Provider, errors } = await load('oidc-provider');
const { jwtVerify, importJWK } = await load('jose');

const [port, keyPath, algorithm, clientId, secret, target] = process.argv.slice(2);
const jwk = JSON.parse(readFileSync(keyPath, 'utf8'));
const issuer = `http://127.0.0.1:${port}`;
const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessToken = 'urn:ietf:params:oauth:token-type:access_token';
const { d, p, q, dp, dq, qi, ...publicJwk } = jwk;
const key = await importJWK(publicJwk, algorithm);

const resource = (audience) => ({
  scope: 'invoice:read', audience, accessTokenFormat: 'jwt', accessTokenTTL: 300,
  jwt: { sign: { alg: algorithm, kid: jwk.kid } },
});
const provider = new Provider(issuer, {
  jwks: { keys: [jwk] },
  scopes: ['invoice:read'],
  clients: [{
    client_id: clientId, client_secret: secret, redirect_uris: [], response_types: [],
    grant_types: ['client_credentials', exchange], token_endpoint_auth_method: 'client_secret_basic', id_token_signed_response_alg: algorithm,
  }],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true, defaultResource: () => `urn:bench:${target}`,
      getResourceServerInfo: (ctx, indicator) => resource(indicator),
    },
  },
});

provider.registerGrantType(exchange, async (ctx) => {
  const { params, client } = ctx.oidc;
  if (params.subject_token_type !== accessToken) throw new errors.InvalidRequest('subject_token_type');
  const { payload } = await jwtVerify(params.subject_token, key, {
    issuer: ctx.oidc.issuer, audience: clientId, algorithms: [algorithm],
  }).catch(() => { throw new errors.InvalidGrant('subject_token'); });
  const token = new provider.ClientCredentials({ client, scope: 'invoice:read', extra: { sub: payload.sub } });
  token.resourceServer = new provider.ResourceServer(`urn:bench:${target}`, resource(`urn:bench:${target}`));
  ctx.oidc.entity('ClientCredentials', token);
  ctx.body = {
    access_token: await token.save(), issued_token_type: accessToken, token_type: 'Bearer',
    expires_in: token.expiration, scope: token.scope,
  };
}, ['subject_token', 'subject_token_type', 'audience', 'scope']);

provider.listen(Number(port), '127.0.0.1', () => process.stderr.write('ready\n'));
