// SPDX-License-Identifier: Apache-2.0
// An identity provider made of samlify: reads {key, certificate, entityId, audience, recipient, nameId} as JSON from
// standard input and prints the response that a user's browser would carry. What is signed: {signed: "assertion" | "both"}.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import samlify from 'samlify';

const wish = JSON.parse(readFileSync(0, 'utf8'));
const { defaultLoginResponseTemplate, replaceTagsByValue } = samlify.SamlLib;
const EMAIL = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress';
const STATEMENT = '<saml:AuthnStatement AuthnInstant="{IssueInstant}" SessionIndex="s-2"><saml:AuthnContext>'
  + '<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef>'
  + '</saml:AuthnContext></saml:AuthnStatement>';
samlify.setSchemaValidator({ validate: async () => 'not looked at: nothing is parsed here' });

const idp = samlify.IdentityProvider({
  entityID: wish.entityId,
  privateKey: wish.key,
  signingCert: wish.certificate,
  requestSignatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  nameIDFormat: [EMAIL],
  singleSignOnService: [{ Binding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST', Location: `${wish.entityId}/sso` }],
  loginResponseTemplate: {
    context: defaultLoginResponseTemplate.context.replace('{AuthnStatement}', STATEMENT),
    attributes: [{
      name: 'mail', valueTag: 'mail', nameFormat: 'urn:oasis:names:tc:SAML:2.0:attrname-format:basic', valueXsiType: 'xs:string',
    }],
  },
});
const sp = samlify.ServiceProvider({
  entityID: wish.audience,
  wantAssertionsSigned: true,
  wantMessageSigned: wish.signed === 'both',
  assertionConsumerService: [{ Binding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST', Location: wish.recipient }],
});

const fill = (template) => {
  const now = new Date();
  const later = new Date(now.getTime() + 300_000).toISOString();
  const values = {
    ID: `_${randomUUID()}`, AssertionID: `_${randomUUID()}`, Destination: wish.recipient, Audience: wish.audience,
    EntityID: wish.audience, SubjectRecipient: wish.recipient, NameIDFormat: EMAIL, NameID: wish.nameId, Issuer: wish.entityId,
    IssueInstant: now.toISOString(), AssertionConsumerServiceURL: wish.recipient, StatusCode: 'urn:oasis:names:tc:SAML:2.0:status:Success',
    ConditionsNotBefore: now.toISOString(), ConditionsNotOnOrAfter: later, SubjectConfirmationDataNotOnOrAfter: later,
    InResponseTo: '_request', attrMail: wish.nameId,
  };
  return { id: values.ID, context: replaceTagsByValue(template, values) };
};
const { context } = await idp.createLoginResponse(sp, { extract: { request: { id: '_request' } } }, 'post', { email: wish.nameId }, fill);
process.stdout.write(Buffer.from(context, 'base64').toString('utf8'));
