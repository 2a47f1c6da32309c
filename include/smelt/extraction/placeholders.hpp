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

} // namespace smelt::extraction
