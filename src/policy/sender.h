// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "base/result.h"
#include "model/flow.h"

namespace cambist::policy {

// A client that is registered for bound tokens only has proved a key of that kind.
// kDpopProofMissing, kCertificateMissing.
Status check_demanded_keys(const Facts& facts);

// The subject token is bound to a key of another client, and that key was not proved: only a rule
// that re-binds lets the requester put its own key in the place of it.
bool needs_rebinding(const Facts& facts);

// May the subject token be presented as it was, whatever the rules say? Its holder proves every key
// it is bound to. kSenderConstrained, kBindingMismatch.
Status check_sender(const Facts& facts);
// An actor token that is bound to a key acts with a proof of that key only (RFC 9449 section 7):
// one that was copied makes no actor. kSenderConstrained.
Status check_actor_sender(const Facts& facts);
// After the rules: what was re-bound is bound to a key of the requester. kBindingDropped.
Status check_rebound(const Facts& facts);
// The keys of a refresh family: a public client proves the same ones (RFC 9449 section 5, RFC 8705
// section 4), a confidential one, whose family its own authentication binds, proves some key of
// each kind, so that what it gets stays bound. kRefreshNotProved.
Status check_refresh_proof(const Facts& facts);

// What the issued tokens are bound to: every key that was proved and counts. A proof is a wish to
// be bound (RFC 9449 section 5); a certificate counts where the client is registered for that, or
// where what the request rests on was bound.
Confirmation binding_of(const Facts& facts);
// Whoever holds what is issued must be able to use it: a holder other than the requester gets
// nothing that is bound to the requester's key, and not less than the bound tokens it is registered
// for. kBindingDropped.
Status check_holder_key(const Facts& facts, const Client& holder);

}  // namespace cambist::policy
