#include "inline_results.hpp"

#include "line_reader.hpp"

#include "smelt/base/hash.hpp"

namespace smelt::sim {

inline_results::inline_results(std::vector<std::filesystem::path> files)
    : files_{std::move(files)}, placeholder_{"simulated-" + random_nonce()} {}

std::string inline_results::text_of(const json &answer) const {
    std::string array = "[";
    std::vector<input_line> lines;
    for (const auto &file : files_) {
        line_reader reader{file};
        while (reader.next(lines))
            for (const auto &line : lines) {
                array += array.size() == 1 ? "" : ",";
                array += line.text;
            }
    }
    array += "]";
    std::string text = answer.dump(-1, ' ', false, json::error_handler_t::replace);
    const std::string wanted = "\"" + placeholder_ + "\"";
    for (auto at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + array.size()))
        text.replace(at, wanted.size(), array);
    return text;
}

} // namespace smelt::sim
