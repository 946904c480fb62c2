// SPDX-License-Identifier: Apache-2.0
#include "representation/fault.h"

#include <map>

namespace cambist::representation {

std::string describe(const Fault& fault) {
    std::string text = fault.file;
    if (fault.line != 0) {
        if (!text.empty()) text += ":";
        text += std::to_string(fault.line) + ":" + std::to_string(fault.column);
    }
    if (!text.empty()) text += ": ";
    if (!fault.path.empty()) text += fault.path + ": ";
    text += fault.message;
    if (!fault.mend.empty()) text += "; " + fault.mend;
    return text;
}

Error to_error(const std::vector<Fault>& faults) {
    std::string hint;
    for (const auto& fault : faults) hint += (hint.empty() ? "" : "\n") + describe(fault);
    return {.code = ErrorCode::kConfigInvalid, .safe = {}, .hint = std::move(hint), .detail = {}};
}

std::string describe(const Note& note) {
    std::string text;
    if (note.position.line != 0) text = json::describe(note.position) + ": ";
    if (!note.path.empty()) text += note.path + ": ";
    text += note.text;
    if (note.count > 1) text += " (" + std::to_string(note.count) + " times)";
    return text;
}

namespace {

// "identityProviders, clients[].authorizationSettings (2 times)"
std::string name_in_list(const Note& note) {
    auto name = note.path;
    if (note.count > 1) name += " (" + std::to_string(note.count) + " times)";
    return name;
}

}  // namespace

ImportReport summarize(const std::vector<Note>& notes) {
    ImportReport report;
    std::map<std::string, std::string> kept;
    for (const auto& note : notes) {
        switch (note.kind) {
            case NoteKind::kRisk:
                report.risks.push_back(describe(note));
                break;
            case NoteKind::kOther:
                report.notes.push_back(describe(note));
                break;
            case NoteKind::kKept: {
                auto& names = kept[note.topic];
                names += (names.empty() ? "" : ", ") + name_in_list(note);
                break;
            }
        }
    }
    for (const auto& [topic, names] : kept)
        report.kept.push_back("kept, not used by this server: " + topic + ": " + names);
    return report;
}

}  // namespace cambist::representation
