// SPDX-License-Identifier: Apache-2.0
#include "issuers/mappers.h"

#include <algorithm>

#include "base/text.h"
#include "issuers/claims.h"

namespace cambist::issuers {
namespace {

using Kind = IssuerMapper::Kind;

constexpr std::size_t kLongestId = 2048;
constexpr std::size_t kLongestValue = 2048;
constexpr std::size_t kMostValues = 100;

template <class T>
bool holds(const std::vector<T>& list, const T& one) {
    return std::ranges::find(list, one) != list.end();
}

bool matches(const IssuerMapper::Test& test, const std::string& text) {
    // What the pattern can not judge is no match: nobody is given anything for it.
    if (test.pattern != nullptr) return test.pattern->matches(text) == Pattern::Answer::kYes;
    return std::ranges::any_of(test.values, [&](const std::string& value) {
        return test.has_stars ? matches_pattern(value, text) : value == text;
    });
}

bool holds(const IssuerMapper::Test& test, const json::Value& claims) {
    return std::ranges::any_of(test.claims, [&](const std::string& path) {
        return std::ranges::any_of(texts_of(find_claim(claims, path)),
                                   [&](const std::string& text) { return matches(test, text); });
    });
}

bool has_attributes(const User& user,
                    const std::map<std::string, std::vector<std::string>>& demanded) {
    return std::ranges::all_of(demanded, [&](const auto& entry) {
        const auto held = user.attributes.find(entry.first);
        return held != user.attributes.end() &&
               std::ranges::any_of(held->second, [&](const std::string& value) {
                   return holds(entry.second, value);
               });
    });
}

// The values of the first claim that has some, or the one that stands in the realm.
std::vector<std::string> values_of(const IssuerMapper& mapper, const json::Value& claims) {
    std::vector<std::string> values;
    if (mapper.claims.empty()) values.push_back(mapper.value);
    for (const auto& path : mapper.claims) {
        if (!values.empty()) break;
        values = texts_of(find_claim(claims, path));
    }
    std::erase_if(values, [](const std::string& one) { return one.size() > kLongestValue; });
    const auto most = mapper.takes_first ? 1 : kMostValues;
    if (values.size() > most) values.resize(most);
    return values;
}

// Collects what all mappers of one token say.
class Mapping {
  public:
    Mapping(const CheckedForeign& token, const Identity& who, Known known)
        : token_(token), who_(who), user_(*who.user), known_(known) {}

    Mapped run() {
        for (const auto& mapper : token_.issuer->mappers) {
            const bool is_note = mapper.kind == Kind::kNote || mapper.kind == Kind::kNotes;
            if (is_note || known_ == Known::kNew || mapper.update != MapperUpdate::kNever)
                add(mapper);
        }
        settle(given_roles_, taken_roles_, user_.roles, mapped_.change.gives, mapped_.change.takes);
        settle(given_groups_, taken_groups_, user_.groups, mapped_.change.joins,
               mapped_.change.leaves);
        return std::move(mapped_);
    }

  private:
    bool applies(const IssuerMapper& mapper) const {
        if (!mapper.in_group.empty() && !who_.in_group(mapper.in_group)) return false;
        if (!has_attributes(user_, mapper.with_attributes)) return false;
        return std::ranges::all_of(mapper.tests, [&](const IssuerMapper::Test& test) {
            return holds(test, token_.claims);
        });
    }

    void add(const IssuerMapper& mapper) {
        switch (mapper.kind) {
            case Kind::kAttribute:
                return add_attribute(mapper);
            case Kind::kRole:
                return add_to(mapper, mapper.role, given_roles_, taken_roles_);
            case Kind::kGroup:
                return add_to(mapper, mapper.target, given_groups_, taken_groups_);
            case Kind::kNote:
                return add_note(mapper);
            case Kind::kNotes:
                return add_notes(mapper);
            case Kind::kLocalUsername:
                return add_username(mapper);
            case Kind::kBrokerId:
            case Kind::kBrokerUsername:
                return;  // name_subject()
        }
    }

    template <class T>
    void add_to(const IssuerMapper& mapper, const T& what, std::vector<T>& given,
                std::vector<T>& taken) const {
        const bool only_takes =
            known_ == Known::kBefore && mapper.update == MapperUpdate::kOnlyTakes;
        if (!applies(mapper))
            taken.push_back(what);
        else if (!only_takes)
            given.push_back(what);
        else if (holds(user_held(what), what))
            given.push_back(what);  // it stays, whatever another mapper takes
    }
    const std::vector<RoleRef>& user_held(const RoleRef&) const { return user_.roles; }
    const std::vector<std::string>& user_held(const std::string&) const { return user_.groups; }

    // What one gives no other takes; what is so already is no change.
    template <class T>
    static void settle(const std::vector<T>& given, const std::vector<T>& taken,
                       const std::vector<T>& held, std::vector<T>& gives, std::vector<T>& takes) {
        for (const auto& one : given)
            if (!holds(held, one) && !holds(gives, one)) gives.push_back(one);
        for (const auto& one : taken)
            if (holds(held, one) && !holds(given, one) && !holds(takes, one)) takes.push_back(one);
    }

    void add_attribute(const IssuerMapper& mapper) {
        if (!applies(mapper)) return;
        auto values = values_of(mapper, token_.claims);
        if (mapper.target == "email" || mapper.target == "firstName" || mapper.target == "lastName")
            return add_property(mapper, values);
        const auto held = user_.attributes.find(mapper.target);
        const bool is_same =
            held == user_.attributes.end() ? values.empty() : held->second == values;
        if (is_same)
            mapped_.change.attributes.erase(mapper.target);
        else
            mapped_.change.attributes[mapper.target] = std::move(values);
    }

    // A claim that is missing does not take away who somebody is.
    void add_property(const IssuerMapper& mapper, const std::vector<std::string>& values) {
        if (values.empty() || values.front().empty()) return;
        auto& change = mapped_.change;
        if (mapper.target == "firstName") {
            if (values.front() != user_.first_name) change.first_name = values.front();
        } else if (mapper.target == "lastName") {
            if (values.front() != user_.last_name) change.last_name = values.front();
        } else if (const auto email = to_lower_ascii(values.front()); email != user_.email) {
            change.email = email;
            const bool is_the_claim = mapper.claims == std::vector<std::string>{"email"};
            change.email_verified =
                token_.issuer->binding.trust_email ||
                (is_the_claim && text_of(token_.claims, "email_verified") == "true");
        }
    }

    void add_username(const IssuerMapper& mapper) {
        auto name = to_lower_ascii(fill_in(mapper.text, token_.claims, token_.issuer->alias));
        // Of a new user's name somebody complains; a known one keeps his.
        if (known_ == Known::kBefore && (name.empty() || name == user_.username)) return;
        mapped_.change.username = std::move(name);
    }

    void add_note(const IssuerMapper& mapper) {
        if (!applies(mapper)) return;
        const auto values = values_of(mapper, token_.claims);
        if (!values.empty()) mapped_.notes[mapper.target] = values.front();
    }

    void add_notes(const IssuerMapper& mapper) {
        for (const auto& test : mapper.tests) {
            const auto& path = test.claims.front();
            const auto text = text_of(token_.claims, path);
            if (text.size() <= kLongestValue && matches(test, text)) mapped_.notes[path] = text;
        }
    }

    const CheckedForeign& token_;
    const Identity& who_;
    const User& user_;
    Known known_;
    Mapped mapped_;
    std::vector<RoleRef> given_roles_;
    std::vector<RoleRef> taken_roles_;
    std::vector<std::string> given_groups_;
    std::vector<std::string> taken_groups_;
};

}  // namespace

Status name_subject(CheckedForeign& token) {
    for (const auto& mapper : token.issuer->mappers) {
        if (mapper.kind == Kind::kBrokerUsername) {
            token.username = fill_in(mapper.text, token.claims, token.issuer->alias);
        } else if (mapper.kind == Kind::kBrokerId) {
            auto id = fill_in(mapper.text, token.claims, token.issuer->alias);
            if (id.empty() || id.size() > kLongestId)
                return fail(ErrorCode::kSubjectTokenClaims,
                            "mapper '" + mapper.name +
                                "' makes the subject's id of claims that "
                                "the token has not: " +
                                mapper.text);
            token.foreign.subject = std::move(id);
        }
    }
    return {};
}

Mapped map_claims(const CheckedForeign& token, const Identity& who, Known known) {
    return Mapping(token, who, known).run();
}

}  // namespace cambist::issuers
