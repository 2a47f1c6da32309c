#include "members.hpp"

namespace smelt::provider {

const node *member(const node &object, std::string_view name) {
    const auto *found = object.is(node_kind::object) ? object.find(name) : nullptr;
    return found == nullptr || found->is(node_kind::null) ? nullptr : found;
}

std::string_view text_in(const node &value) {
    return value.is(node_kind::string) ? value.text : std::string_view{};
}

std::string_view text_member(const node &object, std::string_view name) {
    const auto *value = member(object, name);
    return value == nullptr ? std::string_view{} : text_in(*value);
}

} // namespace smelt::provider
