#include "replay.hpp"

#include "simulator/mix.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/json.hpp"

#include <algorithm>
#include <fstream>

namespace smelt::sim {
namespace {

recorded_answer read_answer(const json &entry) {
    recorded_answer out;
    const json answer = entry.value("answer", json());
    if (!answer.is_null())
        out.text = answer.is_string() ? answer.get<std::string>() : answer.dump();
    out.refusal = entry.value("refusal", "");
    out.thinking = entry.value("thinking", "");
    out.finish_reason = entry.value("finish_reason", "stop");
    out.status_code = entry.value("status_code", 200);
    const json error = entry.value("error", json());
    if (error.is_string()) {
        out.error_message = error.get<std::string>();
    } else if (error.is_object()) {
        out.error_code = error.value("code", "");
        out.error_message = error.value("message", "");
    }
    if (answer.is_null() && error.is_null() && out.refusal.empty() && out.status_code == 200)
        throw std::runtime_error{"the entry has none of answer, refusal, status_code and error"};
    return out;
}

} // namespace

replay_book::replay_book(const std::filesystem::path &file) {
    std::ifstream in{file};
    if (!in)
        throw file_error{file.string(), 0, "cannot be read", "--replay takes a JSONL file, see docs/simulator.md"};
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        if (line.find_first_not_of(" \t\r") == std::string::npos)
            continue;
        try {
            add(line);
        } catch (const std::exception &e) {
            throw file_error{file.string(), number, e.what(),
                             "docs/simulator.md shows the format of a recorded answer"};
        }
    }
}

void replay_book::add(std::string_view line) {
    const json object = json::parse(line);
    if (!object.is_object())
        throw std::runtime_error{"not a JSON object"};
    entry fresh;
    fresh.match = object.value("match", object.value("key", ""));
    fresh.task = object.value("task", "");
    if (fresh.match.empty())
        throw std::runtime_error{"the entry has neither match nor key"};
    fresh.id = hash_bytes(fresh.task, hash_bytes(fresh.match, 0x7265706c6179ULL));
    auto known = std::find_if(entries_.begin(), entries_.end(),
                              [&](const entry &e) { return e.match == fresh.match && e.task == fresh.task; });
    if (known == entries_.end())
        known = entries_.insert(entries_.end(), std::move(fresh));
    const auto nth = object.value("try", static_cast<std::int64_t>(known->tries.size()) + 1);
    if (nth < 1 || nth > 1000)
        throw std::runtime_error{"try must be 1 or more"};
    if (known->tries.size() < static_cast<std::size_t>(nth))
        known->tries.resize(static_cast<std::size_t>(nth));
    known->tries[static_cast<std::size_t>(nth - 1)] = read_answer(object);
}

const recorded_answer *replay_book::entry::nth(std::uint64_t delivered) const {
    const recorded_answer *best = nullptr;
    for (std::size_t i = 0; i < tries.size() && (i <= delivered || best == nullptr); ++i)
        if (tries[i])
            best = &*tries[i];
    return best;
}

const replay_book::entry *replay_book::find(std::string_view user, std::string_view task) const {
    const entry *best = nullptr;
    for (const auto &one : entries_) {
        if (!one.task.empty() && !task.empty() && one.task != task)
            continue;
        if ((best == nullptr || one.match.size() > best->match.size()) &&
            user.find(one.match) != std::string_view::npos)
            best = &one;
    }
    return best;
}

} // namespace smelt::sim
