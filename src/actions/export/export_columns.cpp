#include "smelt/actions/export_columns.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/text.hpp"
#include "smelt/config/suggest.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace smelt::actions {
namespace {

using kind = export_column::kind;

struct own_column {
    const char *name;
    kind content;
};

constexpr std::array<own_column, 12> answer_columns{{{"score", kind::score},
                                                     {"needs_review", kind::needs_review},
                                                     {"superseded", kind::superseded},
                                                     {"warnings", kind::warnings},
                                                     {"status", kind::status},
                                                     {"reason", kind::reason},
                                                     {"model", kind::model},
                                                     {"input_tokens", kind::input_tokens},
                                                     {"cached_tokens", kind::cached_tokens},
                                                     {"output_tokens", kind::output_tokens},
                                                     {"reasoning_tokens", kind::reasoning_tokens},
                                                     {"cost_usd", kind::cost_usd}}};
constexpr std::array<own_column, 4> further_columns{{{"batch", kind::batch},
                                                     {"remote_id", kind::remote_id},
                                                     {"extracted_at", kind::extracted_at},
                                                     {"version", kind::version}}};

/// Gives each column a name that no other has, also where case does not count. Fields keep theirs.
class namer {
  public:
    std::string field(const std::string &name) {
        taken_.insert(lower_ascii(name));
        return name;
    }
    std::string output(const std::string &name) { return own(is_taken(name) ? "output." + name : name); }
    std::string own(std::string name) {
        while (is_taken(name))
            name.insert(0, "smelt_");
        taken_.insert(lower_ascii(name));
        return name;
    }

  private:
    [[nodiscard]] bool is_taken(const std::string &name) const { return taken_.contains(lower_ascii(name)); }
    std::set<std::string> taken_; ///< in small letters
};

/// Fields keep their names, outputs come next, and our own columns make room for both.
class column_list {
  public:
    column_list(const std::vector<std::string> &fields, const std::vector<exported_task> &tasks) : tasks_{tasks} {
        for (const auto &name : fields)
            list_.usual.push_back({names_.field(name), kind::field, 0, name});
        for (const auto &task : tasks_)
            for (const auto &name : task.outputs)
                outputs_.push_back(names_.output(prefix_of(task) + name));
    }

    known_columns finish(bool has_key) {
        export_column key{names_.own("key"), kind::key, 0, {}};
        if (has_key)
            list_.more.push_back(std::move(key));
        else
            list_.usual.insert(list_.usual.begin(), std::move(key));
        for (std::size_t place = 0; place < tasks_.size(); ++place)
            add_task(place);
        list_.more.push_back({names_.own("source_file"), kind::source_file, 0, {}});
        list_.more.push_back({names_.own("source_line"), kind::source_line, 0, {}});
        return std::move(list_);
    }

  private:
    [[nodiscard]] std::string prefix_of(const exported_task &task) const {
        return tasks_.size() > 1 ? task.name + "." : std::string{};
    }

    void add_task(std::size_t place) {
        const auto &task = tasks_[place];
        const auto prefix = prefix_of(task);
        for (const auto &name : task.outputs)
            list_.usual.push_back({outputs_[next_output_++], task.is_whole ? kind::whole : kind::output, place, name});
        for (const auto &own : answer_columns)
            list_.usual.push_back({names_.own(prefix + own.name), own.content, place, {}});
        for (const auto &own : further_columns)
            list_.more.push_back({names_.own(prefix + own.name), own.content, place, {}});
    }

    const std::vector<exported_task> &tasks_;
    namer names_;
    std::vector<std::string> outputs_; ///< names, over all tasks
    std::size_t next_output_ = 0;
    known_columns list_;
};

const export_column *find(const known_columns &known, const std::string &name) {
    for (const auto *list : {&known.usual, &known.more})
        if (const auto found = std::ranges::find(*list, name, &export_column::name); found != list->end())
            return &*found;
    return nullptr;
}

std::vector<std::string> names_of(const known_columns &known) {
    std::vector<std::string> names;
    for (const auto *list : {&known.usual, &known.more})
        for (const auto &column : *list)
            names.push_back(column.name);
    return names;
}

/// `batch` means that of each task where there are several.
std::vector<const export_column *> meant_by(const known_columns &known, const std::string &name) {
    if (const auto *exact = find(known, name))
        return {exact};
    std::vector<const export_column *> found;
    for (const auto &column : known.more)
        if (column.name.ends_with("." + name) && column.content >= kind::score)
            found.push_back(&column);
    return found;
}

} // namespace

known_columns columns_of(const std::vector<std::string> &fields, bool has_key,
                         const std::vector<exported_task> &tasks) {
    return column_list{fields, tasks}.finish(has_key);
}

std::vector<export_column> usual_columns(known_columns known, const std::vector<std::string> &more) {
    auto columns = std::move(known.usual);
    known.usual.clear();
    for (const auto &name : more) {
        if (std::ranges::find(columns, name, &export_column::name) != columns.end())
            continue; // it is there already
        const auto meant = meant_by(known, name);
        if (meant.empty())
            throw usage_error{"there is no further column \"" + name + "\"",
                              config::did_you_mean(name, names_of(known))};
        for (const auto *column : meant)
            columns.push_back(*column);
    }
    return columns;
}

std::vector<export_column> chosen_columns(const known_columns &known, const config::export_columns_file &file) {
    std::vector<export_column> columns;
    for (const auto &wish : file.columns) {
        if (wish.type != config::wished_column::kind::column) {
            const bool is_constant = wish.type == config::wished_column::kind::constant;
            columns.push_back({wish.name, is_constant ? kind::constant : kind::expression, 0, wish.text});
            continue;
        }
        const auto *column = find(known, wish.text);
        if (column == nullptr)
            throw file_error{file.file.string(), wish.line, "there is no column \"" + wish.text + "\"",
                             config::did_you_mean(wish.text, names_of(known))};
        columns.push_back(*column);
        columns.back().name = wish.name;
    }
    return columns;
}

std::vector<export_column> named_columns(const known_columns &known, const std::vector<std::string> &names,
                                         const std::string &option) {
    config::export_columns_file wishes{option, {}};
    for (const auto &name : names)
        wishes.columns.push_back({name, config::wished_column::kind::column, name, 0});
    return chosen_columns(known, wishes);
}

void check_names(const std::vector<export_column> &columns) {
    std::map<std::string, std::string> seen;
    for (const auto &column : columns)
        if (const auto [first, is_new] = seen.emplace(lower_ascii(column.name), column.name); !is_new)
            throw usage_error{first->second == column.name
                                  ? "two columns are named \"" + column.name + "\""
                                  : "the columns \"" + first->second + "\" and \"" + column.name +
                                        "\" differ in case only, and most programs keep one of them",
                              "give one of them another name with --columns FILE (`- NEW: NAME`)"};
}

} // namespace smelt::actions
