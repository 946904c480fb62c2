// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import * as oidc from 'openid-client';
import { ACCESS_TOKEN, exchange, issuer, login, openid, proven, refusal } from './realm.mjs';

const audiences = (claims) => [claims.aud].flat();

describe('openid-client', { timeout: 60_000 }, () => {
    let web, orders, billing;
    before(async () => {
        [web, orders, billing] = await Promise.all(['web', 'orders-api', 'billing-api'].map(openid));
    });

    test('discovers the realm under its own issuer', () => {
        const metadata = web.serverMetadata();
        assert.equal(metadata.issuer, issuer.href);
        for (const name of ['token', 'introspection', 'revocation', 'userinfo']) {
            assert.ok(metadata[`${name}_endpoint`]?.startsWith(issuer.href), name);
        }
        assert.ok(metadata.grant_types_supported.includes('urn:ietf:params:oauth:grant-type:token-exchange'));
    });

    test('gets a token for a service by client_credentials', async () => {
        const tokens = await oidc.clientCredentialsGrant(orders);
        assert.equal(tokens.token_type, 'bearer');
        assert.equal(tokens.refresh_token, undefined);
        const claims = await proven(orders, tokens.access_token);
        assert.equal(claims.azp, 'orders-api');
    });

    test('logs a user in by the password grant, with an ID token it accepts', async () => {
        const tokens = await login(web);
        assert.equal(tokens.claims().preferred_username, 'alice');
        assert.deepEqual(audiences(await proven(web, tokens.id_token, { audience: 'web' })), ['web']);
        const access = await proven(web, tokens.access_token, { audience: 'orders-api' });
        assert.equal(access.sub, tokens.claims().sub);
        assert.equal(access.azp, 'web');
    });

    test('exchanges a token that was sent to it for one of the next service', async () => {
        const before = await login(web);
        const after = await exchange(orders, before.access_token, 'billing-api', { scope: 'invoice:read' });
        assert.equal(after.issued_token_type, ACCESS_TOKEN);
        assert.ok(after.expires_in > 0 && after.expires_in <= 120, `${after.expires_in}`);
        const old = await proven(web, before.access_token);
        const fresh = await proven(orders, after.access_token, { audience: 'billing-api' });
        assert.equal(fresh.sub, old.sub);
        assert.equal(fresh.azp, 'orders-api');
        assert.deepEqual(audiences(fresh), ['billing-api']);
        assert.deepEqual(fresh.scope.split(' '), ['invoice:read']);
        assert.ok(fresh.exp <= old.exp);
        assert.notEqual(fresh.jti, old.jti);
        assert.ok(fresh.xid, 'names its exchange tree');
    });

    test('is refused a target that no rule gives it', async () => {
        const { access_token: token } = await login(web);
        const failure = await refusal(exchange(orders, token, 'payroll-api'), 'invalid_target');
        assert.match(failure.cause.error_code, /^TX-TGT-\d\d$/);
        assert.ok(failure.cause.trace_id);
        const unknown = await refusal(exchange(orders, token, 'no-such-api'), 'invalid_target');
        assert.equal(typeof unknown.error_description, 'string');
    });

    test('is refused a token that was not sent to it', async () => {
        const { access_token: token } = await login(web);
        await refusal(exchange(billing, token, 'billing-api'), 'invalid_request');
    });

    test('is refused an exchange as a public client', async () => {
        const { access_token: token } = await login(web);
        await refusal(exchange(web, token, 'billing-api'), 'unauthorized_client');
    });

    test('refreshes, and a refresh token that was rotated is dead with its family', async () => {
        const first = await login(web);
        const second = await oidc.refreshTokenGrant(web, first.refresh_token);
        assert.equal((await proven(web, second.access_token)).sub, first.claims().sub);
        assert.notEqual(second.refresh_token, first.refresh_token);
        await refusal(oidc.refreshTokenGrant(web, first.refresh_token), 'invalid_grant');
        await refusal(oidc.refreshTokenGrant(web, second.refresh_token), 'invalid_grant');
    });

    test('introspects: the target sees an exchanged token as active, with its parties', async () => {
        const before = await login(web);
        const after = await exchange(orders, before.access_token, 'billing-api');
        const seen = await oidc.tokenIntrospection(billing, after.access_token);
        assert.equal(seen.active, true);
        assert.equal(seen.client_id, 'orders-api');
        assert.equal(seen.sub, before.claims().sub);
        assert.deepEqual(await oidc.tokenIntrospection(billing, 'garbage'), { active: false });
    });

    test('revokes: what came from a revoked token is dead too', async () => {
        const before = await login(web);
        const after = await exchange(orders, before.access_token, 'billing-api');
        await oidc.tokenRevocation(web, before.access_token);
        assert.equal((await oidc.tokenIntrospection(billing, after.access_token)).active, false);
        await refusal(exchange(orders, before.access_token, 'billing-api'), 'invalid_request');
        await oidc.tokenRevocation(web, before.access_token);
    });

    test('reads userinfo with the subject it expects', async () => {
        const tokens = await login(web);
        const info = await oidc.fetchUserInfo(web, tokens.access_token, tokens.claims().sub);
        assert.equal(info.preferred_username, 'alice');
    });
});
