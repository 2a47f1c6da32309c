#include "json_escape.hpp"
#include "openai.hpp"
#include "openai_params.hpp"

#include "smelt/core/error.hpp"

namespace smelt::provider {
namespace {

/// {"custom_id": · ,"method":…,"messages":[ · ],params…}}
class openai_encoder final : public line_encoder {
  public:
    openai_encoder(std::string before, std::string after) : before_{std::move(before)}, after_{std::move(after)} {}

    void encode(std::string_view custom_id, const std::vector<extraction::message> &messages,
                std::string &out) const override {
        out += "{\"custom_id\":";
        append_json_string(custom_id, out);
        out += before_;
        bool first = true;
        for (const auto &message : messages) {
            out += first ? "{\"role\":" : ",{\"role\":";
            append_json_string(message.role, out);
            out += ",\"content\":";
            append_json_string(message.content, out);
            out += '}';
            first = false;
        }
        out += after_;
    }

  private:
    std::string before_; ///< from the comma after the id to the bracket that opens the messages
    std::string after_;  ///< from the bracket that closes them to the end of the line
};

/// The members of an object without its braces, each preceded by a comma.
std::string members_of(const json &object) {
    std::string out;
    for (const auto &[name, value] : object.items()) {
        out += ',';
        append_json_string(name, out);
        out += ':';
        out += value.dump();
    }
    return out;
}

} // namespace

std::unique_ptr<line_encoder> openai::encoder(const config::task_definition &definition) const {
    if (definition.model.empty())
        throw usage_error{"task '" + definition.name + "' names no model"};
    const bool responses = is_responses_endpoint(definition);
    std::string before;
    if (quirks_.full_lines) {
        before += ",\"method\":\"POST\",\"url\":";
        append_json_string(definition.endpoint, before);
    }
    before += ",\"body\":{\"model\":";
    append_json_string(definition.model, before);
    before += responses ? ",\"input\":[" : ",\"messages\":[";
    const auto after = "]" + members_of(constant_members(definition)) + "}}\n";
    return std::make_unique<openai_encoder>(std::move(before), after);
}

} // namespace smelt::provider
