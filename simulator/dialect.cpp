#include "dialect.hpp"

#include <fmt/chrono.h>

#include <cctype>

namespace smelt::sim {
namespace {

json iso_date(const json &seconds) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds.get<std::time_t>()));
}

/// docs/protocols.md, Together: capitals, progress instead of counts, text for dates and for the error, no metadata.
json show_as_together(const json &batch) {
    auto status = batch.at("status").get<std::string>();
    if (status == "finalizing" || status == "cancelling")
        status = "in_progress";
    for (auto &c : status)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    json out{{"id", batch.at("id")},
             {"user_id", "simulated"},
             {"endpoint", batch.at("endpoint")},
             {"status", status},
             {"input_file_id", batch.at("input_file_id")},
             {"created_at", iso_date(batch.at("created_at"))}};
    for (const char *name : {"output_file_id", "error_file_id"})
        if (batch.contains(name) && !batch.at(name).is_null())
            out[name] = batch.at(name);
    const auto &counts = batch.at("request_counts");
    const auto total = counts.at("total").get<double>();
    const auto done = counts.at("completed").get<double>() + counts.at("failed").get<double>();
    out["progress"] = total == 0 ? 0.0 : 100.0 * done / total;
    if (batch.contains("errors") && batch.at("errors").is_object())
        out["error"] = batch.at("errors").at("data").at(0).at("message");
    return out;
}

} // namespace

std::string_view to_string(dialect d) {
    switch (d) {
    case dialect::azure:
        return "azure";
    case dialect::together:
        return "together";
    case dialect::plain:
        return "plain";
    case dialect::mistral:
        return "mistral";
    case dialect::anthropic:
        return "anthropic";
    case dialect::gemini:
        return "gemini";
    case dialect::openai:
        break;
    }
    return "openai";
}

dialect dialect_of(std::string_view name) {
    for (const auto d :
         {dialect::azure, dialect::together, dialect::plain, dialect::mistral, dialect::anthropic, dialect::gemini})
        if (to_string(d) == name)
            return d;
    return dialect::openai;
}

wire wire_of(dialect d) {
    switch (d) {
    case dialect::mistral:
        return wire::mistral;
    case dialect::anthropic:
        return wire::anthropic;
    case dialect::gemini:
        return wire::gemini;
    case dialect::openai:
    case dialect::azure:
    case dialect::together:
    case dialect::plain:
        break;
    }
    return wire::openai;
}

bool has_error_file(dialect d) {
    return d != dialect::anthropic && d != dialect::gemini && d != dialect::plain;
}

bool can_fail(dialect d) {
    return d != dialect::anthropic;
}

bool keeps_partial(dialect d) {
    return d != dialect::gemini;
}

located locate(const std::string &path) {
    const auto below = [&](std::string_view prefix) { return path.starts_with(std::string{prefix} + "/v1/"); };
    if (below("/openai"))
        return {dialect::azure, path.substr(std::string_view{"/openai"}.size())};
    if (below("/together"))
        return {dialect::together, path.substr(std::string_view{"/together"}.size())};
    if (below("/plain"))
        return {dialect::plain, path.substr(std::string_view{"/plain"}.size())};
    return {dialect::openai, path};
}

std::string_view input_purpose(dialect d) {
    return d == dialect::together ? "batch-api" : "batch";
}

bool has_full_lines(dialect d) {
    return d != dialect::together;
}

bool has_listing(dialect d) {
    return d != dialect::plain;
}

bool has_pages(dialect d) {
    return d != dialect::together;
}

bool has_empty_files(dialect d) {
    return d == dialect::azure;
}

void show_as_azure(json &batch) {
    auto status = batch["status"].get<std::string>();
    status[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(status[0])));
    batch["status"] = status;
    for (auto &[name, value] : batch.items())
        if (name.ends_with("_at") && value.is_number_integer())
            value = iso_date(value);
}

json batch_in_dialect(dialect d, json batch) {
    if (d == dialect::together)
        return show_as_together(batch);
    if (d != dialect::azure)
        return batch;
    if (batch["status"] == "validating")
        batch["request_counts"] = {{"total", nullptr}, {"completed", nullptr}, {"failed", nullptr}};
    show_as_azure(batch);
    return batch;
}

json listing_in_dialect(dialect d, json listing) {
    return d == dialect::together ? std::move(listing["data"]) : std::move(listing);
}

json created_in_dialect(dialect d, json batch) {
    if (d != dialect::together)
        return batch;
    json out;
    out["job"] = std::move(batch);
    out["warning"] = "";
    return out;
}

} // namespace smelt::sim
