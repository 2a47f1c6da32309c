#include "options.hpp"

#include <algorithm>

namespace smelt::sim {

bool serves(const options &settings, std::string_view model) {
    const auto &known = settings.models;
    return known.empty() || std::find(known.begin(), known.end(), model) != known.end();
}

} // namespace smelt::sim
