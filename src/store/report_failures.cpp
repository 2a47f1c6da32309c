#include "report_fields.hpp"

#include "smelt/core/compress.hpp"
#include "smelt/core/error.hpp"

namespace smelt::store {
namespace {

int digit(char c) {
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/// Of encode(..., 'hex'), which is always well formed.
std::string from_hex(std::string_view hex) {
    std::string bytes;
    bytes.reserve(hex.size() / 2);
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
    return bytes;
}

/// The answer as the model gave it; where that was not kept, what was stored of it.
std::string answer_of(const pqxx::row &row) {
    if (row["raw"].is_null())
        return text(row["output"]);
    try {
        return inflate(from_hex(db::view(row["raw"])));
    } catch (const error &) {
        return "(the stored answer cannot be read)";
    }
}

} // namespace

std::vector<failure_report> reports::failures(pipeline_id p, std::int64_t limit) {
    use_utc(tx_);
    std::vector<failure_report> found;
    for (const auto &row : tx_.exec(sql("report_failures"), p, limit)) {
        auto &f = found.emplace_back();
        f.task = text(row["task"]);
        f.key = text(row["key"]);
        f.status = text(row["status"]);
        f.cause = text(row["cause"]);
        f.message = text(row["message"]);
        f.findings = text(row["findings"]);
        f.attempts = integer(row["attempts"]);
        f.deliveries = integer(row["deliveries"]);
        if (!row["batch_id"].is_null())
            f.batch = row["batch_id"].as<std::int32_t>();
        f.at = moment_of(row, "applied");
        f.source_file = text(row["source_file"]);
        f.source_line = integer(row["source_line"]);
        f.answer = answer_of(row);
    }
    return found;
}

} // namespace smelt::store
