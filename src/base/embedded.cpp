#include "smelt/base/embedded.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace smelt::embedded {

std::string_view find(std::span<const file> files, std::string_view name) {
    const auto it = std::ranges::find(files, name, &file::name);
    if (it == files.end())
        throw std::logic_error{"not in the binary: " + std::string{name}};
    return it->content;
}

} // namespace smelt::embedded
