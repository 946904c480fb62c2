// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "json/value.h"

namespace cambist::representation {

// One thing wrong with a file: where it is, what it is, and how to mend it.
struct Fault {
    std::string file;
    std::uint32_t line = 0;  // from 1; 0: unknown
    std::uint32_t column = 0;
    std::string path;  // "clients[3].attributes"
    std::string message;
    std::string mend;  // may be empty
};
// "realm.yaml:3:7: clients[3].enabld: unknown key; did you mean \"enabled\"?"
std::string describe(const Fault& fault);
// All of them, one a line, as one kConfigInvalid.
Error to_error(const std::vector<Fault>& faults);

enum class NoteKind : std::uint8_t {
    kRisk,   // protects somebody or lets somebody in, and is not served here
    kOther,  // works in another way
    kKept,   // kept and exported again, but not used
};

// Something the reader of an import report should know. Equal notes are one note with a count.
struct Note {
    json::Position position;  // of the first
    std::string path;
    std::string text;
    std::size_t count = 1;
    NoteKind kind = NoteKind::kOther;
    std::string topic = {};  // of what is kept: what it is about
};
// "line 3, column 7: browserFlow: kept, but not used (3 times)"
std::string describe(const Note& note);

// The notes of an import, short: one line each risk and each thing that works in another way, one
// line each topic of what is kept.
struct ImportReport {
    std::vector<std::string> risks;
    std::vector<std::string> notes;
    std::vector<std::string> kept;
};
ImportReport summarize(const std::vector<Note>& notes);

}  // namespace cambist::representation
