// SPDX-License-Identifier: Apache-2.0
#include "json/parse.h"
#include "store/codec.h"
#include "store/fields.h"

namespace cambist::store {

std::string render_handed_over(const HandedOver& handed) {
    std::string text;
    json::Writer out(text);
    out.begin_object();
    write_field(out, "family", render_family(handed.family));
    write_field(out, "accessEnd", handed.access_end);
    write_field(out, "challenge", handed.terms.challenge);
    write_field(out, "origin", handed.terms.origin);
    write_field(out, "redirectUri", handed.terms.redirect_uri);
    write_field(out, "acr", handed.terms.acr);
    write_list(out, "amr", handed.terms.amr);
    out.end_object();
    return text;
}

Result<HandedOver> parse_handed_over(std::string_view text) {
    CAMBIST_TRY(const auto json, json::parse(text, {}, json::Positions::kNone));
    FieldReader reader(json);
    HandedOver handed;
    CAMBIST_TRY(handed.family, parse_family(reader.text("family")));
    handed.access_end = reader.number("accessEnd");
    handed.terms.challenge = reader.text("challenge");
    handed.terms.origin = reader.text("origin");
    handed.terms.redirect_uri = reader.text("redirectUri");
    handed.terms.acr = reader.text("acr");
    handed.terms.amr = reader.list("amr");
    if (reader.is_broken() || handed.terms.challenge.empty())
        return fail(ErrorCode::kParse, "this is no hand-off");
    return handed;
}

}  // namespace cambist::store
