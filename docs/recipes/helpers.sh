# SPDX-License-Identifier: Apache-2.0
# What the recipes' commands share. Source it: . docs/recipes/helpers.sh
BASE=${BASE:-http://127.0.0.1:8080}
REALM=$BASE/realms/recipe/protocol/openid-connect
EXCHANGE=urn:ietf:params:oauth:grant-type:token-exchange
ACCESS_TOKEN=urn:ietf:params:oauth:token-type:access_token
ID_TOKEN=urn:ietf:params:oauth:token-type:id_token
REFRESH_TOKEN=urn:ietf:params:oauth:token-type:refresh_token
SAML2=urn:ietf:params:oauth:token-type:saml2
JWT=urn:ietf:params:oauth:token-type:jwt
HAND_OFF=urn:cambist:params:oauth:token-type:handoff
CLIENT_ASSERTION=urn:ietf:params:oauth:client-assertion-type:jwt-bearer
KEYS=${RECIPE_KEYS:-/tmp/cambist-recipes} # the keys of everybody else; the realm files name them there

# field NAME: a member of the JSON object on standard input.
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

# claims TOKEN: what a JWT says; nothing is verified.
claims() {
    python3 -c 'import base64, json, sys
print(json.dumps(json.loads(base64.urlsafe_b64decode(sys.argv[1].split(".")[1] + "==")), indent=2))' "$1"
}

# login USER CLIENT: logs a user in at a public client, for the demonstration with the password grant.
login() { curl -s "$REALM/token" -d grant_type=password -d client_id="$2" -d username="$1" -d password="$1" -d scope=openid; }

# pkce: makes VERIFIER, which the app keeps, and CHALLENGE, which it sends ahead (RFC 7636).
pkce() {
    VERIFIER=$(openssl rand -hex 32)
    CHALLENGE=$(printf %s "$VERIFIER" | openssl dgst -sha256 -binary | basenc --base64url | tr -d =)
}

# make_key NAME: a key of somebody else, made here and now, with the certificate that the realm file names.
make_key() {
    mkdir -p "$KEYS"
    (umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$1" \
        -keyout "$KEYS/$1.key.pem" -out "$KEYS/$1.pem" 2>/dev/null)
}

# jwt NAME CLAIMS: what the owner of that key says, for five minutes.
jwt() { python3 docs/recipes/partner.py sign "$KEYS/$1.key.pem" "$2"; }

# assertion NAME DEPARTMENT: what the partner's identity provider of saml-shop.md would issue now, signed by xmlsec1.
assertion() {
    local now end id
    id=_$(openssl rand -hex 16)
    now=$(date -u +%Y-%m-%dT%H:%M:%SZ) end=$(date -u -d "+5 minutes" +%Y-%m-%dT%H:%M:%SZ)
    xmlsec1 --sign --privkey-pem "$KEYS/partner.key.pem" \
        --id-attr:ID urn:oasis:names:tc:SAML:2.0:assertion:Assertion <(cat <<END
<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="$id" Version="2.0" IssueInstant="$now">
  <saml:Issuer>https://idp.partner.example</saml:Issuer>
  <ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
    <ds:SignedInfo>
      <ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
      <ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/>
      <ds:Reference URI="#$id">
        <ds:Transforms>
          <ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
          <ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
        </ds:Transforms>
        <ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>
        <ds:DigestValue/>
      </ds:Reference>
    </ds:SignedInfo>
    <ds:SignatureValue/>
  </ds:Signature>
  <saml:Subject>
    <saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">$1</saml:NameID>
    <saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
      <saml:SubjectConfirmationData NotOnOrAfter="$end" Recipient="https://shop.example/saml/acs"/>
    </saml:SubjectConfirmation>
  </saml:Subject>
  <saml:Conditions NotBefore="$now" NotOnOrAfter="$end">
    <saml:AudienceRestriction><saml:Audience>https://shop.example/saml</saml:Audience></saml:AudienceRestriction>
  </saml:Conditions>
  <saml:AuthnStatement AuthnInstant="$now" SessionIndex="s-1">
    <saml:AuthnContext>
      <saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef>
    </saml:AuthnContext>
  </saml:AuthnStatement>
  <saml:AttributeStatement>
    <saml:Attribute Name="department"><saml:AttributeValue>$2</saml:AttributeValue></saml:Attribute>
  </saml:AttributeStatement>
</saml:Assertion>
END
)
}

# base64url: of standard input, as a token travels.
base64url() { basenc --base64url -w 0 | tr -d =; }
