// SPDX-License-Identifier: Apache-2.0
#include "json/parse.h"
#include "store/codec.h"
#include "store/fields.h"

namespace cambist::store {

std::string render_relation(const Relation& relation) {
    std::string text;
    json::Writer writer(text);
    writer.begin_object();
    write_field(writer, "id", relation.id);
    write_field(writer, "kind", relation.kind);
    write_field(writer, "actor", to_text(relation.actor));
    write_field(writer, "subject", to_text(relation.subject));
    write_list(writer, "scopes", relation.scopes);
    write_list(writer, "audiences", relation.audiences);
    write_field(writer, "expires", relation.expires);
    write_field(writer, "created", relation.created);
    write_field(writer, "createdBy", relation.created_by);
    writer.end_object();
    return text;
}

Result<Relation> parse_relation(std::string_view text) {
    CAMBIST_TRY(const auto json, json::parse(text, {}, json::Positions::kNone));
    FieldReader reader(json);
    Relation relation;
    relation.id = reader.text("id");
    relation.kind = reader.text("kind");
    const auto actor = parse_relation_end(reader.text("actor"));
    const auto subject = parse_relation_end(reader.text("subject"));
    relation.scopes = reader.list("scopes");
    relation.audiences = reader.list("audiences");
    relation.expires = reader.number("expires");
    relation.created = reader.number("created");
    relation.created_by = reader.text("createdBy");
    if (reader.is_broken() || relation.id.empty() || relation.kind.empty() || !actor || !subject)
        return fail(ErrorCode::kParse, "a stored relation is damaged");
    relation.actor = *actor;
    relation.subject = *subject;
    return relation;
}

std::string render_api_key(const ApiKey& key) {
    std::string text;
    json::Writer writer(text);
    writer.begin_object();
    write_field(writer, "id", key.id);
    write_field(writer, "hash", key.hash);
    write_field(writer, "user", key.user.text());
    write_field(writer, "name", key.name);
    write_list(writer, "scopes", key.scopes);
    write_list(writer, "audiences", key.audiences);
    write_field(writer, "created", key.created);
    write_field(writer, "expires", key.expires);
    writer.end_object();
    return text;
}

Result<ApiKey> parse_api_key(std::string_view text) {
    CAMBIST_TRY(const auto json, json::parse(text, {}, json::Positions::kNone));
    FieldReader reader(json);
    ApiKey key;
    key.id = reader.text("id");
    key.hash = reader.text("hash");
    key.user = UserId(reader.text("user"));
    key.name = reader.text("name");
    key.scopes = reader.list("scopes");
    key.audiences = reader.list("audiences");
    key.created = reader.number("created");
    key.expires = reader.number("expires");
    if (reader.is_broken() || key.id.empty() || key.hash.empty() || key.user.empty())
        return fail(ErrorCode::kParse, "a stored API key is damaged");
    return key;
}

}  // namespace cambist::store
