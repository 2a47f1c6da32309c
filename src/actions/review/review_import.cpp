#include "actions/review/label_studio.hpp"
#include "actions/review/review_columns.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/actions/review_files.hpp"
#include "smelt/actions/table_rows.hpp"
#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/json/equal.hpp"
#include "smelt/json/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

namespace smelt::actions {
namespace {

/// Verdicts are kept so many at a time.
constexpr std::size_t verdicts_at_once = 500;

/// A row with a verdict.
struct verdict_row {
    std::int64_t line = 0;
    std::string task, key, batch, verdict, reason, output, edited_output, reviewer;
    std::optional<double> seconds;
};

verdict_row from_table(const table_row &row) {
    return {row.line,
            std::string{trim(row.text("task"))},
            std::string{trim(row.text("key"))},
            row.text("batch"),
            row.text("verdict"),
            row.text("reason"),
            row.text("output"),
            row.text("edited_output"),
            row.text("reviewer"),
            std::nullopt};
}

bool is_same_json(const std::string &a, const std::string &b) {
    json_text::json_tree left;
    json_text::json_tree right;
    const auto reads = [](const std::string &text, json_text::json_tree &tree) {
        return json_text::read_json(text, tree).error == json_text::read_error::none;
    };
    return reads(a, left) && reads(b, right) ? json_text::equal(left.root(), right.root()) : trim(a) == trim(b);
}

/// Rows with a verdict, of a file in any of the forms. Counts the others.
std::vector<verdict_row> read_rows(const std::filesystem::path &file, imported_reviews &done) {
    std::vector<verdict_row> rows;
    std::int64_t seen = 0;
    for_each_row(file, [&](const table_row &row) {
        auto found = from_table(row);
        if (const auto task = read_label_studio_task(*row.object))
            found = {row.line,     task->task,   task->key,           task->batch,    task->verdict,
                     task->reason, task->output, task->edited_output, task->reviewer, task->seconds};
        ++seen;
        const bool has_more = !trim(found.reason).empty() ||
                              (!found.edited_output.empty() && !is_same_json(found.edited_output, found.output));
        if (trim(found.verdict).empty() && has_more)
            done.problems.push_back({row.line, fmt::format("line {} ({}): a reason or an edited output, but no verdict",
                                                           row.line, found.key)});
        else if (trim(found.verdict).empty())
            ++done.open;
        else
            rows.push_back(std::move(found));
    });
    if (seen > 0 && rows.empty() && done.open == seen)
        done.problems.push_back({0, "no row has a verdict: accept, edit, reject or fail in the column verdict"});
    return rows;
}

/// A verdict that makes sense by itself.
struct wanted_verdict {
    const verdict_row *row = nullptr;
    verdict_kind kind{};
    store::reviews::place place;
};

/// Turns rows into verdicts, and says what is wrong with those that cannot be.
class verdict_reader {
  public:
    verdict_reader(db::connection &c, const store::pipeline_row &pipeline, imported_reviews &done) : done_{done} {
        db::transaction tx{c, {.read_only = true}};
        for (const auto &task : store::catalog{tx}.tasks(pipeline.id))
            tasks_.emplace(task.name, task.id);
    }

    std::optional<wanted_verdict> read(const verdict_row &row) {
        wanted_verdict out;
        out.row = &row;
        const auto kind = verdict_of(lower_ascii(trim(row.verdict)));
        if (!kind)
            return refuse(row, row.verdict + " is no verdict: accept, edit, reject or fail");
        out.kind = *kind;
        const auto task = row.task.empty() && tasks_.size() == 1 ? tasks_.begin() : tasks_.find(row.task);
        if (task == tasks_.end())
            return refuse(row, row.task.empty() ? "the column task, which says whose answer was judged, is empty"
                                                : "there is no task called " + row.task);
        std::int32_t batch = 0;
        if (std::from_chars(row.batch.data(), row.batch.data() + row.batch.size(), batch).ec != std::errc{})
            return refuse(row, "the column batch, which says whose answer was judged, holds no number");
        out.place = {task->second, row.key, batch_id{batch}};
        const bool has_edit = !row.edited_output.empty() && !is_same_json(row.edited_output, row.output);
        if (*kind == verdict_kind::edited && row.edited_output.empty())
            return refuse(row, "an edit needs what the answer should be, in the column edited_output");
        if (*kind == verdict_kind::edited && !has_edit)
            return refuse(row, "edited_output is the output as it is: change it, or say accept");
        if (*kind != verdict_kind::edited && has_edit)
            return refuse(row, row.verdict + ", and edited_output is another than output: say edit if that is meant");
        if ((*kind == verdict_kind::rejected || *kind == verdict_kind::failed) && trim(row.reason).empty())
            return refuse(row, "a rejection needs a reason, which the model is told");
        return out;
    }
    std::nullopt_t refuse(const verdict_row &row, const std::string &why) {
        done_.problems.push_back({row.line, fmt::format("line {} ({}): {}", row.line, row.key, why)});
        return std::nullopt;
    }

  private:
    imported_reviews &done_;
    std::map<std::string, task_id, std::less<>> tasks_;
};

/// What is kept in one call: verdicts of one kind, by one person, about answers of one version.
using verdict_group = std::tuple<std::int32_t, verdict_kind, std::int32_t, std::string>;

class verdict_keeper {
  public:
    verdict_keeper(db::connection &c, const store::pipeline_row &pipeline, std::string reviewer, verdict_reader &reader,
                   imported_reviews &done)
        : connection_{c}, pipeline_{pipeline.id}, reviewer_{std::move(reviewer)}, reader_{reader}, done_{done} {}

    void keep(const std::vector<wanted_verdict> &wanted) {
        std::map<verdict_group, std::vector<store::verdict>> groups;
        const auto standings = find(wanted);
        for (std::size_t i = 0; i < wanted.size(); ++i)
            sort_in(wanted[i], standings[i], groups);
        for (const auto &[group, verdicts] : groups)
            give(group, verdicts);
    }

  private:
    std::vector<store::reviews::standing> find(const std::vector<wanted_verdict> &wanted) {
        std::vector<store::reviews::place> places;
        places.reserve(wanted.size());
        for (const auto &one : wanted)
            places.push_back(one.place);
        db::transaction tx{connection_, {.read_only = true}};
        return store::reviews{tx, pipeline_}.find(places);
    }

    void sort_in(const wanted_verdict &one, const store::reviews::standing &found,
                 std::map<verdict_group, std::vector<store::verdict>> &groups) {
        const auto &row = *one.row;
        if (!found.record) {
            reader_.refuse(row, "no record has this key");
            return;
        }
        if (!found.verdict.empty()) {
            ++(found.verdict == to_string(one.kind) ? done_.known : done_.overtaken);
            return;
        }
        if (!found.stands) {
            ++done_.overtaken;
            return;
        }
        auto v = one.kind == verdict_kind::edited ? judge(row, found) : std::optional{store::verdict{}};
        if (!v)
            return;
        v->record = *found.record;
        v->batch = one.place.batch;
        v->reason = trim(row.reason);
        v->seconds = row.seconds;
        groups[{one.place.task.value, one.kind, found.version.value, row.reviewer.empty() ? reviewer_ : row.reviewer}]
            .push_back(std::move(*v));
    }

    /// The edit; nothing: it may not be kept.
    std::optional<store::verdict> judge(const verdict_row &row, const store::reviews::standing &found) {
        const auto judged = judge_.judge(connection_, pipeline_, found.version, *found.record, row.edited_output);
        if (!judged.is_valid()) {
            std::string words;
            for (const auto &f : judged.findings)
                if (f.hard)
                    words += (words.empty() ? "" : "; ") + f.message;
            return reader_.refuse(row, "the edited output is not valid: " + words);
        }
        return edit_verdict(judged);
    }

    void give(const verdict_group &group, const std::vector<store::verdict> &verdicts) {
        const auto &[task, kind, version, who] = group;
        db::transaction tx{connection_};
        const auto ids = store::reviews{tx, pipeline_}.give(task_id{task}, version_id{version}, kind, who, verdicts);
        tx.commit();
        for (const auto &id : ids)
            ++(id ? count_of(kind) : done_.overtaken);
    }

    std::int64_t &count_of(verdict_kind kind) {
        switch (kind) {
        case verdict_kind::edited:
            return done_.edited;
        case verdict_kind::rejected:
            return done_.rejected;
        case verdict_kind::failed:
            return done_.failed;
        case verdict_kind::accepted:
        case verdict_kind::approved:
            break;
        }
        return done_.accepted;
    }

    db::connection &connection_;
    pipeline_id pipeline_;
    std::string reviewer_;
    verdict_reader &reader_;
    imported_reviews &done_;
    orchestrator::answer_judge judge_;
};

} // namespace

std::optional<verdict_kind> verdict_of(std::string_view word) {
    if (word == "accept" || word == "accepted")
        return verdict_kind::accepted;
    if (word == "edit" || word == "edited")
        return verdict_kind::edited;
    if (word == "reject" || word == "rejected")
        return verdict_kind::rejected;
    if (word == "fail" || word == "failed")
        return verdict_kind::failed;
    return std::nullopt;
}

imported_reviews import_reviews(db::connection &c, const store::pipeline_row &pipeline,
                                const std::filesystem::path &file, const std::string &reviewer) {
    imported_reviews done;
    const auto rows = read_rows(file, done);
    verdict_reader reader{c, pipeline, done};
    verdict_keeper keeper{c, pipeline, reviewer, reader, done};
    std::vector<wanted_verdict> wanted;
    for (const auto &row : rows) {
        if (const auto one = reader.read(row))
            wanted.push_back(*one);
        if (wanted.size() == verdicts_at_once) {
            keeper.keep(wanted);
            wanted.clear();
        }
    }
    keeper.keep(wanted);
    std::ranges::stable_sort(done.problems, {}, &imported_reviews::problem::line);
    return done;
}

} // namespace smelt::actions
