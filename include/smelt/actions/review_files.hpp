#pragma once

#include "smelt/actions/review.hpp"
#include "smelt/actions/table_writer.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// Verdicts that are given elsewhere: in a spreadsheet, by a script, in Label Studio (docs/review.md).
namespace smelt::actions {

enum class review_format { csv, jsonl, label_studio };

/// By the ending of a file: .csv, .jsonl, .json (Label Studio's tasks). Throws usage_error.
review_format review_format_of(const std::string &file);

struct exported_reviews {
    std::int64_t answers = 0;
    std::optional<double> threshold; ///< that request.target chose
};
/// Writes the answers that the request means, to be judged.
exported_reviews export_reviews(db::connection &c, const store::pipeline_row &pipeline, const review_request &request,
                                review_format format, const text_sink &out);

struct imported_reviews {
    std::int64_t accepted = 0, edited = 0, rejected = 0, failed = 0;
    std::int64_t open = 0;      ///< rows without a verdict
    std::int64_t known = 0;     ///< whose verdict is kept already
    std::int64_t overtaken = 0; ///< whose answer is another now, or has another verdict
    struct problem {
        std::int64_t line = 0;
        std::string words;
    };
    std::vector<problem> problems; ///< of rows that are left out, by line; 0: of the file
};

/// Keeps the verdicts of a file; reviewer: of rows that name none. Rows that are wrong are left out and named, and a
/// file can be read again. Throws file_error for a file that is none of these.
imported_reviews import_reviews(db::connection &c, const store::pipeline_row &pipeline,
                                const std::filesystem::path &file, const std::string &reviewer);

} // namespace smelt::actions
