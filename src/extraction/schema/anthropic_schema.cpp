#include "strict_adapter.hpp"

#include "smelt/extraction/provider_schema.hpp"
#include "smelt/json/pointer.hpp"
#include "smelt/json/tree.hpp"
#include "smelt/json_schema/evaluator.hpp"
#include "smelt/json_schema/source.hpp"

#include <algorithm>
#include <set>

namespace smelt::extraction {

using namespace json_text;
using namespace json_schema;
namespace {

// docs/protocols.md, Anthropic JSON output.
constexpr int most_optional = 24;
constexpr int most_unions = 16;

bool anthropic_keeps(std::string_view keyword) {
    for (const std::string_view kept : {"type", "enum", "const", "title", "description", "format", "minItems"})
        if (keyword == kept)
            return true;
    return false;
}

/// Walks along references, so that a definition counts wherever it is used and a circle is met.
class anthropic_limits {
  public:
    explicit anthropic_limits(json &made) : made_{made} {}

    void run() {
        schema(made_, "");
        forget_unused();
        if (optional_ > most_optional)
            refuse_schema("",
                          "it has " + std::to_string(optional_) + " optional properties; Anthropic allows " +
                              std::to_string(most_optional),
                          "make some of them required");
        if (unions_ > most_unions)
            refuse_schema("",
                          "it has " + std::to_string(unions_) + " properties of several types; Anthropic allows " +
                              std::to_string(most_unions),
                          "prefer required properties of one type to null");
    }

  private:
    void schema(json &at, const std::string &pointer) {
        if (at.contains("$ref"))
            return reference(at["$ref"].get<std::string>(), pointer);
        unions_ += at.contains("anyOf") || (at.contains("type") && at["type"].is_array()) ? 1 : 0;
        drop_count(at);
        if (at.contains("properties")) {
            const auto required = at.contains("required") ? at["required"].size() : 0;
            optional_ += static_cast<int>(at["properties"].size() - required);
            for (const auto &[name, value] : at["properties"].items())
                schema(value, pointer + "/properties/" + pointer_token(name));
        }
        if (at.contains("items"))
            schema(at["items"], pointer + "/items");
        if (at.contains("anyOf"))
            for (std::size_t i = 0; i < at["anyOf"].size(); ++i)
                schema(at["anyOf"][i], pointer + "/anyOf/" + std::to_string(i));
    }

    void reference(const std::string &target, const std::string &pointer) {
        if (std::find(open_.begin(), open_.end(), target) != open_.end() || target == "#")
            refuse_schema(pointer + "/$ref", "Anthropic's structured outputs know no recursion",
                          "write the levels out that you need");
        open_.push_back(target);
        used_.insert(target);
        schema(made_.at(json::json_pointer{target.substr(1)}), pointer);
        open_.pop_back();
    }

    /// What nothing refers to was not looked at.
    void forget_unused() {
        if (!made_.contains("$defs"))
            return;
        json kept = json::object();
        for (const auto &[name, value] : made_["$defs"].items())
            if (used_.contains("#/$defs/" + name))
                kept[name] = value;
        made_.erase("$defs");
        if (!kept.empty())
            made_["$defs"] = std::move(kept);
    }

    /// minItems may be 0 or 1.
    static void drop_count(json &at) {
        if (at.contains("minItems") && at["minItems"] > 1)
            at["minItems"] = 1;
    }

    json &made_;
    std::vector<std::string> open_;
    std::set<std::string> used_;
    int optional_ = 0;
    int unions_ = 0;
};

} // namespace

json anthropic_schema(const json &schema) {
    const json_schema::evaluator well_formed{schema, false};
    auto made = strict_adapter{schema, {.service = "Anthropic's structured outputs", .keeps = anthropic_keeps}}.run();
    anthropic_limits{made}.run();
    return made;
}

} // namespace smelt::extraction
