// SPDX-License-Identifier: Apache-2.0
// What the tests share: the realm under test, its clients, and the check of every token.
import assert from 'node:assert/strict';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import * as oidc from 'openid-client';

assert.ok(process.env.CAMBIST_URL, 'CAMBIST_URL names the server under test; run tools/check clients');
export const issuer = new URL(`${process.env.CAMBIST_URL}/realms/demo`);
export const secrets = { 'orders-api': 'orders-secret', 'billing-api': 'billing-secret' };
export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

// Plain HTTP on loopback is asked for in so many words; nothing else of the clients is relaxed.
export const insecure = { [oauth.allowInsecureRequests]: true };

/** An openid-client Configuration of one client of the realm, made by discovery. */
export function openid(clientId) {
    const secret = secrets[clientId];
    const auth = secret ? oidc.ClientSecretBasic(secret) : oidc.None();
    return oidc.discovery(issuer, clientId, undefined, auth, {
        execute: [oidc.allowInsecureRequests],
        timeout: 15,
    });
}

/** { as, client, auth } for oauth4webapi: the discovered server and one client of the realm. */
export async function oauthClient(clientId) {
    const response = await oauth.discoveryRequest(issuer, insecure);
    const as = await oauth.processDiscoveryResponse(issuer, response);
    const secret = secrets[clientId];
    return {
        as,
        client: { client_id: clientId },
        auth: secret ? oauth.ClientSecretBasic(secret) : oauth.None(),
    };
}

/** The claims of a token after jose proved signature, issuer and times. */
export async function proven(config, token, options = {}) {
    const { jwks_uri: certs, issuer: name } = config.serverMetadata();
    const keys = createRemoteJWKSet(new URL(certs));
    const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer: name, ...options });
    assert.match(protectedHeader.alg, /^(RS|PS|ES)(256|384|512)$|^Ed(DSA|25519)$/);
    assert.ok(protectedHeader.kid);
    assert.ok(payload.jti);
    return payload;
}

/** alice's tokens from `web`: her access token names orders-api as an audience. */
export function login(config, extra = {}) {
    return oidc.genericGrantRequest(config, 'password', {
        username: 'alice',
        password: 'alice',
        scope: 'openid invoice:read',
        ...extra,
    });
}

/** The exchange of RFC 8693 for an audience, by openid-client. */
export function exchange(config, subjectToken, audience, extra = {}) {
    return oidc.genericGrantRequest(config, EXCHANGE, {
        subject_token: subjectToken,
        subject_token_type: ACCESS_TOKEN,
        audience,
        ...extra,
    });
}

/** The error that a promise ends in must be an OAuth error answer of this kind. */
export async function refusal(promise, error, status = 400) {
    const failure = await promise.then(
        () => assert.fail(`was granted, expected ${error}`),
        (reason) => reason,
    );
    assert.equal(failure.error, error, `${failure.message} ${JSON.stringify(failure.cause)}`);
    assert.equal(failure.status, status);
    return failure;
}
