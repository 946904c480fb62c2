// SPDX-License-Identifier: Apache-2.0
#include "json/parse.h"
#include "store/codec.h"
#include "store/fields.h"

namespace cambist::store {

std::string render_family(const RefreshFamily& family) {
    std::string text;
    json::Writer writer(text);
    writer.begin_object();
    write_field(writer, "id", family.id);
    write_field(writer, "session", family.session.text());
    write_field(writer, "user", family.user.text());
    write_field(writer, "client", family.client.text());
    write_field(writer, "requester", family.requester.text());
    write_list(writer, "scopes", family.scopes);
    write_list(writer, "audience", family.audience);
    writer.member("audienceRestricted", family.audience_restricted);
    write_field(writer, "grant", name_of(family.grant_of_origin));
    write_field(writer, "rule", family.rule.text());
    write_field(writer, "xid", family.xid);
    write_list(writer, "xp", family.xp);
    write_field(writer, "act", family.act);
    write_field(writer, "mayAct", family.may_act);
    write_field(writer, "jkt", family.cnf.jkt);
    write_field(writer, "x5tS256", family.cnf.x5t_s256);
    write_field(writer, "created", family.created);
    write_field(writer, "expires", family.expires);
    write_field(writer, "notAfter", family.not_after);
    write_field(writer, "authTime", family.auth_time);
    if (!family.notes.empty()) {
        writer.key("notes").begin_object();
        for (const auto& [name, value] : family.notes) writer.member(name, value);
        writer.end_object();
    }
    writer.member("rotate", family.rotate);
    write_field(writer, "maxReuse", family.max_reuse);
    write_field(writer, "maxUses", family.max_uses);
    writer.end_object();
    return text;
}

Result<RefreshFamily> parse_family(std::string_view text) {
    CAMBIST_TRY(const auto json, json::parse(text, {}, json::Positions::kNone));
    FieldReader reader(json);
    RefreshFamily family;
    family.id = reader.text("id");
    family.session = SessionId(reader.text("session"));
    family.user = UserId(reader.text("user"));
    family.client = ClientId(reader.text("client"));
    family.requester = ClientId(reader.text("requester"));
    family.scopes = reader.list("scopes");
    family.audience = reader.list("audience");
    family.audience_restricted = reader.required_flag("audienceRestricted");
    const auto grant = find_grant_type(reader.text("grant"));
    family.rule = RuleId(reader.text("rule"));
    family.xid = reader.text("xid");
    family.xp = reader.list("xp");
    family.act = reader.text("act");
    family.may_act = reader.text("mayAct");
    family.cnf.jkt = reader.text("jkt");
    family.cnf.x5t_s256 = reader.text("x5tS256");
    family.created = reader.number("created");
    family.expires = reader.number("expires");
    family.not_after = reader.number("notAfter");
    family.auth_time = reader.number("authTime");
    if (const auto* notes = json.find("notes"); notes != nullptr && notes->is_object())
        for (const auto& member : notes->as_object())
            if (const auto* value = member.value.if_string()) family.notes[member.key] = *value;
    family.rotate = reader.required_flag("rotate");
    family.max_reuse = reader.number("maxReuse");
    family.max_uses = reader.number("maxUses");
    if (reader.is_broken() || !grant || family.id.empty() || family.user.empty())
        return fail(ErrorCode::kParse, "a stored refresh family is damaged");
    family.grant_of_origin = *grant;
    return family;
}

}  // namespace cambist::store
