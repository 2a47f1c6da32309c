#pragma once

#include "sim_support.hpp"

namespace sim_test {

using namespace smelt::sim;

/// A generator on a folder of its own.
struct bench {
    temp_folder folder;
    options settings;
    replay_book replay;
    delivery_ledger ledger;
    std::atomic<bool> stop{false};

    bench() { settings.invalid_rate = 0; }

    result_paths paths(const std::string &name) const {
        const auto at = [&](const char *end) { return folder.path / (name + end); };
        return {at(".in"), at(".out"), at(".err"), at(".ids"), at(".delivered")};
    }
    batch_results run(const std::string &name, const std::string &input, const json &faults = nullptr,
                      std::int64_t keep = -1) {
        write_file(paths(name).input, input);
        batch b;
        b.id = name;
        b.endpoint = "/v1/chat/completions";
        b.faults = faults;
        b.keep = keep;
        b.created = 1'700'000'000'000;
        generator maker{settings, replay, ledger, stop};
        return maker.run(b, paths(name));
    }
    std::vector<json> output(const std::string &name) const { return read_lines(paths(name).output); }
    std::vector<json> errors(const std::string &name) const { return read_lines(paths(name).errors); }
};

inline std::vector<std::string> ids_of(const std::vector<json> &lines) {
    std::vector<std::string> ids;
    ids.reserve(lines.size());
    for (const auto &line : lines)
        ids.push_back(line["custom_id"]);
    return ids;
}

} // namespace sim_test
