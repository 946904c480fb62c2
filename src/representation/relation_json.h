// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "json/value.h"
#include "model/relation.h"

namespace cambist::representation {

// A relation as `relations` of a realm file has it; its ends name users by their user names.
json::Value render_relation(const Relation& relation);

}  // namespace cambist::representation
