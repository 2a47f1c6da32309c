#pragma once

#include "confidence.hpp"
#include "extraction/repair/repair.hpp"

#include "smelt/extraction/compiled_task.hpp"
#include "smelt/json_schema/evaluator.hpp"

#include <string_view>

namespace smelt::extraction {

/// Repairs an answer and checks it against the schema. path may be nullptr.
judgement judge_json(std::string_view answer, const std::vector<compiled_repair> &repairs,
                     const json_schema::evaluator &schema, const value_path *path);
/// Without a schema: any text that can be stored, as a JSON string.
judgement judge_text(std::string_view answer);

} // namespace smelt::extraction
