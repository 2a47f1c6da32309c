#include "api.hpp"
#include "simulator/http/paging.hpp"

#include "smelt/base/hash.hpp"

namespace smelt::sim {
namespace {

constexpr std::int64_t bytes_per_token = 4;

std::string required_text(const json &body, const char *name) {
    const auto at = body.find(name);
    if (at == body.end() || at->is_null())
        throw api_error{400, std::string{"Missing required parameter: '"} + name + "'.", name,
                        "missing_required_parameter"};
    if (!at->is_string())
        throw api_error{400, std::string{"Invalid type for '"} + name + "': expected a string.", name, "invalid_type"};
    return at->get<std::string>();
}

std::string read_endpoint(const json &body) {
    std::string endpoint = required_text(body, "endpoint");
    if (endpoint != "/v1/chat/completions" && endpoint != "/v1/responses")
        throw api_error{400,
                        "Invalid value: '" + endpoint +
                            "'. The simulator supports '/v1/chat/completions' and '/v1/responses'.",
                        "endpoint", "invalid_value"};
    return endpoint;
}

json read_metadata(const json &body) {
    constexpr std::size_t most_pairs = 16;
    constexpr std::size_t longest_key = 64;
    constexpr std::size_t longest_value = 512;
    const json metadata = body.value("metadata", json());
    if (metadata.is_null())
        return metadata;
    if (!metadata.is_object())
        throw api_error{400, "Invalid type for 'metadata': expected an object.", "metadata", "invalid_type"};
    if (metadata.size() > most_pairs)
        throw api_error{400, "Invalid 'metadata': too many properties.", "metadata", "object_above_max_properties"};
    for (const auto &[key, value] : metadata.items())
        if (key.size() > longest_key || !value.is_string() ||
            value.get_ref<const std::string &>().size() > longest_value)
            throw api_error{400, "Invalid 'metadata." + key + "'.", "metadata", "invalid_type"};
    return metadata;
}

std::int64_t read_expiry(const json &body, std::int64_t fallback) {
    const json rule = body.value("output_expires_after", json());
    if (rule.is_null())
        return fallback;
    const json seconds = rule.is_object() ? rule.value("seconds", json()) : json();
    const bool good = seconds.is_number_integer() && seconds.get<std::int64_t>() >= 3600 &&
                      seconds.get<std::int64_t>() <= 2'592'000 && rule.value("anchor", json()) == json("created_at");
    if (!good)
        throw api_error{400, "Invalid 'output_expires_after'.", "output_expires_after", "invalid_value"};
    return seconds.get<std::int64_t>();
}

} // namespace

json openai_api::create_batch(const std::string &text, dialect spoken) {
    const json body = json::parse(text, nullptr, false);
    if (!body.is_object())
        throw api_error{400, "We could not parse the JSON body of your request."};
    batch b;
    b.spoken = spoken;
    b.input_file = required_text(body, "input_file_id");
    b.endpoint = read_endpoint(body);
    if (const std::string window = required_text(body, "completion_window"); window != "24h")
        throw api_error{400, "Invalid value: '" + window + "'. Value must be '24h'.", "completion_window",
                        "invalid_value"};
    b.metadata = read_metadata(body);
    b.output_expires_after = read_expiry(body, b.output_expires_after);
    b.id = "batch_" + random_nonce();
    b.output_file = "file-" + random_nonce();
    b.error_file = "file-" + random_nonce();
    engine_.prepare(b, b.metadata.dump());
    const auto input = engine_.find_file(b.input_file, wire::openai);
    b.enqueued = input ? input->bytes / bytes_per_token : 0;
    if (engine_.exceeds_enqueued_limit(b.enqueued)) {
        b.faults = {{"fail_code", "token_limit_exceeded"}};
        b.enqueued = 0;
    }
    engine_.begin(b);
    return created_in_dialect(spoken, show(b, b.created));
}

const batch &openai_api::existing_batch(const std::string &id) const {
    const batch *found = engine_.find(id, wire::openai);
    if (found == nullptr)
        throw api_error{404, "No batch found with id '" + id + "'."};
    return *found;
}

json openai_api::list_batches(const http::server_request &request, dialect spoken) const {
    const auto all = engine_.listed(spoken);
    page_range range{0, all.size()};
    if (has_pages(spoken))
        range = page_of(all, read_page(request, 20, 100), [](const batch *b) { return b->id; });
    json data = json::array();
    for (auto i = range.begin; i < range.end; ++i)
        data.push_back(show(*all[i], engine_.now()));
    return listing_in_dialect(spoken, list_envelope(std::move(data), range.end < all.size()));
}

json openai_api::cancel_batch(const std::string &id) {
    const batch &known = existing_batch(id);
    const auto phase = phase_at(known, engine_.now());
    if (phase.terminal)
        throw api_error{409, "Cannot cancel a batch with status '" + std::string{phase.status} + "'."};
    engine_.cancel(known);
    return show(existing_batch(id), engine_.now());
}

} // namespace smelt::sim
