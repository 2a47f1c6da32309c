#pragma once

#include "answer_schema.hpp"
#include "simulator/dialect.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace smelt::sim {

/// What a request asks its answer to look like.
struct answer_format {
    bool is_json = false;                ///< json_object or json_schema
    std::string name;                    ///< of the schema
    std::optional<answer_schema> schema; ///< of json_schema
    std::string error;                   ///< why the request is refused; empty: it is not
};

/// raw: the JSON text of what says so in a request of this dialect; empty for none. That is response_format of a chat
/// completion, text of a response, Anthropic's output_config, Gemini's generationConfig.
answer_format read_format(dialect spoken, std::string_view raw);
answer_format read_anthropic_format(std::string_view raw);
answer_format read_gemini_format(std::string_view raw);

/// Formats are the same on nearly every line of a file, so each distinct text is read once.
class format_cache {
  public:
    const answer_format &get(dialect spoken, std::string_view raw);

  private:
    std::unordered_map<std::string, std::unique_ptr<answer_format>> known_;
    std::string last_text_;
    dialect last_spoken_ = dialect::openai;
    const answer_format *last_ = nullptr;
};

} // namespace smelt::sim
