#pragma once

#include <string>
#include <string_view>

namespace smelt::orchestrator {

/// *** where the key stands, however JSON (\/, \u0026), addresses (%2F) and pages (&amp;) spell its characters.
std::string without_key(std::string_view text, std::string_view key);

} // namespace smelt::orchestrator
