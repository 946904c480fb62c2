// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "representation/shape.h"

// Our exchange rules; model/rule.h is what they become.
namespace cambist::representation {

namespace {

extern const Shape kUsersShape;
constexpr std::array kUsersRead{
    KeyRow{"any", Form::kFlag},
    KeyRow{"users", Form::kTexts},
    KeyRow{"groups", Form::kTexts},
    KeyRow{"roles", Form::kTexts},
    KeyRow{"clients", Form::kTexts},
    KeyRow{"organizations", Form::kTexts},
    KeyRow{"attributes", Form::kTextsMap},
    KeyRow{"sameGroup", Form::kFlag},
    KeyRow{"sameOrganization", Form::kFlag},
    KeyRow{"manages", Form::kFlag},
    KeyRow{"relation", Form::kTextOrTexts},
    KeyRow{"grantedBy", Form::kText},
    KeyRow{"not", Form::kObject, &kUsersShape},
};
constinit const Shape kUsersShape{kUsersRead};

constexpr std::array kRequesterRead{
    KeyRow{"any", Form::kFlag},
    KeyRow{"clients", Form::kTexts},
    KeyRow{"roles", Form::kTexts},
    KeyRow{"groups", Form::kTexts},
    KeyRow{"organizations", Form::kTexts},
    KeyRow{"authMethods", Form::kTexts},
};
constexpr Shape kRequesterShape{kRequesterRead};

constexpr std::array kSubjectRead{
    KeyRow{"tokenTypes", Form::kTexts}, KeyRow{"issuers", Form::kTexts},
    KeyRow{"binding", Form::kText},     KeyRow{"users", Form::kObject, &kUsersShape},
    KeyRow{"naked", Form::kFlag},       KeyRow{"admins", Form::kFlag},
    KeyRow{"rebind", Form::kFlag},      KeyRow{"consumeRefreshToken", Form::kFlag},
};
constexpr Shape kSubjectShape{kSubjectRead};

constexpr std::array kActorRead{
    KeyRow{"clients", Form::kTexts},    KeyRow{"users", Form::kObject, &kUsersShape},
    KeyRow{"tokenTypes", Form::kTexts}, KeyRow{"issuers", Form::kTexts},
    KeyRow{"binding", Form::kText},
};
constexpr Shape kActorShape{kActorRead};

constexpr std::array kTargetRead{
    KeyRow{"audiences", Form::kTexts},
    KeyRow{"resources", Form::kTexts},
};
constexpr Shape kTargetShape{kTargetRead};

constexpr std::array kScopesRead{
    KeyRow{"allow", Form::kTexts},
    KeyRow{"beyondSubject", Form::kFlag},
};
constexpr Shape kScopesShape{kScopesRead};

constexpr std::array kRefreshRead{
    KeyRow{"kind", Form::kText},
    KeyRow{"maxAge", Form::kText},
    KeyRow{"maxUses", Form::kInteger},
};
constexpr Shape kRefreshShape{kRefreshRead};

constexpr std::array kMayActRead{
    KeyRow{"client", Form::kText},
    KeyRow{"user", Form::kText},
    KeyRow{"relation", Form::kText},
};
constexpr Shape kMayActShape{kMayActRead};

constexpr std::array kStatementsRead{
    KeyRow{"acr", Form::kTexts},
    KeyRow{"amr", Form::kTexts},
};
constexpr Shape kStatementsShape{kStatementsRead};

constexpr std::array kTermsRead{
    KeyRow{"switch", Form::kFlag},
    KeyRow{"among", Form::kTexts},
};
constexpr Shape kTermsShape{kTermsRead};

constexpr std::array kResultRead{
    KeyRow{"mode", Form::kText},
    KeyRow{"tokenTypes", Form::kTexts},
    KeyRow{"scopes", Form::kObject, &kScopesShape},
    KeyRow{"lifetime", Form::kText},
    KeyRow{"extendTo", Form::kText},
    KeyRow{"refresh", Form::kTextOrObject, &kRefreshShape},
    KeyRow{"holder", Form::kText},
    KeyRow{"session", Form::kText},
    KeyRow{"claims", Form::kTextOrTexts},
    KeyRow{"hideActor", Form::kFlag},
    KeyRow{"perDay", Form::kInteger},
    KeyRow{"mayAct", Form::kObject, &kMayActShape},
    KeyRow{"statements", Form::kObject, &kStatementsShape},
    KeyRow{"organization", Form::kObject, &kTermsShape},
};
constexpr Shape kResultShape{kResultRead};

constexpr std::array kRiskRead{
    KeyRow{"reason", Form::kText},
    KeyRow{"expires", Form::kText},
};
constexpr Shape kRiskShape{kRiskRead};

constexpr std::array kRuleRead{
    KeyRow{"id", Form::kText},
    KeyRow{"owner", Form::kText},
    KeyRow{"effect", Form::kText},
    KeyRow{"enabled", Form::kFlag},
    KeyRow{"requester", Form::kObject, &kRequesterShape},
    KeyRow{"subject", Form::kObject, &kSubjectShape},
    KeyRow{"actor", Form::kTextOrObject, &kActorShape},
    KeyRow{"target", Form::kObject, &kTargetShape},
    KeyRow{"result", Form::kObject, &kResultShape},
    KeyRow{"risk", Form::kObject, &kRiskShape},
    KeyRow{"demands", Form::kTexts},
    KeyRow{"breakGlass", Form::kFlag},
};

}  // namespace

constinit const Shape kRuleShape{kRuleRead};

}  // namespace cambist::representation
