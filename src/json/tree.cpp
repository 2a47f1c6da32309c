#include "smelt/json/tree.hpp"

namespace smelt::json_text {

const node *node::find(std::string_view member) const {
    for (const auto &child : children())
        if (child.name == member)
            return &child;
    return nullptr;
}

void json_tree::shrink(std::size_t most_bytes) {
    if (nodes_.capacity() * sizeof(node) + bytes_.capacity() <= most_bytes)
        return;
    nodes_ = {};
    bytes_ = {};
}

} // namespace smelt::json_text
