#include "smelt/actions/export_format.hpp"
#include "smelt/base/json.hpp"

namespace smelt::actions {
namespace {

std::string json_string(std::string_view text) {
    return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

class jsonl_format final : public export_format {
  public:
    void begin(std::string &) override {}

    void row(const std::string &task, const store::export_row &r, std::string &out) override {
        const auto member = [&out](std::string_view name, std::string_view value) {
            out += ",\"";
            out += name;
            out += "\":";
            out += value.empty() ? std::string_view{"null"} : value;
        };
        const auto answered = [&r](std::string value) { return r.answered ? std::move(value) : std::string{}; };
        out += "{\"key\":" + json_string(r.key);
        member("task", json_string(task));
        member("status", json_string(r.status));
        member("fields", r.fields);
        member("output", r.output);
        member("score", r.score);
        member("needs_review", answered(r.needs_review ? "true" : "false"));
        member("superseded", answered(r.superseded ? "true" : "false"));
        member("warnings", r.answered && r.warnings.empty() ? std::string_view{"[]"} : r.warnings);
        member("model", answered(json_string(r.model)));
        member("input_tokens", answered(std::to_string(r.input_tokens)));
        member("cached_tokens", answered(std::to_string(r.cached_tokens)));
        member("output_tokens", answered(std::to_string(r.output_tokens)));
        member("reasoning_tokens", answered(std::to_string(r.reasoning_tokens)));
        member("cost_usd", r.cost_usd);
        out += "}\n";
    }
};

} // namespace

std::unique_ptr<export_format> make_jsonl_format() {
    return std::make_unique<jsonl_format>();
}

} // namespace smelt::actions
