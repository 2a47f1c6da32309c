#pragma once

#include <string>
#include <vector>

namespace smelt::extraction {

/// What stands for something that the provider does not see.
struct placeholder {
    std::string text; ///< "[EMAIL_1]"
    std::string original;
    bool restores = false; ///< where an answer has the text, the original is put back
};

/// Of one record, in the order in which they were found.
using placeholders = std::vector<placeholder>;

/// Those that are put back, as JSON to be stored; empty: there are none.
std::string write_placeholders(const placeholders &found);
placeholders read_placeholders(const std::string &stored);

} // namespace smelt::extraction
