#include "guard.hpp"

#include "smelt/base/text.hpp"

namespace smelt::db {

unavailable connection_lost(std::string_view message) {
    auto line = trim(message);
    line = trim(line.substr(0, line.find('\n')));
    // Version 6 notices the loss while it looks up the encoding, and says only that.
    const bool says_why = line.find("client encoding") == std::string_view::npos;
    return unavailable{"the connection to PostgreSQL was lost" + (says_why ? ": " + std::string{line} : ""),
                       "nothing of the open transaction was kept; run the command again once the server answers"};
}

outcome_unknown commit_in_doubt() {
    return outcome_unknown{"the connection to PostgreSQL was lost while a commit was under way; "
                           "the outcome of the commit is not known",
                           "run the command again: it looks at what is stored and goes on from there"};
}

void refuse_nul(const parameter &value, const std::string &what) {
    if (value.is_null() || value.is_number())
        return;
    const auto at = value.text().find('\0');
    if (at != std::string_view::npos)
        throw usage_error{what + " holds a NUL character (at byte " + std::to_string(at) +
                              "), which PostgreSQL cannot store",
                          "remove the character U+0000 from the text"};
}

} // namespace smelt::db
