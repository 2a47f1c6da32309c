#include "answer_format.hpp"

#include "simulator/requests/strict_rules.hpp"

namespace smelt::sim {
namespace {

// A file with a different schema on every line must not fill the memory.
constexpr std::size_t most_formats = 256;

bool good_name(const std::string &name) {
    return !name.empty() && name.size() <= 64 &&
           name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") ==
               std::string::npos;
}

void read_schema(const json &holder, bool strict_rules, answer_format &out) {
    const auto name = holder.value("name", json());
    if (!name.is_string() || !good_name(name.get<std::string>())) {
        out.error = "Missing or invalid 'response_format.json_schema.name'.";
        return;
    }
    out.name = name.get<std::string>();
    const auto schema = holder.find("schema");
    if (schema == holder.end() || !schema->is_object()) {
        out.error = "Missing required parameter: 'response_format.json_schema.schema'.";
        return;
    }
    if (strict_rules && holder.value("strict", json()) == json(true))
        if (const std::string broken = broken_strict_rule(*schema); !broken.empty()) {
            out.error = "Invalid schema for response_format '" + out.name + "': " + broken + ".";
            return;
        }
    try {
        out.schema.emplace(*schema);
    } catch (const std::exception &e) {
        out.error = "Invalid schema for response_format '" + out.name + "': " + e.what() + ".";
    }
}

} // namespace

answer_format read_format(dialect spoken, std::string_view raw) {
    if (spoken == dialect::anthropic)
        return read_anthropic_format(raw);
    if (spoken == dialect::gemini)
        return read_gemini_format(raw);
    answer_format out;
    if (raw.empty() || raw == "null")
        return out;
    json format = json::parse(raw, nullptr, false);
    if (format.is_object() && format.contains("format")) // /v1/responses wraps it once more
        format = json(format["format"]);
    if (!format.is_object())
        return out;
    const json type = format.value("type", json());
    if (type == json("json_schema")) {
        out.is_json = true;
        const bool wrapped = format.contains("json_schema") && format["json_schema"].is_object();
        // OpenAI's rules of strict schemas are not promised by Mistral.
        read_schema(wrapped ? format["json_schema"] : format, spoken != dialect::mistral, out);
    } else if (type == json("json_object")) {
        out.is_json = true;
    } else if (!type.is_null() && type != json("text")) {
        out.error = "Invalid value: 'response_format.type'.";
    }
    return out;
}

const answer_format &format_cache::get(dialect spoken, std::string_view raw) {
    if (last_ != nullptr && spoken == last_spoken_ && raw == last_text_)
        return *last_;
    std::string text = std::string{to_string(spoken)} + " ";
    text += raw;
    auto found = known_.find(text);
    if (found == known_.end()) {
        if (known_.size() >= most_formats)
            known_.clear();
        found = known_.emplace(text, std::make_unique<answer_format>(read_format(spoken, raw))).first;
    }
    last_text_ = raw;
    last_spoken_ = spoken;
    last_ = found->second.get();
    return *last_;
}

} // namespace smelt::sim
