#include "actions/review/label_studio.hpp"
#include "actions/review/review_columns.hpp"

#include "smelt/actions/review_files.hpp"
#include "smelt/actions/table_rows.hpp"
#include "smelt/base/error.hpp"
#include "smelt/base/json.hpp"
#include "smelt/base/text.hpp"
#include "smelt/json/reader.hpp"
#include "smelt/json/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

namespace smelt::actions {
namespace {

/// Answers are read so many at a time.
constexpr std::size_t slice = 500;

/// What was found, one after the other: "rule: message".
struct found_words {
    std::string warnings, repairs;
};

found_words words_of(const std::string &findings) {
    found_words out;
    const auto all = json::parse(findings, nullptr, false);
    for (const auto &f : all.is_array() ? all : json::array()) {
        auto &words = f.value("kind", "") == "repair" ? out.repairs : out.warnings;
        words += (words.empty() ? "" : "; ") + f.value("rule", "") + ": " + f.value("message", "");
    }
    return out;
}

/// Where exported answers go.
class review_writer {
  public:
    virtual ~review_writer() = default;
    virtual void add(const store::shown_answer &a, const task_definition &definition) = 0;
    virtual void finish() = 0;
};

class table_reviews : public review_writer {
  public:
    /// fields: names of the records' fields, in their order.
    table_reviews(std::vector<std::string> fields, review_format format, const text_sink &out)
        : fields_{std::move(fields)} {
        auto names = std::vector<std::string>(review_columns.begin(), review_columns.end());
        for (const auto &field : fields_)
            names.push_back(std::ranges::find(review_columns, field) == review_columns.end() ? field
                                                                                             : "fields." + field);
        table_ = make_text_table({format == review_format::csv ? table_format::csv : table_format::jsonl, false}, names,
                                 out);
    }

    void add(const store::shown_answer &a, const task_definition &) override {
        const auto words = words_of(a.findings);
        std::vector<cell> cells{{"", false},
                                {"", false},
                                {"", false},
                                {"", false},
                                {a.task, false},
                                {a.key, false},
                                {std::to_string(a.batch.value), true},
                                {fmt::format("{:.4g}", a.score), true},
                                {words.warnings, false},
                                {words.repairs, false},
                                {a.earlier, false},
                                {compact(a.output), true}};
        json_text::json_tree record;
        const auto read = json_text::read_json(a.fields, record);
        for (const auto &field : fields_)
            cells.push_back(
                {read.error == json_text::read_error::none ? table_row{0, &record.root()}.text(field) : std::string{},
                 false});
        table_->row(cells);
    }
    void finish() override { table_->finish(); }

  private:
    std::vector<std::string> fields_;
    std::unique_ptr<table_writer> table_;
};

class label_studio_tasks : public review_writer {
  public:
    label_studio_tasks(const store::pipeline_row &pipeline, const text_sink &out)
        : pipeline_{pipeline.name}, out_{out} {}

    void add(const store::shown_answer &a, const task_definition &definition) override {
        const auto words = words_of(a.findings);
        out_(std::string{first_ ? "[\n" : ",\n"} +
             label_studio_task(pipeline_, a, editable_text(a, definition), words.warnings, words.repairs)
                 .dump(-1, ' ', false, json::error_handler_t::replace));
        first_ = false;
    }
    void finish() override { out_(first_ ? "[]\n" : "\n]\n"); }

  private:
    std::string pipeline_;
    const text_sink &out_;
    bool first_ = true;
};

/// In the order of the queue.
void write_slice(db::connection &c, pipeline_id p, const std::vector<store::review_candidate> &some,
                 orchestrator::answer_judge &judge, review_writer &out) {
    std::map<std::int32_t, std::vector<std::int64_t>> by_task;
    for (const auto &one : some)
        by_task[one.task.value].push_back(one.record.value);
    std::map<std::pair<std::int32_t, std::int64_t>, store::shown_answer> shown;
    {
        db::transaction tx{c, {.read_only = true}};
        for (const auto &[task, records] : by_task)
            for (auto &a : store::reviews{tx, p}.show(task_id{task}, records))
                shown.emplace(std::pair{task, a.record.value}, std::move(a));
    }
    for (const auto &one : some)
        if (const auto found = shown.find({one.task.value, one.record.value}); found != shown.end())
            out.add(found->second, judge.definition(c, found->second.version));
}

/// The columns of the source, and what else a record has, such as the text of a file that it names.
std::vector<std::string> fields_of(db::connection &c, const store::pipeline_row &pipeline,
                                   const std::vector<store::review_candidate> &all) {
    auto fields = pipeline.columns;
    if (all.empty())
        return fields;
    db::transaction tx{c, {.read_only = true}};
    const auto first = store::reviews{tx, pipeline.id}.show(all.front().task, {all.front().record.value});
    const auto record = first.empty() ? json::object() : json::parse(first.front().fields, nullptr, false);
    for (const auto &[name, value] : record.items())
        if (std::ranges::find(fields, name) == fields.end())
            fields.push_back(name);
    return fields;
}

} // namespace

std::string compact(const std::string &value) {
    json_text::json_tree tree;
    if (json_text::read_json(value, tree).error != json_text::read_error::none)
        return value;
    std::string out;
    json_text::append_json(out, tree.root());
    return out;
}

review_format review_format_of(const std::string &file) {
    const auto ending = lower_ascii(std::filesystem::path{file}.extension().string());
    if (ending == ".csv")
        return review_format::csv;
    if (ending == ".jsonl" || ending == ".ndjson")
        return review_format::jsonl;
    if (ending == ".json")
        return review_format::label_studio;
    throw usage_error{file + " does not say in which form answers are to be written",
                      "end it in .csv, .jsonl, or .json for Label Studio"};
}

exported_reviews export_reviews(db::connection &c, const store::pipeline_row &pipeline, const review_request &request,
                                review_format format, const text_sink &out) {
    const auto plan = plan_review(c, pipeline, request);
    const auto most = request.sample ? request.sample : request.limit;
    std::vector<store::review_candidate> all;
    {
        db::transaction tx{c, {.read_only = true}};
        all = store::reviews{tx, pipeline.id}.candidates(plan.choice, {},
                                                         most.value_or(std::numeric_limits<std::int64_t>::max()));
    }
    std::unique_ptr<review_writer> writer;
    if (format == review_format::label_studio)
        writer = std::make_unique<label_studio_tasks>(pipeline, out);
    else
        writer = std::make_unique<table_reviews>(fields_of(c, pipeline, all), format, out);
    orchestrator::answer_judge judge;
    for (std::size_t at = 0; at < all.size(); at += slice)
        write_slice(c, pipeline.id,
                    {all.begin() + static_cast<std::ptrdiff_t>(at),
                     all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), at + slice))},
                    judge, *writer);
    writer->finish();
    return {static_cast<std::int64_t>(all.size()), plan.threshold};
}

} // namespace smelt::actions
