#include "export_cells.hpp"
#include "exported_records.hpp"

#include "smelt/actions/export.hpp"
#include "smelt/base/error.hpp"
#include "smelt/json/writer.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace smelt::actions {
namespace {

constexpr const char *task_group = "task";

/// Where an answer stands: its record and the place of its task.
struct answer_place {
    std::int64_t record = 0;
    std::size_t task = 0;
};

/// Groups in the order in which they first come.
struct group {
    std::vector<std::pair<std::string, std::unique_ptr<group>>> members;
    std::map<std::string, std::size_t, std::less<>> places;
    std::optional<answer_place> answer; ///< of an innermost one

    group &member(const std::string &name) {
        const auto [known, is_new] = places.emplace(name, members.size());
        if (is_new)
            members.emplace_back(name, std::make_unique<group>());
        return *members[known->second].second;
    }
};

/// Finds the place of each answer.
class grouping {
  public:
    grouping(const known_columns &known, const std::vector<std::string> &names, std::size_t tasks) : names_{names} {
        auto columns = names;
        std::erase(columns, task_group);
        cells_ = std::make_unique<export_cells>(named_columns(known, columns, "--grouped"), tasks);
    }

    void add(const store::export_record &record, const std::vector<exported_task> &tasks) {
        const auto cells = cells_->of(record, {});
        for (std::size_t t = 0; t < tasks.size(); ++t)
            if (record.items[t].is_answered)
                add(record, t, tasks[t].name, cells);
    }

    [[nodiscard]] const group &top() const { return top_; }

  private:
    void add(const store::export_record &record, std::size_t task, const std::string &task_name,
             const std::vector<cell> &cells) {
        auto *at = &top_;
        std::string shown;
        std::size_t next = 0;
        for (const auto &name : names_) {
            auto value = task_name;
            if (name != task_group)
                value = text_of(cells[next++]);
            shown += (shown.empty() ? "" : ", ") + name + " " + value;
            at = &at->member(value);
        }
        if (at->answer)
            throw usage_error{
                "two answers would stand at " + shown + ", that of the record " + record.key + " among them",
                "group by what tells them apart, too, for example --grouped " + names_.front() + ",key,task"};
        at->answer = answer_place{record.id.value, task};
    }

    std::vector<std::string> names_;
    std::unique_ptr<export_cells> cells_;
    group top_;
};

std::string leaf_of(const store::export_item &item) {
    std::string out = "{\"response\":" + item.output;
    out += ",\"usage\":{\"input_tokens\":" + std::to_string(item.input_tokens) +
           ",\"cached_tokens\":" + std::to_string(item.cached_tokens) +
           ",\"output_tokens\":" + std::to_string(item.output_tokens) +
           ",\"reasoning_tokens\":" + std::to_string(item.reasoning_tokens) + "},\"model\":";
    json_text::append_json_string(out, item.model);
    return out + "}";
}

/// Writes the document; answers are read in the order in which they stand in it, a page at a time.
class document_writer {
  public:
    document_writer(exported_records &records, const group &top, const text_sink &out) : records_{records}, out_{out} {
        collect(top);
        write(top, 0);
        out_("\n");
    }

  private:
    void collect(const group &at) {
        if (at.answer)
            order_.push_back(at.answer->record);
        for (const auto &[name, member] : at.members)
            collect(*member);
    }

    void write(const group &at, std::size_t depth) {
        if (at.answer) {
            out_(leaf_of(item_of(*at.answer)));
            return;
        }
        std::string begin = "{";
        for (const auto &[name, member] : at.members) {
            begin += "\n" + std::string(2 * (depth + 1), ' ');
            json_text::append_json_string(begin, name);
            out_(begin + ": ");
            write(*member, depth + 1);
            begin = ",";
        }
        out_(at.members.empty() ? "{}" : "\n" + std::string(2 * depth, ' ') + "}");
    }

    const store::export_item &item_of(const answer_place &place) {
        constexpr std::size_t most = 500;
        if (!page_.contains(place.record)) {
            page_.clear();
            std::vector<std::int64_t> ids;
            for (; next_ < order_.size() && ids.size() < most; ++next_)
                if (page_.emplace(order_[next_], store::export_record{}).second)
                    ids.push_back(order_[next_]);
            for (auto &record : records_.read(ids))
                page_[record.id.value] = std::move(record);
        }
        const auto &items = page_.at(place.record).items;
        if (items.size() <= place.task || !items[place.task].is_answered)
            throw unavailable{"an answer was taken away while it was exported", "repeat the export"};
        return items[place.task];
    }

    exported_records &records_;
    const text_sink &out_;
    std::vector<std::int64_t> order_; ///< records of the answers, as they come in the document
    std::size_t next_ = 0;
    std::map<std::int64_t, store::export_record> page_;
};

} // namespace

void export_grouped(db::connection &c, const store::pipeline_row &pipeline, const export_wish &wish,
                    const std::vector<std::string> &groups, const text_sink &out) {
    const auto tasks = tasks_to_export(c, pipeline, wish.task);
    grouping places{all_columns(c, pipeline, tasks), groups, tasks.size()};
    exported_records records{c, pipeline.id, ids_of(tasks)};
    records.for_each_page(pipeline, wish, [&](const std::vector<std::int64_t> &ids) {
        for (const auto &record : records.read(ids))
            places.add(record, tasks);
    });
    const document_writer writer{records, places.top(), out};
}

} // namespace smelt::actions
