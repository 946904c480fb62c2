// SPDX-License-Identifier: Apache-2.0
// jose as the reader of what the server signs and encrypts; oauth4webapi as a resource server.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { compactDecrypt, createRemoteJWKSet, importJWK, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import { insecure, issuer, login, oauthClient, openid } from './realm.mjs';

// The private half of web-sealed's key in realm.yaml: published here, never to be used elsewhere.
const seal = {"crv":"P-256","d":"1eHQ-u_QJyn2efcNfPyRb5Hba4b9EwWL0y9yte62LHA","kid":"seal","kty":"EC","use":"enc","x":"YMtnZoL7vfXGZfH2hLNI3uu6yek2TbBqS0q4JwFGMyA","y":"syCj3wJVBy_RZLoYYRamuNA1YZSSx6veu6XQQzzqjno"};

describe('jose', { timeout: 60_000 }, () => {
    let keys, key, userinfo;
    const options = { issuer: issuer.href };
    before(async () => {
        const { jwks_uri: certs, userinfo_endpoint: endpoint } = (await openid('web')).serverMetadata();
        keys = createRemoteJWKSet(new URL(certs));
        userinfo = endpoint;
        key = await importJWK(seal, 'ECDH-ES');
    });
    const told = async (token) => {
        const answer = await fetch(userinfo, { headers: { authorization: `Bearer ${token}` } });
        assert.equal(answer.headers.get('content-type'), 'application/jwt');
        return answer.text();
    };
    const tokensOf = async (client) => {
        const body = { grant_type: 'password', client_id: client, username: 'alice', password: 'alice', scope: 'openid' };
        const response = await fetch(`${issuer.href}/protocol/openid-connect/token`, { method: 'POST', body: new URLSearchParams(body) });
        assert.equal(response.status, 200);
        return response.json();
    };

    test('verifies tokens and userinfo of one client, each with the algorithm it chose', async () => {
        const tokens = await tokensOf('web-eddsa');
        const chosen = [[tokens.access_token, 'EdDSA'], [tokens.id_token, 'ES512'], [await told(tokens.access_token), 'PS384']];
        for (const [token, algorithm] of chosen) {
            const { protectedHeader } = await jwtVerify(token, keys, { ...options, algorithms: [algorithm] });
            assert.equal(protectedHeader.alg, algorithm);
        }
    });

    test('decrypts an ID token and userinfo and verifies what is inside', async () => {
        const tokens = await tokensOf('web-sealed');
        const sealed = [[tokens.id_token, 'ECDH-ES+A256KW', 'A256GCM'], [await told(tokens.access_token), 'ECDH-ES', 'A128CBC-HS256']];
        for (const [token, alg, enc] of sealed) {
            const limits = { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: [enc] };
            const { plaintext, protectedHeader } = await compactDecrypt(token, key, limits);
            assert.equal(protectedHeader.cty, 'JWT');
            const { payload } = await jwtVerify(new TextDecoder().decode(plaintext), keys, { ...options, audience: 'web-sealed' });
            assert.ok(payload.sub);
        }
    });

    test('takes an introspection answer as RFC 9701 has it', async () => {
        const { access_token: token } = await login(await openid('web'));
        const { as, client, auth } = await oauthClient('orders-api');
        const own = { ...client, introspection_signed_response_alg: 'ES256' };
        const response = await oauth.introspectionRequest(as, own, auth, token, { ...insecure, requestJwtResponse: true });
        const copy = response.clone();
        const answer = await oauth.processIntrospectionResponse(as, own, response);
        assert.equal(answer.active, true);
        assert.equal(answer.username, 'alice');
        await jwtVerify(await copy.text(), keys, { ...options, audience: 'orders-api', typ: 'token-introspection+jwt' });
    });
});
