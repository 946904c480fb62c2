# SPDX-License-Identifier: Apache-2.0
# What the recipes' commands share. Source it: . docs/recipes/helpers.sh
BASE=${BASE:-http://127.0.0.1:8080}
REALM=$BASE/realms/recipe/protocol/openid-connect
EXCHANGE=urn:ietf:params:oauth:grant-type:token-exchange
ACCESS_TOKEN=urn:ietf:params:oauth:token-type:access_token
ID_TOKEN=urn:ietf:params:oauth:token-type:id_token
REFRESH_TOKEN=urn:ietf:params:oauth:token-type:refresh_token
HAND_OFF=urn:cambist:params:oauth:token-type:handoff

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
