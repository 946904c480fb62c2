// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "representation/realm_file.h"
#include "representation/test_files.h"

namespace cambist::representation {
namespace {

struct FaultCase {
    const char* name;
    std::string text;
    std::string expected;  // the one fault, as it is printed
};
void PrintTo(const FaultCase& test, std::ostream* out) { *out << test.text; }

class RealmFaults : public testing::TestWithParam<FaultCase> {};

TEST_P(RealmFaults, NameThePlaceTheCauseAndTheMend) {
    const auto outcome = read_realm_file(GetParam().text, "r", {});
    EXPECT_FALSE(outcome.file);
    EXPECT_EQ(all_of(outcome.faults), GetParam().expected + "\n");
}

constexpr auto kNamed = [](const auto& test) { return std::string(test.param.name); };

INSTANTIATE_TEST_SUITE_P(
    Shape, RealmFaults,
    testing::Values(
        FaultCase{"UnknownKey", "realm: a\nenabeld: true\n",
                  "r:2:1: enabeld: unknown key \"enabeld\"; did you mean \"enabled\"?"},
        FaultCase{"UnknownKeyInAClient", "realm: a\nclients:\n  - clientId: c\n    secrt: x\n",
                  "r:4:5: clients[0].secrt: unknown key \"secrt\"; did you mean \"secret\"?"},
        FaultCase{"WrongType", "realm: a\nenabled: 'true'\n",
                  "r:2:10: enabled: is a string, must be true or false; write it without quotes"},
        FaultCase{"TextForANumber", "realm: a\naccessTokenLifespan: 5m\n",
                  "r:2:22: accessTokenLifespan: is a string, must be an integer; "
                  "write it without quotes"},
        FaultCase{"Negative", "realm: a\naccessTokenLifespan: -1\n",
                  "r:2:22: accessTokenLifespan: must not be negative"},
        FaultCase{"ZeroLifetime", "realm: a\naccessTokenLifespan: 0\n",
                  "r:2:22: accessTokenLifespan: must be above zero: nothing could ever be valid"},
        FaultCase{"NoValue", "realm: a\nclients:\n",
                  "r:2:1: clients: has no value; give it one or remove the key"},
        FaultCase{"NoName", "enabled: true\n",
                  "r:1:1: the realm has no name; add the key \"realm\""},
        FaultCase{"NameForAPath", "realm: a/b\n",
                  "r:1:8: realm: is no name for a realm, which stands in URLs; "
                  "use letters, digits, '-', '_' and '.'"},
        FaultCase{"UnknownWord", "realm: a\nerrorDialect: strikt\n",
                  "r:2:15: errorDialect: unknown value \"strikt\"; did you mean \"strict\"?"},
        FaultCase{"UnknownAlgorithm", "realm: a\ndefaultSignatureAlgorithm: HS256\n",
                  "r:2:28: defaultSignatureAlgorithm: no signature algorithm of ours: \"HS256\"; "
                  "use one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, "
                  "EdDSA"},
        FaultCase{"TrustedIssuers", "realm: a\ntrustedIssuers: [{ alias: x, isuer: y }]\n",
                  "r:2:18: trustedIssuers[0]: names no issuer; add issuer: the value of iss\n"
                  "r:2:30: trustedIssuers[0].isuer: unknown key \"isuer\"; did you mean "
                  "\"issuer\"?"},
        FaultCase{"AsyncAudit", "realm: a\naudit: { durability: async }\n",
                  "r:2:22: audit.durability: async is not served by this version; write sync"},
        FaultCase{"NoObject", "[]\n", "r:1:1: is an array, must be an object"}),
    kNamed);

INSTANTIATE_TEST_SUITE_P(
    Names, RealmFaults,
    testing::Values(
        FaultCase{"ClientTwice", "realm: a\nclients: [{ clientId: c }, { clientId: c }]\n",
                  "r:2:40: clients[1].clientId: the client \"c\" occurs twice (first at line 2, "
                  "column 23)"},
        FaultCase{"UnknownScope",
                  "realm: a\nclients: [{ clientId: c, defaultClientScopes: [profil] }]\n",
                  "r:2:48: clients[0].defaultClientScopes[0]: the realm has no client scope "
                  "\"profil\"; did you mean \"profile\"?"},
        FaultCase{
            "UnknownRoleOfAUser",
            "realm: a\nusers: [{ username: u, realmRoles: [offline_acces] }]\n",
            "r:2:37: users[0].realmRoles[0]: the realm has no role \"offline_acces\"; did you "
            "mean \"offline_access\"?"},
        FaultCase{"UnknownClientRole",
                  "realm: a\nusers: [{ username: u, clientRoles: { account: [admin] } }]\n",
                  "r:2:49: users[0].clientRoles.account[0]: the client \"account\" has no role "
                  "\"admin\""},
        FaultCase{"UnknownGroup",
                  "realm: a\ngroups: [{ name: staff }]\n"
                  "users: [{ username: u, groups: [/staf] }]\n",
                  "r:3:33: users[0].groups[0]: the realm has no group \"/staf\"; did you mean "
                  "\"/staff\"?"},
        FaultCase{"GroupWithoutSlash",
                  "realm: a\ngroups: [{ name: staff }]\n"
                  "defaultGroups: [staff]\n",
                  "r:3:17: defaultGroups[0]: the realm has no group \"staff\"; a group is named by "
                  "its path, from the top: \"/staff\""},
        FaultCase{"TildeAtTheEndOfAGroup", "realm: a\ngroups: [{ name: a~ }]\n",
                  "r:2:18: groups[0].name: the name of a group must not end with a tilde: "
                  "\"a~\"; rename it"},
        FaultCase{"PlainSlashInThePathOfAGroup",
                  "realm: a\ngroups: [{ name: a/b }]\ndefaultGroups: [/a/b]\n",
                  "r:3:17: defaultGroups[0]: the realm has no group \"/a/b\"; did you mean "
                  "\"/a~/b\"?"},
        FaultCase{"UnknownComposite",
                  "realm: a\nroles: { realm: [{ name: b, composites: { realm: [clerks] } }] }\n",
                  "r:2:51: roles.realm[0].composites.realm[0]: the realm has no role \"clerks\"; a "
                  "role of a client is written \"client:role\"; add realm roles to roles.realm"},
        FaultCase{"RolesOfNobody", "realm: a\nroles: { client: { c: [{ name: x }] } }\n",
                  "r:2:23: roles.client.c: the realm has no client \"c\""},
        FaultCase{"MappingToNobody", "realm: a\nscopeMappings: [{ client: nobody, roles: [] }]\n",
                  "r:2:27: scopeMappings[0].client: the realm has no client \"nobody\""},
        FaultCase{"ServiceAccountOfNobody",
                  "realm: a\nusers: [{ username: u, serviceAccountClientId: nobody }]\n",
                  "r:2:48: users[0].serviceAccountClientId: the realm has no client \"nobody\""},
        FaultCase{"UserTwice", "realm: a\nusers: [{ username: u }, { username: U }]\n",
                  "r:2:38: users[1].username: the user \"u\" occurs twice (first at line 2, column "
                  "21)"}),
    kNamed);

INSTANTIATE_TEST_SUITE_P(
    ClientSettings, RealmFaults,
    testing::Values(
        FaultCase{
            "Authenticator",
            "realm: a\nclients: [{ clientId: c, clientAuthenticatorType: client-secrt }]\n",
            "r:2:51: clients[0].clientAuthenticatorType: not supported: \"client-secrt\"; use "
            "client-secret, client-secret-jwt, client-jwt or client-x509"},
        FaultCase{"SwitchValue",
                  "realm: a\nclients: [{ clientId: c, secret: s, attributes: { "
                  "standard.token.exchange.enabled: yes } }]\n",
                  "r:2:84: clients[0].attributes[\"standard.token.exchange.enabled\"]: must be "
                  "\"true\" or \"false\", not \"yes\""},
        FaultCase{
            "BoundTokens",
            "realm: a\nclients: [{ clientId: c, secret: s, attributes: { "
            "dpop.bound.access.tokens: on } }]\n",
            "r:2:77: clients[0].attributes[\"dpop.bound.access.tokens\"]: must be \"true\" or "
            "\"false\", not \"on\""},
        FaultCase{"SubjectName",
                  "realm: a\nclients: [{ clientId: c, clientAuthenticatorType: client-x509, "
                  "attributes: { x509.subjectdn: nobody } }]\n",
                  "r:2:94: clients[0].attributes[\"x509.subjectdn\"]: is no name as of RFC 4514: a "
                  "part has no equals sign; write it as CN=...,OU=...,O=..."},
        FaultCase{"TimeOfASecret",
                  "realm: a\nclients: [{ clientId: c, secret: s, attributes: { "
                  "client.secret.expiration.time: soon } }]\n",
                  "r:2:82: clients[0].attributes[\"client.secret.expiration.time\"]: must be "
                  "seconds since 1970, not \"soon\""},
        FaultCase{
            "KeysAtNoUrl",
            "realm: a\nclients: [{ clientId: c, clientAuthenticatorType: client-jwt, attributes: { "
            "use.jwks.url: 'true', jwks.url: 'ftp://a' } }]\n",
            "r:2:109: clients[0].attributes[\"jwks.url\"]: must be the https URL of the client's "
            "JWK set"},
        FaultCase{"TwoNamesOfACertificate",
                  "realm: a\nclients: [{ clientId: c, clientAuthenticatorType: client-x509, "
                  "attributes: { x509.subjectdn: CN=a, cambist.x509.san.dns: a.example } }]\n",
                  "r:2:122: clients[0].attributes[\"cambist.x509.san.dns\"]: a client is known by "
                  "one name of its certificate; keep one of x509.subjectdn and cambist.x509.san.*"},
        FaultCase{"NameThatNoCertificateHas",
                  "realm: a\nclients: [{ clientId: c, clientAuthenticatorType: client-x509, "
                  "attributes: { cambist.x509.san.ip: host } }]\n",
                  "r:2:99: clients[0].attributes[\"cambist.x509.san.ip\"]: is no name of this "
                  "kind; write it as it stands in the certificate"},
        FaultCase{"EncryptionThatIsNotServed",
                  "realm: a\nclients: [{ clientId: c, attributes: { "
                  "id.token.encrypted.response.alg: RSA1_5 } }]\n",
                  "r:2:73: clients[0].attributes[\"id.token.encrypted.response.alg\"]: not served: "
                  "\"RSA1_5\"; use one of RSA-OAEP-256, RSA-OAEP, ECDH-ES, ECDH-ES+A128KW, "
                  "ECDH-ES+A192KW, ECDH-ES+A256KW"},
        FaultCase{"Seconds",
                  "realm: a\nclients: [{ clientId: c, secret: s, attributes: { "
                  "access.token.lifespan: 5m } }]\n",
                  "r:2:74: clients[0].attributes[\"access.token.lifespan\"]: must be a number of "
                  "seconds, not \"5m\""},
        FaultCase{"ResourceUrl",
                  "realm: a\nclients: [{ clientId: c, secret: s, attributes: { resource_url: /x } "
                  "}]\n",
                  "r:2:65: clients[0].attributes.resource_url: must be an absolute URI without a "
                  "fragment (RFC 8707)"}),
    kNamed);

TEST(RealmFaults, AreAllFoundAtOnce) {
    const auto outcome = read_realm_file(
        "realm: a\nenabeld: true\nenabled: 1\nenabled: true\nclients:\n"
        "  - { clientId: c, defaultClientScopes: [nope] }\n",
        "r", {});
    EXPECT_EQ(outcome.faults.size(), 4U) << all_of(outcome.faults);
    const auto error = to_error(outcome.faults);
    EXPECT_EQ(error.code, ErrorCode::kConfigInvalid);
    EXPECT_THAT(error.hint, testing::HasSubstr("r:4:1"));
}

TEST(RealmFaults, NameTheLineOfBrokenText) {
    const auto json = read_realm_file("{\n  \"realm\": \"a\",\n}\n", "r.json", {});
    ASSERT_EQ(json.faults.size(), 1U);
    EXPECT_EQ(json.faults.front().line, 3U);
    const auto yaml = read_realm_file("realm: a\nclients: [\n", "r.yaml", {});
    ASSERT_EQ(yaml.faults.size(), 1U);
    EXPECT_GE(yaml.faults.front().line, 2U);
}

}  // namespace
}  // namespace cambist::representation
