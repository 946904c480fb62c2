// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "grants/grant.h"

namespace cambist::grants {
namespace {

// RFC 6749 section 4.3, for migration only: off unless the client says directAccessGrantsEnabled.
class Password final : public Grant {
  public:
    explicit Password(const Sources& sources) : sources_(sources) {}

    GrantType type() const override { return GrantType::kPassword; }
    std::vector<std::string_view> refused() const override {
        return {"audience", "resource", "authorization_details"};
    }

    Result<Evidence> prove(const TokenRequest& request, const AuthenticatedClient& client,
                           const realms::Snapshot& realm) const override {
        const Client& asker = client.client();
        // Before the password is looked at: a client without the switch is no password oracle.
        if (!asker.direct_access_grants)
            return fail(ErrorCode::kGrantNotAllowed,
                        "client '" + asker.client_id.text() +
                            "' has directAccessGrantsEnabled: false. Better than the password "
                            "grant, which is for migration only: a back end that knows the user "
                            "hands his log-in to the app by the recipe hand-off, "
                            "docs/recipes/spa-after-legacy-login.md");
        CAMBIST_CHECK(check_present(request.form));
        CAMBIST_TRY(auto subject,
                    sources_.logins.check_password(
                        *realm.realm, realm.version, *request.form.find("username"),
                        Secret(*request.form.find("password")), request.caller.address));
        Evidence evidence;
        evidence.session = sources_.sessions.make(*realm.realm, subject->user->id, asker.client_id,
                                                  "password", request.at);
        evidence.session_is_new = true;
        evidence.subject = std::move(subject);
        return evidence;
    }

  private:
    static Status check_present(const Form& form) {
        std::vector<std::string> missing;
        for (const auto* name : {"username", "password"})
            if (!form.has(name)) missing.emplace_back(name);
        if (missing.empty()) return {};
        return std::unexpected(Error{ErrorCode::kMissingParameter,
                                     "Missing parameter: " + join(missing, ", ") + ".",
                                     {},
                                     {}});
    }

    Sources sources_;
};

}  // namespace

std::unique_ptr<Grant> make_password(const Sources& sources) {
    return std::make_unique<Password>(sources);
}

}  // namespace cambist::grants
