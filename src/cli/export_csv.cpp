#include "smelt/cli/csv.hpp"
#include "smelt/cli/export_format.hpp"
#include "smelt/cli/json_members.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace smelt::cli {
namespace {

constexpr std::array<std::string_view, 3> before{"key", "task", "status"};
constexpr std::array<std::string_view, 10> after{
    "score",        "needs_review",  "superseded",    "warnings",         "model",
    "input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens", "cost_usd"};

bool is_fixed(const std::string &name) {
    return std::ranges::find(before, name) != before.end() || std::ranges::find(after, name) != after.end();
}

/// Values of a JSON object in the order of known names; other members are left out.
class cells {
  public:
    explicit cells(const std::vector<std::string> &names) : values_(names.size()) {
        for (std::size_t i = 0; i < names.size(); ++i)
            place_.emplace(names[i], i);
    }

    void write(std::string_view object, csv_row &row) {
        for (auto &value : values_)
            value.clear();
        if (object.starts_with('{'))
            for_each_member(object, [this](const std::string &name, std::string_view value) { set(name, value); });
        else if (!object.empty())
            set("text", object); // a task without an output schema
        for (const auto &value : values_)
            row.field(value);
    }

  private:
    void set(const std::string &name, std::string_view value) {
        if (const auto found = place_.find(name); found != place_.end())
            values_[found->second] = json_cell(value);
    }
    std::map<std::string, std::size_t, std::less<>> place_;
    std::vector<std::string> values_;
};

class csv_format final : public export_format {
  public:
    explicit csv_format(export_columns columns)
        : columns_{std::move(columns)}, fields_{columns_.fields}, output_{columns_.output} {}

    void begin(std::string &out) override {
        csv_row row{out};
        for (const auto name : before)
            row.field(name);
        for (const auto &name : columns_.fields)
            row.field("fields." + name);
        for (const auto &name : columns_.output)
            row.field(is_fixed(name) ? "output." + name : name);
        for (const auto name : after)
            row.field(name);
        row.end();
    }

    void row(const std::string &task, const store::export_row &r, std::string &out) override {
        csv_row row{out};
        row.field(r.key);
        row.field(task);
        row.field(r.status);
        fields_.write(r.fields, row);
        output_.write(r.output, row);
        answer(r, row);
        row.end();
    }

  private:
    static void answer(const store::export_row &r, csv_row &row) {
        const auto when_answered = [&](const std::string &value) { row.field(r.answered ? value : std::string{}); };
        row.field(r.score);
        when_answered(r.needs_review ? "true" : "false");
        when_answered(r.superseded ? "true" : "false");
        row.field(r.warning_text);
        row.field(r.model);
        for (const auto tokens : {r.input_tokens, r.cached_tokens, r.output_tokens, r.reasoning_tokens})
            when_answered(std::to_string(tokens));
        row.field(r.cost_usd);
    }

    export_columns columns_;
    cells fields_, output_;
};

} // namespace

std::unique_ptr<export_format> make_csv_format(export_columns columns) {
    return std::make_unique<csv_format>(std::move(columns));
}

} // namespace smelt::cli
