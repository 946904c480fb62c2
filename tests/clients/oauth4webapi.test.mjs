// SPDX-License-Identifier: Apache-2.0
// The strictest client at hand: it checks the shape of each answer, not only its values.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import * as oauth from 'oauth4webapi';
import { ACCESS_TOKEN, EXCHANGE, insecure, oauthClient } from './realm.mjs';

async function grant({ as, client, auth }, type, parameters) {
    const response = await oauth.genericTokenEndpointRequest(as, client, auth, type, parameters, insecure);
    return oauth.processGenericTokenEndpointResponse(as, client, response);
}

describe('oauth4webapi', { timeout: 60_000 }, () => {
    let web, orders, billing;
    before(async () => {
        [web, orders, billing] = await Promise.all(['web', 'orders-api', 'billing-api'].map(oauthClient));
    });
    const login = () => grant(web, 'password', { username: 'alice', password: 'alice', scope: 'openid invoice:read' });
    const exchange = (token, extra) =>
        grant(orders, EXCHANGE, { subject_token: token, subject_token_type: ACCESS_TOKEN, ...extra });

    test('takes the answer to client_credentials as RFC 6749 has it', async () => {
        const { as, client, auth } = orders;
        const response = await oauth.clientCredentialsGrantRequest(as, client, auth, {}, insecure);
        assert.equal(response.headers.get('cache-control'), 'no-store');
        const tokens = await oauth.processClientCredentialsResponse(as, client, response);
        assert.equal(tokens.token_type, 'bearer');
    });

    test('takes the answer to an exchange as RFC 8693 has it', async () => {
        const before = await login();
        const after = await exchange(before.access_token, { audience: 'billing-api' });
        assert.equal(after.issued_token_type, ACCESS_TOKEN);
        assert.equal(after.token_type, 'bearer');
        assert.equal(after.refresh_token, undefined);
    });

    test('refuses nothing silently: half a pair and a doubled parameter are errors', async () => {
        const { access_token: token } = await login();
        const half = { audience: 'billing-api', actor_token: token };
        await assert.rejects(exchange(token, half), { error: 'invalid_request', status: 400 });
        const doubled = new URLSearchParams({ subject_token: token, subject_token_type: ACCESS_TOKEN, audience: 'billing-api' });
        doubled.append('subject_token', token);
        await assert.rejects(grant(orders, EXCHANGE, doubled), { error: 'invalid_request', status: 400 });
    });

    test('is told a wrong secret by 401 with a challenge, and no more', async () => {
        const wrong = { ...orders, auth: oauth.ClientSecretBasic('wrong') };
        const nobody = { ...orders, client: { client_id: 'nobody' }, auth: oauth.ClientSecretBasic('wrong') };
        const answers = [];
        for (const who of [wrong, nobody]) {
            const response = await oauth.genericTokenEndpointRequest(who.as, who.client, who.auth, 'client_credentials', {}, insecure);
            assert.equal(response.status, 401);
            assert.match(response.headers.get('www-authenticate'), /^Basic /i);
            const { trace_id: trace, ...rest } = await response.json();
            assert.ok(trace);
            answers.push(rest);
        }
        assert.deepEqual(answers[0], answers[1]);
    });

    test('validates the JWT access token of an exchange as a resource server', async () => {
        const before = await login();
        const after = await exchange(before.access_token, { audience: 'billing-api', scope: 'invoice:read' });
        const { as, client, auth } = billing;
        const response = await oauth.introspectionRequest(as, client, auth, after.access_token, insecure);
        const seen = await oauth.processIntrospectionResponse(as, client, response);
        assert.equal(seen.active, true);
        assert.equal(seen.scope, 'invoice:read');
    });

    test('revokes with an empty answer, also what is no token', async () => {
        const { access_token: token } = await login();
        for (const what of [token, 'garbage']) {
            const { as, client, auth } = web;
            await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, what, insecure));
        }
    });
});
