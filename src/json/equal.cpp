#include "smelt/json/equal.hpp"

#include "smelt/json/decimal.hpp"

#include <algorithm>
#include <functional>

namespace smelt::json_text {
namespace {

std::vector<const node *> children_by_name(const node &object) {
    std::vector<const node *> children;
    children.reserve(object.count);
    for (const auto &child : object.children())
        children.push_back(&child);
    std::stable_sort(children.begin(), children.end(), [](const node *a, const node *b) { return a->name < b->name; });
    return children;
}

bool equal_arrays(const node &a, const node &b) {
    const node *y = b.first();
    for (const node *x = a.first(); x != a.end(); x = x->next(), y = y->next())
        if (!equal(*x, *y))
            return false;
    return true;
}

bool equal_objects(const node &a, const node &b) {
    const auto xs = children_by_name(a);
    const auto ys = children_by_name(b);
    return std::equal(xs.begin(), xs.end(), ys.begin(),
                      [](const node *x, const node *y) { return x->name == y->name && equal(*x, *y); });
}

std::size_t mix(std::size_t seed, std::size_t value) {
    return (seed ^ value) * 1'099'511'628'211U + (seed >> 29);
}

std::size_t hash(const node &value) {
    const auto kind = static_cast<std::size_t>(value.kind);
    std::size_t sum = 0;
    switch (value.kind) {
    case node_kind::null:
        return kind;
    case node_kind::boolean:
        return mix(kind, value.truth ? 1 : 0);
    case node_kind::string:
        return mix(kind, std::hash<std::string_view>{}(value.text));
    case node_kind::number:
        return mix(kind, std::hash<std::string>{}(decimal{value.text}.canonical()));
    case node_kind::array:
        for (const auto &child : value.children())
            sum = mix(sum, hash(child));
        return mix(kind, sum);
    case node_kind::object:
        for (const auto &child : value.children())
            sum += mix(std::hash<std::string_view>{}(child.name), hash(child)); // order does not count
        return mix(kind, sum);
    }
    return kind;
}

} // namespace

bool equal(const node &a, const node &b) {
    if (a.kind != b.kind || a.count != b.count)
        return false;
    switch (a.kind) {
    case node_kind::null:
        return true;
    case node_kind::boolean:
        return a.truth == b.truth;
    case node_kind::number:
        return a.text == b.text || std::is_eq(compare_numbers(a.text, b.text));
    case node_kind::string:
        return a.text == b.text;
    case node_kind::array:
        return equal_arrays(a, b);
    case node_kind::object:
        return equal_objects(a, b);
    }
    return false;
}

equal_elements find_equal_elements(const node &array) {
    struct entry {
        std::size_t hash;
        std::size_t index;
        const node *value;
    };
    std::vector<entry> entries;
    entries.reserve(array.count);
    for (const auto &child : array.children())
        entries.push_back({hash(child), entries.size(), &child});
    std::stable_sort(entries.begin(), entries.end(), [](const entry &a, const entry &b) { return a.hash < b.hash; });
    for (std::size_t i = 0; i < entries.size(); ++i)
        for (std::size_t j = i + 1; j < entries.size() && entries[j].hash == entries[i].hash; ++j)
            if (equal(*entries[i].value, *entries[j].value))
                return {entries[i].index, entries[j].index};
    return {};
}

} // namespace smelt::json_text
