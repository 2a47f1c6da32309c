#pragma once

#include "simulator/engine/generator.hpp"

#include "smelt/base/hash.hpp"
#include "smelt/base/json.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

/// What the tests of the simulator share.
namespace sim_test {

namespace fs = std::filesystem;
using smelt::json;

/// A folder that goes with its object.
class temp_folder {
  public:
    temp_folder() : path{fs::temp_directory_path() / ("smelt-sim-test-" + smelt::random_nonce())} {
        fs::create_directories(path);
    }
    ~temp_folder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    temp_folder(const temp_folder &) = delete;
    temp_folder &operator=(const temp_folder &) = delete;
    const fs::path path;
};

inline void write_file(const fs::path &path, const std::string &text) {
    std::ofstream{path, std::ios::binary} << text;
}

inline std::string read_file(const fs::path &path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

inline std::vector<json> read_lines(const fs::path &path) {
    std::vector<json> lines;
    std::ifstream in{path};
    for (std::string line; std::getline(in, line);)
        lines.push_back(json::parse(line));
    return lines;
}

inline const json row_schema =
    json::parse(R"({"type":"object","additionalProperties":false,"required":["word","confidence"],
    "properties":{"word":{"type":"string"},"confidence":{"type":"number","minimum":0,"maximum":1}}})");

/// One chat request; the text is what makes its body different from others.
inline json request(const std::string &id, const std::string &text, const json &feedback = json::array()) {
    json messages = json::array({{{"role", "system"}, {"content", "Answer."}}, {{"role", "user"}, {"content", text}}});
    for (const auto &message : feedback)
        messages.push_back(message);
    const json format = {{"type", "json_schema"},
                         {"json_schema", {{"name", "row"}, {"strict", true}, {"schema", row_schema}}}};
    return {{"custom_id", id},
            {"method", "POST"},
            {"url", "/v1/chat/completions"},
            {"body", {{"model", "gpt-test"}, {"messages", messages}, {"response_format", format}}}};
}

inline std::string some_text(int i) {
    return "Record number " + std::to_string(i) + " speaks of rivers, bridges and quiet towns";
}

inline std::string input_file(int count, const std::string &id_prefix = "id-") {
    std::string text;
    for (int i = 0; i < count; ++i)
        text += request(id_prefix + std::to_string(i), some_text(i)).dump() + "\n";
    return text;
}

/// The answer's text of a successful result line.
inline std::string answer_text(const json &line) {
    return line.at("response").at("body").at("choices").at(0).at("message").at("content").get<std::string>();
}

inline bool answer_is_valid(const json &line) {
    const json answer = json::parse(answer_text(line), nullptr, false);
    return answer.is_object() && answer.size() == 2 && answer.contains("word") && answer["word"].is_string() &&
           answer.contains("confidence") && answer["confidence"].is_number();
}

} // namespace sim_test
