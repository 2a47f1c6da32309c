#pragma once

#include "smelt/base/json.hpp"
#include "smelt/cli/terminal.hpp"
#include "smelt/extraction/compiled_task.hpp"
#include "smelt/store/reports.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace smelt::cli {

/// A request as it would be made today by the version that made it; empty with the reason when it cannot be rendered.
struct shown_request {
    std::vector<extraction::message> messages;
    std::string why_not;
};

/// Compiles each version once.
class request_renderer {
  public:
    /// definition_of: the stored definition of a version, as JSON text.
    explicit request_renderer(std::function<std::string(std::int32_t)> definition_of)
        : definition_of_{std::move(definition_of)} {}

    shown_request request_of(const store::answer_report &a);

  private:
    std::function<std::string(std::int32_t)> definition_of_;
    std::map<std::int32_t, std::unique_ptr<extraction::compiled_task>> versions_;
};

/// The words of --cause.
const std::vector<std::string> &known_causes();

/// The stable form: the keys that `smelt answers --help` documents.
json to_json(const store::answer_report &a, const shown_request &request);

/// For people: key, what came of it, request and answer, clipped and printable.
std::string render_answer(const store::answer_report &a, const shown_request &request, const terminal &t);

} // namespace smelt::cli
