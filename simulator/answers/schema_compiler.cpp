#include "answer_schema.hpp"
#include "simulator/requests/json_scan.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace smelt::sim {

/// Turns a JSON Schema into answer_schema's nodes. References are resolved by pointer, so recursion becomes a cycle.
class schema_compiler {
    using node = answer_schema::node;
    using kind = answer_schema::kind;

  public:
    schema_compiler(const json &root, answer_schema &out) : root_{root}, out_{out} {}

    std::size_t compile(const json &schema, const std::string &name) {
        const json &target = resolve(schema);
        if (const auto known = done_.find(&target); known != done_.end())
            return known->second;
        const std::size_t index = out_.nodes_.size();
        out_.nodes_.emplace_back();
        done_.emplace(&target, index);
        node made = describe(target, name);
        made.name = name;
        out_.nodes_[index] = std::move(made);
        return index;
    }

  private:
    const json &resolve(const json &schema) const;
    node describe(const json &schema, const std::string &name);
    node with_type(const json &schema, const std::string &type, const std::string &name);
    node one_of(const json &options, const std::string &name);
    node several_types(const json &schema, const json &types, const std::string &name);
    static void read_numbers(const json &schema, node &n);
    void read_members(const json &schema, node &n);

    const json &root_;
    answer_schema &out_;
    std::map<const json *, std::size_t> done_;
};

namespace {

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

std::uint64_t count_of(const json &schema, const char *key, std::uint64_t fallback) {
    const auto at = schema.find(key);
    if (at == schema.end() || !at->is_number())
        return fallback;
    return static_cast<std::uint64_t>(std::max(0.0, at->get<double>()));
}

std::string text_of(const json &schema, const char *key) {
    const auto at = schema.find(key);
    return at != schema.end() && at->is_string() ? at->get<std::string>() : std::string{};
}

std::string guess_type(const json &schema) {
    if (schema.contains("properties"))
        return "object";
    if (schema.contains("items"))
        return "array";
    return "";
}

} // namespace

const json &schema_compiler::resolve(const json &schema) const {
    const json *at = &schema;
    for (int hops = 0; at->is_object() && at->contains("$ref"); ++hops) {
        const std::string reference = text_of(*at, "$ref");
        if (!reference.starts_with('#') || hops > 20)
            throw std::runtime_error{"cannot resolve $ref '" + reference + "'"};
        try {
            at = &root_.at(json::json_pointer{reference.substr(1)});
        } catch (const json::exception &) {
            throw std::runtime_error{"cannot resolve $ref '" + reference + "'"};
        }
    }
    return *at;
}

schema_compiler::node schema_compiler::describe(const json &schema, const std::string &name) {
    if (!schema.is_object())
        return {};
    if (const auto fixed = schema.find("const"); fixed != schema.end()) {
        node n;
        n.what = kind::choice;
        n.values.push_back(fixed->dump());
        return n;
    }
    if (const auto values = schema.find("enum"); values != schema.end() && values->is_array() && !values->empty()) {
        node n;
        n.what = kind::choice;
        for (const auto &value : *values)
            n.values.push_back(value.dump());
        return n;
    }
    for (const char *key : {"anyOf", "oneOf"})
        if (const auto options = schema.find(key); options != schema.end() && options->is_array() && !options->empty())
            return one_of(*options, name);
    const auto type = schema.find("type");
    if (type != schema.end() && type->is_array() && !type->empty())
        return several_types(schema, *type, name);
    return with_type(schema, type != schema.end() && type->is_string() ? type->get<std::string>() : guess_type(schema),
                     name);
}

schema_compiler::node schema_compiler::one_of(const json &options, const std::string &name) {
    node n;
    n.what = kind::any_of;
    for (const auto &option : options)
        n.options.push_back(compile(option, name));
    std::stable_partition(n.options.begin(), n.options.end(),
                          [&](std::size_t i) { return out_.nodes_[i].what != kind::null; });
    return n;
}

schema_compiler::node schema_compiler::several_types(const json &schema, const json &types, const std::string &name) {
    node n;
    n.what = kind::any_of;
    for (const auto &type : types) {
        node one = with_type(schema, type.is_string() ? type.get<std::string>() : std::string{}, name);
        one.name = name;
        n.options.push_back(out_.nodes_.size());
        out_.nodes_.push_back(std::move(one));
    }
    std::stable_partition(n.options.begin(), n.options.end(),
                          [&](std::size_t i) { return out_.nodes_[i].what != kind::null; });
    return n;
}

schema_compiler::node schema_compiler::with_type(const json &schema, const std::string &type, const std::string &name) {
    static const std::map<std::string, kind> kinds = {
        {"null", kind::null},     {"boolean", kind::boolean}, {"integer", kind::integer}, {"number", kind::number},
        {"string", kind::string}, {"array", kind::array},     {"object", kind::object}};
    node n;
    const auto found = kinds.find(type);
    n.what = found == kinds.end() ? kind::anything : found->second;
    n.format = text_of(schema, "format");
    n.pattern = text_of(schema, "pattern");
    n.min_length = count_of(schema, "minLength", 0);
    n.max_length = count_of(schema, "maxLength", n.max_length);
    read_numbers(schema, n);
    if (n.what == kind::object)
        read_members(schema, n);
    if (n.what == kind::array) {
        n.min_items = count_of(schema, "minItems", 0);
        n.max_items = count_of(schema, "maxItems", n.max_items);
        n.unique = schema.value("uniqueItems", false);
        n.has_items = schema.contains("items");
        if (n.has_items)
            n.items = compile(schema["items"], name);
    }
    return n;
}

void schema_compiler::read_numbers(const json &schema, node &n) {
    const auto number = [&](const char *key, double &into) {
        const auto at = schema.find(key);
        const bool there = at != schema.end() && at->is_number();
        if (there)
            into = at->get<double>();
        return there;
    };
    number("minimum", n.low);
    number("maximum", n.high);
    n.low_open = number("exclusiveMinimum", n.low);
    n.high_open = number("exclusiveMaximum", n.high);
    number("multipleOf", n.step);
}

void schema_compiler::read_members(const json &schema, node &n) {
    const json required = schema.value("required", json::array());
    const json properties = schema.value("properties", json::object());
    // compile() keys its memo by address, so it must see the schema's own members, not this copy.
    for (const auto &[key, ignored] : properties.items()) {
        answer_schema::member m;
        m.prefix = "\"";
        append_escaped(key, m.prefix);
        m.prefix += "\":";
        m.required = std::find(required.begin(), required.end(), json(key)) != required.end();
        m.node = compile(schema.at("properties").at(key), lower(key));
        n.members.push_back(std::move(m));
    }
}

answer_schema::answer_schema(const json &schema) {
    schema_compiler compiler{schema, *this};
    compiler.compile(schema, "");
}

} // namespace smelt::sim
