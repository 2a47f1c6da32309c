#include "smelt/json_schema/source.hpp"

#include <algorithm>
#include <set>

namespace smelt::json_schema {
namespace {

/// Parts that refer to parts double at each step.
constexpr std::size_t most_written_out = 1'000;

bool contains(const json &list, const json &value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

json as_list(const json &types) {
    return types.is_array() ? types : json::array({types});
}

/// Types that both allow; an integer is a number.
std::optional<json> common_types(const json &a, const json &b) {
    json both = json::array();
    for (const json &type : as_list(a))
        if (contains(as_list(b), type) || (type == "integer" && contains(as_list(b), "number")))
            both.push_back(type);
    for (const json &type : as_list(b))
        if (type == "integer" && contains(as_list(a), "number") && !contains(both, type))
            both.push_back(type);
    if (both.empty())
        return std::nullopt;
    return both.size() == 1 ? both[0] : both;
}

std::optional<json> common_values(const json &a, const json &b) {
    json both = json::array();
    for (const json &value : a)
        if (contains(b, value))
            both.push_back(value);
    if (both.empty())
        return std::nullopt;
    return both;
}

json all_names(json names, const json &more) {
    for (const json &name : more)
        if (!contains(names, name))
            names.push_back(name);
    return names;
}

bool is_one_of(const std::string &name, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Keywords of two schemas that both hold for a value, in one.
class merger {
  public:
    merger(const json &document, const std::vector<std::string> &open, std::vector<std::string> &written_out)
        : document_{document}, open_{open}, written_out_{written_out} {}

    /// The schema with its parts and its reference written out.
    std::optional<json> flat(const json &schema, std::size_t level) {
        if (!schema.is_object() || level > 32)
            return std::nullopt;
        json made = schema;
        made.erase("allOf");
        if (made.contains("$ref") && !write_out(made, level))
            return std::nullopt;
        for (const json &part : schema.value("allOf", json::array())) {
            const auto more = flat(part, level + 1);
            if (!more || !add(made, *more))
                return std::nullopt;
        }
        return made;
    }

  private:
    bool write_out(json &made, std::size_t level) {
        const auto name = made["$ref"].get<std::string>();
        if (contains_name(open_, name) || contains_name(path_, name) || written_out_.size() > most_written_out)
            return false;
        made.erase("$ref");
        path_.push_back(name);
        written_out_.push_back(name);
        const auto target = flat(*resolve_reference(document_, name, "").schema, level + 1);
        path_.pop_back();
        return target && add(made, *target);
    }

    static bool contains_name(const std::vector<std::string> &names, const std::string &name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    }

    bool add(json &into, const json &more) {
        if (!objects_agree(into, more))
            return false;
        for (const auto &[name, value] : more.items()) {
            if (is_one_of(name, {"definitions", "$defs", "$id", "$schema"}))
                continue;
            if (!into.contains(name)) {
                into[name] = value;
                continue;
            }
            if (into[name] == value)
                continue;
            auto both = combined(name, into[name], value);
            if (!both)
                return false;
            into[name] = std::move(*both);
        }
        return true;
    }

    /// A closed object and one with other properties leave nothing in common that could be listed.
    static bool objects_agree(const json &a, const json &b) {
        const auto agree = [](const json &closed, const json &other) {
            if (!closed.contains("additionalProperties") || closed["additionalProperties"] == true)
                return true;
            const json known = closed.value("properties", json::object());
            const json wanted = other.value("properties", json::object());
            return std::all_of(wanted.items().begin(), wanted.items().end(),
                               [&](const auto &item) { return known.contains(item.key()); });
        };
        return agree(a, b) && agree(b, a);
    }

    std::optional<json> combined(const std::string &name, const json &mine, const json &other) {
        if (name == "description" && mine.is_string() && other.is_string())
            return joined_notes(mine.get<std::string>(), other.get<std::string>());
        if (is_one_of(name, {"title", "default", "examples", "example", "$comment", "readOnly", "writeOnly",
                             "deprecated", "markdownDescription", "propertyOrdering", "discriminator"}) ||
            name.starts_with("x-"))
            return mine;
        if (name == "type")
            return common_types(mine, other);
        if (name == "enum")
            return common_values(mine, other);
        if (name == "required")
            return all_names(mine, other);
        if (name == "properties")
            return properties(mine, other);
        if (is_one_of(name, {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"}))
            return mine > other ? mine : other;
        if (is_one_of(name, {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"}))
            return mine < other ? mine : other;
        return std::nullopt;
    }

    std::optional<json> properties(const json &mine, const json &other) {
        json all = mine;
        for (const auto &[name, value] : other.items()) {
            if (!all.contains(name) || all[name] == value) {
                all[name] = value;
                continue;
            }
            auto both = flat({{"allOf", json::array({all[name], value})}}, 1);
            if (!both)
                return std::nullopt;
            all[name] = std::move(*both);
        }
        return all;
    }

    const json &document_;
    const std::vector<std::string> &open_;
    std::vector<std::string> &written_out_;
    std::vector<std::string> path_;
};

} // namespace

std::string joined_notes(const std::string &nearer, const std::string &farther) {
    if (nearer.empty() || farther.empty() || nearer == farther)
        return nearer.empty() ? farther : nearer;
    return nearer + "\n" + farther;
}

std::optional<json> without_all_of(const json &document, const json &schema, const std::vector<std::string> &open,
                                   std::vector<std::string> &written_out) {
    return merger{document, open, written_out}.flat(schema, 0);
}

} // namespace smelt::json_schema
