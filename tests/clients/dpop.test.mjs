// SPDX-License-Identifier: Apache-2.0
// DPoP (RFC 9449) with nonces, by both client libraries: neither knows anything of this server.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { calculateJwkThumbprint, decodeJwt, exportJWK } from 'jose';
import * as oauth from 'oauth4webapi';
import * as oidc from 'openid-client';
import { ACCESS_TOKEN, EXCHANGE, exchange, insecure, login, oauthClient, openid, proven, refusal } from './realm.mjs';

const LOGIN = { username: 'alice', password: 'alice', scope: 'openid invoice:read' };
const thumbprint = async (pair) => calculateJwkThumbprint(await exportJWK(pair.publicKey));

describe('DPoP by oauth4webapi', { timeout: 60_000 }, () => {
    let web, orders;
    before(async () => {
        [web, orders] = await Promise.all(['web', 'orders-api'].map(oauthClient));
    });

    /** A grant with a proof, sent again with the nonce when the server asks for one. */
    async function grant({ as, client, auth }, DPoP, type, parameters) {
        const send = () => oauth.genericTokenEndpointRequest(as, client, auth, type, parameters, { ...insecure, DPoP });
        const read = async () => oauth.processGenericTokenEndpointResponse(as, client, await send());
        try {
            return await read();
        } catch (error) {
            if (!oauth.isDPoPNonceError(error)) throw error;
            return read();
        }
    }
    async function bound(who) {
        const pair = await oauth.generateKeyPair('ES256');
        return { pair, DPoP: oauth.DPoP(who.client, pair), jkt: await thumbprint(pair) };
    }

    test('is asked for a nonce first, and takes it', async () => {
        const { DPoP } = await bound(web);
        const { as, client, auth } = web;
        const options = { ...insecure, DPoP };
        const first = await oauth.genericTokenEndpointRequest(as, client, auth, 'password', LOGIN, options);
        assert.ok(first.headers.get('dpop-nonce'));
        await assert.rejects(oauth.processGenericTokenEndpointResponse(as, client, first), oauth.isDPoPNonceError);
        const second = await oauth.genericTokenEndpointRequest(as, client, auth, 'password', LOGIN, options);
        assert.equal((await oauth.processGenericTokenEndpointResponse(as, client, second)).token_type, 'dpop');
    });

    test('has its token bound to its key and refreshes it with that key only', async () => {
        const { DPoP, jkt } = await bound(web);
        const tokens = await grant(web, DPoP, 'password', LOGIN);
        assert.equal(decodeJwt(tokens.access_token).cnf.jkt, jkt);
        const stranger = await bound(web);
        const parameters = { refresh_token: tokens.refresh_token };
        await assert.rejects(grant(web, stranger.DPoP, 'refresh_token', parameters), { error: 'invalid_grant' });
        const again = await grant(web, DPoP, 'refresh_token', parameters);
        assert.equal(decodeJwt(again.access_token).cnf.jkt, jkt);
    });

    test('reads userinfo with the bound token', async () => {
        const { DPoP } = await bound(web);
        const tokens = await grant(web, DPoP, 'password', LOGIN);
        const { as, client } = web;
        const ask = () => oauth.userInfoRequest(as, client, tokens.access_token, { ...insecure, DPoP });
        const { sub } = decodeJwt(tokens.id_token);
        const read = async () => oauth.processUserInfoResponse(as, client, sub, await ask());
        const claims = await read().catch((error) => {
            assert.ok(oauth.isDPoPNonceError(error), error);
            return read();
        });
        assert.equal(claims.sub, sub);
    });

    test('exchanges a token that is bound to another: the result is bound to the requester', async () => {
        const front = await bound(web);
        const back = await bound(orders);
        const { access_token: token } = await grant(web, front.DPoP, 'password', LOGIN);
        const parameters = { subject_token: token, subject_token_type: ACCESS_TOKEN, audience: 'billing-api' };
        const issued = await grant(orders, back.DPoP, EXCHANGE, parameters);
        assert.equal(issued.token_type, 'dpop');
        assert.equal(decodeJwt(issued.access_token).cnf.jkt, back.jkt);
        await assert.rejects(grant(orders, undefined, EXCHANGE, parameters), { error: 'invalid_request' });
    });
});

describe('DPoP by openid-client', { timeout: 60_000 }, () => {
    test('goes from log-in over exchange to a bound token, nonces and all', async () => {
        const [web, orders] = await Promise.all(['web', 'orders-api'].map(openid));
        const [front, back] = await Promise.all([oidc.randomDPoPKeyPair(), oidc.randomDPoPKeyPair()]);
        const tokens = await oidc.genericGrantRequest(web, 'password', LOGIN, { DPoP: oidc.getDPoPHandle(web, front) });
        assert.equal(tokens.token_type, 'dpop');
        const issued = await oidc.genericGrantRequest(
            orders,
            EXCHANGE,
            { subject_token: tokens.access_token, subject_token_type: ACCESS_TOKEN, audience: 'billing-api' },
            { DPoP: oidc.getDPoPHandle(orders, back) },
        );
        const claims = await proven(orders, issued.access_token, { audience: 'billing-api' });
        assert.equal(claims.cnf.jkt, await thumbprint(back));
        await refusal(exchange(orders, tokens.access_token, 'billing-api'), 'invalid_request');
    });

    test('gets bearer tokens as ever without a proof', async () => {
        const web = await openid('web');
        const tokens = await login(web);
        assert.equal(tokens.token_type, 'bearer');
        assert.equal(decodeJwt(tokens.access_token).cnf, undefined);
    });
});
