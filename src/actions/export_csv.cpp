#include "csv.hpp"
#include "json_members.hpp"

#include "smelt/actions/export_format.hpp"
#include "smelt/store/typed_views.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace smelt::actions {
namespace {

constexpr std::array<std::string_view, 3> before{"key", "task", "status"};
constexpr std::array<std::string_view, 10> after{
    "score",        "needs_review",  "superseded",    "warnings",         "model",
    "input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens", "cost_usd"};

/// Values of a JSON object in the order of known names; other members are left out.
class cells {
  public:
    explicit cells(const std::vector<std::string> &names) : values_(names.size()) {
        for (std::size_t i = 0; i < names.size(); ++i)
            place_.emplace(names[i], i);
    }

    /// whole: the column for what is no object with known members; empty: none.
    void write(std::string_view object, const std::string &whole, csv_row &row) {
        for (auto &value : values_)
            value.clear();
        bool is_any_known = false;
        if (object.starts_with('{'))
            for_each_member(object, [&](const std::string &name, std::string_view value) {
                is_any_known = set(name, value) || is_any_known;
            });
        if (!is_any_known && !object.empty())
            set(whole, object);
        for (const auto &value : values_)
            row.field(value);
    }

  private:
    bool set(const std::string &name, std::string_view value) {
        const auto found = place_.find(name);
        if (found != place_.end())
            values_[found->second] = json_cell(value);
        return found != place_.end();
    }
    std::map<std::string, std::size_t, std::less<>> place_;
    std::vector<std::string> values_;
};

class csv_format final : public export_format {
  public:
    explicit csv_format(export_columns columns)
        : columns_{std::move(columns)}, fields_{columns_.fields}, output_{columns_.output} {}

    void begin(std::string &out) override {
        const std::set<std::string> taken{columns_.output.begin(), columns_.output.end()};
        csv_row row{out};
        for (const auto name : before)
            row.field(store::own_column(std::string{name}, taken));
        for (const auto &name : columns_.fields)
            row.field(store::own_column("fields." + name, taken));
        for (const auto &name : columns_.output)
            row.field(name);
        for (const auto name : after)
            row.field(store::own_column(std::string{name}, taken));
        row.end();
    }

    void row(const std::string &task, const store::export_row &r, std::string &out) override {
        csv_row row{out};
        row.field(r.key);
        row.field(task);
        row.field(r.status);
        fields_.write(r.fields, {}, row);
        const auto whole = columns_.whole.find(task);
        output_.write(r.output, whole == columns_.whole.end() ? std::string{} : whole->second, row);
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

} // namespace smelt::actions
