#include "strict_adapter.hpp"

#include "smelt/base/error.hpp"
#include "smelt/extraction/provider_schema.hpp"
#include "smelt/json/pointer.hpp"
#include "smelt/json/tree.hpp"
#include "smelt/json_schema/evaluator.hpp"
#include "smelt/json_schema/source.hpp"

#include <algorithm>
#include <cctype>
#include <set>

namespace smelt::extraction {

using namespace json_text;
using namespace json_schema;
namespace {

/// Of responseJsonSchema.
bool gemini_json_keeps(std::string_view keyword) {
    for (const std::string_view kept :
         {"type", "enum", "title", "description", "format", "minimum", "maximum", "minItems", "maxItems"})
        if (keyword == kept)
            return true;
    return false;
}

bool gemini_keeps(std::string_view keyword) {
    for (const std::string_view kept : {"type", "enum", "const", "title", "description", "pattern", "format", "minimum",
                                        "maximum", "minItems", "maxItems", "minLength", "maxLength"})
        if (keyword == kept)
            return true;
    return false;
}

std::string capitals(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

/// From JSON Schema, adapted already, to OpenAPI's subset.
class openapi_writer {
  public:
    explicit openapi_writer(const json &document) : document_{document} {}

    json schema(const json &at, const std::string &pointer) {
        if (at.contains("$ref"))
            return reference(at["$ref"].get<std::string>(), pointer);
        json made = json::object();
        for (const char *name : {"title", "description", "pattern", "minimum", "maximum", "minItems", "maxItems",
                                 "minLength", "maxLength"})
            if (at.contains(name))
                made[name] = at[name];
        types(at, pointer, made);
        values(at, made);
        if (at.contains("properties"))
            properties(at, pointer, made);
        if (at.contains("items"))
            made["items"] = schema(at["items"], pointer + "/items");
        return made;
    }

  private:
    json reference(const std::string &target, const std::string &pointer) {
        if (target == "#" || std::find(open_.begin(), open_.end(), target) != open_.end())
            refuse_schema(pointer + "/$ref", "Gemini's structured outputs know no recursion",
                          "write the levels out that you need");
        if (++written_ > 10'000)
            refuse_schema(pointer, "the schema grows too large when its references are written out");
        open_.push_back(target);
        auto made = schema(document_.at(json::json_pointer{target.substr(1)}), pointer);
        open_.pop_back();
        return made;
    }

    /// What is not null; null becomes `nullable`.
    void types(const json &at, const std::string &pointer, json &made) {
        json branches = json::array();
        const auto alternatives = at.value("anyOf", json::array());
        for (std::size_t i = 0; i < alternatives.size(); ++i) {
            if (alternatives[i].value("type", json()) == "null") {
                made["nullable"] = true;
                add_description(made, alternatives[i]);
            } else
                branches.push_back(schema(alternatives[i], pointer + "/anyOf/" + std::to_string(i)));
        }
        json names = at.value("type", json::array());
        if (names.is_string())
            names = json::array({names});
        if (names.size() > 1 && std::find(names.begin(), names.end(), json("null")) != names.end()) {
            made["nullable"] = true;
            names.erase(std::find(names.begin(), names.end(), json("null")));
        }
        if (names.size() == 1)
            made["type"] = capitals(names[0].get<std::string>());
        else
            for (const auto &name : names)
                branches.push_back({{"type", capitals(name.get<std::string>())}});
        if (branches.size() == 1 && !made.contains("type"))
            take(made, branches[0]);
        else if (!branches.empty())
            made["anyOf"] = std::move(branches);
    }

    static void add_description(json &made, const json &more) {
        if (more.contains("description") && more["description"].is_string())
            made["description"] = joined_notes(made.value("description", ""), more["description"].get<std::string>());
    }

    /// The only alternative becomes the schema itself.
    static void take(json &made, const json &branch) {
        for (const auto &[name, value] : branch.items())
            if (name == "description")
                add_description(made, branch);
            else if (name != "title" || !made.contains("title"))
                made[name] = value;
    }

    /// Enums are lists of strings there; other values are left to the check of the answer.
    static void values(const json &at, json &made) {
        if (made.value("type", "") != "STRING")
            return;
        if (at.value("format", "") == "date-time")
            made["format"] = "date-time";
        const auto all = at.contains("const") ? json::array({at["const"]}) : at.value("enum", json::array());
        json texts = json::array();
        for (const auto &value : all)
            if (value.is_string())
                texts.push_back(value);
        if (texts.empty())
            return;
        made["format"] = "enum";
        made["enum"] = std::move(texts);
    }

    void properties(const json &at, const std::string &pointer, json &made) {
        json order = json::array();
        for (const auto &[name, value] : at["properties"].items()) {
            made["properties"][name] = schema(value, pointer + "/properties/" + pointer_token(name));
            order.push_back(name);
        }
        made["propertyOrdering"] = std::move(order);
        if (at.contains("required") && !at["required"].empty())
            made["required"] = at["required"];
    }

    const json &document_;
    std::vector<std::string> open_;
    std::size_t written_ = 0;
};

} // namespace

namespace {

json as_openapi(const json &schema) {
    const adapter_rules rules{.service = "Gemini's structured outputs", .keeps = gemini_keeps};
    const auto made = strict_adapter{schema, rules}.run();
    return openapi_writer{made}.schema(made, "");
}

/// Gemini unrolls a circle of references only where it goes through properties that are not required.
class circle_opener {
  public:
    explicit circle_opener(json &document) : document_{document} {}

    void run() {
        schema(document_, "#");
        if (document_.contains("$defs"))
            for (const auto &[name, value] : document_["$defs"].items())
                schema(value, "#/$defs/" + pointer_token(name));
    }

  private:
    /// owner: the definition that this is part of.
    void schema(json &at, const std::string &owner) {
        if (at.contains("properties") && at.contains("required")) {
            json kept = json::array();
            for (const auto &name : at["required"]) {
                std::set<std::string> seen;
                if (!reaches(at["properties"][name.get<std::string>()], owner, seen))
                    kept.push_back(name);
            }
            at["required"] = std::move(kept);
        }
        each_subschema(at, [&](json &inner) { schema(inner, owner); });
    }

    bool reaches(json &from, const std::string &owner, std::set<std::string> &seen) {
        if (from.contains("$ref")) {
            const auto name = from["$ref"].get<std::string>();
            if (name == owner)
                return true;
            return seen.insert(name).second && reaches(document_.at(json::json_pointer{name.substr(1)}), owner, seen);
        }
        bool found = false;
        each_subschema(from, [&](json &inner) { found = found || reaches(inner, owner, seen); });
        return found;
    }

    json &document_;
};

json as_json_schema(const json &schema) {
    const adapter_rules rules{.service = "Gemini's structured outputs", .keeps = gemini_json_keeps, .open = true};
    auto made = strict_adapter{schema, rules}.run();
    circle_opener{made}.run();
    return made;
}

} // namespace

gemini_form gemini_schema(const json &schema) {
    const json_schema::evaluator well_formed{schema, false};
    try {
        return {"responseSchema", as_openapi(schema)};
    } catch (const usage_error &) {
        return {"responseJsonSchema", as_json_schema(schema)};
    }
}

} // namespace smelt::extraction
