#include "smelt/actions/named.hpp"

#include "smelt/base/error.hpp"
#include "smelt/config/suggest.hpp"
#include "smelt/store/forgetting.hpp"
#include "smelt/store/reports.hpp"

#include <algorithm>
#include <charconv>

namespace smelt::actions {

bool means_file(const std::string &argument) {
    return argument.find('/') != std::string::npos || argument.ends_with(".yaml") || argument.ends_with(".yml");
}

store::pipeline_row find_pipeline(db::connection &c, const std::string &argument, bool forgotten_too) {
    const auto name = means_file(argument) ? config::load_pipeline(argument).name : argument;
    db::transaction tx{c, {.read_only = true}};
    if (auto found = store::catalog{tx}.find_pipeline(name)) {
        if (!forgotten_too)
            store::forgetting{tx, found->id}.refuse();
        return *found;
    }
    const auto known = store::reports{tx}.pipeline_names();
    if (means_file(argument))
        throw usage_error{"pipeline " + name + " has not run here yet", "start with: smelt run " + argument};
    throw usage_error{"there is no pipeline called " + name + " in this database",
                      known.empty() ? "name its file: the .env beside it may say which database"
                                    : config::did_you_mean(name, known)};
}

void check_keys(db::transaction &tx, const store::pipeline_row &pipeline,
                const std::optional<std::vector<std::string>> &keys) {
    if (!keys)
        return;
    const auto absent = store::reports{tx}.absent_keys(pipeline.id, *keys);
    if (absent.empty())
        return;
    const auto more = absent.size() > 1 ? " (and " + std::to_string(absent.size() - 1) + " more of those named)" : "";
    throw usage_error{"pipeline " + pipeline.name + " has no record with the key " + absent.front() + more +
                          "; nothing was changed",
                      "SELECT key FROM smelt.items shows the keys"};
}

config::pipeline load_named_pipeline(db::connection &c, const std::string &argument, bool forgotten_too) {
    if (means_file(argument))
        return config::load_pipeline(argument);
    const auto known = find_pipeline(c, argument, forgotten_too);
    if (!std::filesystem::exists(known.file))
        throw usage_error{"the file of pipeline " + argument + " is not there: " + known.file,
                          "give its new place instead of the name; the next smelt run remembers it"};
    auto loaded = config::load_pipeline(known.file);
    if (loaded.name != argument)
        throw usage_error{known.file + " defines pipeline " + loaded.name + " now, not " + argument,
                          "give the file that defines " + argument};
    return loaded;
}

std::optional<task_id> find_task(db::connection &c, const store::pipeline_row &p, const std::string &task) {
    if (task.empty())
        return std::nullopt;
    db::transaction tx{c, {.read_only = true}};
    const auto tasks = store::catalog{tx}.tasks(p.id);
    const auto found = std::ranges::find(tasks, task, &store::task_row::name);
    if (found != tasks.end())
        return found->id;
    std::vector<std::string> known;
    known.reserve(tasks.size());
    for (const auto &t : tasks)
        known.push_back(t.name);
    throw usage_error{"pipeline " + p.name + " has no task called " + task, config::did_you_mean(task, known)};
}

batch_id find_batch(db::connection &c, const std::string &argument) {
    db::transaction tx{c, {.read_only = true}};
    store::reports reports{tx};
    std::int32_t number = 0;
    const auto *end = argument.data() + argument.size();
    if (const auto [last, error] = std::from_chars(argument.data(), end, number); error == std::errc{} && last == end)
        if (reports.place_of({number}))
            return {number};
    const auto found = reports.batches_called(argument);
    if (found.empty())
        throw usage_error{"there is no batch " + argument, "smelt batches lists their numbers and the provider's ids"};
    if (found.size() > 1) {
        std::string numbers;
        for (const auto id : found)
            numbers += (numbers.empty() ? "" : ", ") + std::to_string(id);
        throw usage_error{"several batches are called " + argument + " by their providers: " + numbers,
                          "name it by its number"};
    }
    return {static_cast<std::int32_t>(found.front())};
}

} // namespace smelt::actions
