#include "faults.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <stdexcept>

namespace smelt::sim {
namespace {

constexpr std::array call_names{"upload", "create", "get",    "list",   "cancel", "content",
                                "file",   "files",  "delete", "answer", "*"};

constexpr std::array of_every_rule{"on", "count", "match", "probability"};

/// Reads members and remembers which there were, so that a misspelt switch is an error and not silence.
class rule_reader {
  public:
    explicit rule_reader(const json &rule) : rule_{rule} {}

    template <class T>
    void read(const char *name, T &into) {
        known_.emplace_back(name);
        const auto at = rule_.find(name);
        if (at == rule_.end())
            return;
        try {
            into = at->template get<T>();
        } catch (const json::exception &) {
            throw std::runtime_error{std::string{"fault member '"} + name + "' has the wrong type"};
        }
    }
    void finish() const {
        for (const auto &[name, value] : rule_.items())
            if (std::find(of_every_rule.begin(), of_every_rule.end(), name) == of_every_rule.end() &&
                std::find(known_.begin(), known_.end(), name) == known_.end())
                throw std::runtime_error{"unknown fault member '" + name + "'"};
    }

  private:
    const json &rule_;
    std::vector<std::string> known_;
};

/// Throws when value is none of the words.
void expect_word(const char *name, const std::string &value, std::initializer_list<std::string_view> words) {
    if (std::find(words.begin(), words.end(), value) != words.end())
        return;
    std::string list;
    for (const auto word : words)
        list += (list.empty() ? "" : ", ") + std::string{word};
    throw std::runtime_error{"fault member '" + std::string{name} + "' must be one of " + list};
}

/// What can be wrong with a single answer, in a file or alone, while it stays JSON.
void read_content_faults(rule_reader &reader, batch_faults &out) {
    reader.read("odd_usage_lines", out.odd_usage_lines);
    reader.read("odd_usage", out.odd_usage);
    reader.read("error_body_lines", out.error_body_lines);
    reader.read("error_code", out.error_code);
    reader.read("empty_error_lines", out.empty_error_lines);
    reader.read("commentary_lines", out.commentary_lines);
    reader.read("wrapped_lines", out.wrapped_lines);
    reader.read("wrapping", out.wrapping);
    expect_word("odd_usage", out.odd_usage, {"huge", "giant", "negative", "text", "null", "missing", "cached"});
    expect_word("wrapping", out.wrapping, {"think", "fence", "bom", "stop"});
    if (!out.error_code.is_number_integer() && !out.error_code.is_string())
        throw std::runtime_error{"fault member 'error_code' must be an integer or a text"};
}

/// What can be wrong with a single answer, in a file or alone.
void read_line_faults(rule_reader &reader, batch_faults &out) {
    read_content_faults(reader, out);
    reader.read("refuse_lines", out.refuse_lines);
    reader.read("length_lines", out.length_lines);
    reader.read("extra_fields", out.extra_fields);
    reader.read("nul_lines", out.nul_lines);
    reader.read("deep_lines", out.deep_lines);
    reader.read("huge_lines", out.huge_lines);
    reader.read("huge_megabytes", out.huge_megabytes);
    reader.read("bad_utf8_lines", out.bad_utf8_lines);
    reader.read("bad_escape_lines", out.bad_escape_lines);
}

/// What can be wrong with the way on which an answer comes.
void read_wire_faults(rule_reader &reader, call_fault &out) {
    constexpr int lowest = 300;
    constexpr int highest = 399;
    reader.read("redirects", out.redirects);
    reader.read("redirect_status", out.redirect_status);
    reader.read("redirect_to", out.redirect_to);
    reader.read("gzip", out.gzip);
    reader.read("bom", out.bom);
    reader.read("close", out.close);
    reader.read("date_off", out.date_off);
    if (!out.gzip.empty())
        expect_word("gzip", out.gzip, {"asked", "always"});
    if (out.redirect_status < lowest || out.redirect_status > highest)
        throw std::runtime_error{"fault member 'redirect_status' must be 300 to 399"};
}

/// How a batch shows itself.
void read_batch_looks(rule_reader &reader, batch_faults &out) {
    reader.read("files_late", out.files_late);
    reader.read("counts_late", out.counts_late);
    reader.read("odd_counts", out.odd_counts);
    if (!out.odd_counts.empty())
        expect_word("odd_counts", out.odd_counts, {"huge", "giant", "negative", "text", "null"});
    reader.read("empty_ids", out.empty_ids);
    expect_word("empty_ids", out.empty_ids, {"null", "missing", "blank"});
    reader.read("list_lag", out.list_lag);
    reader.read("get_lag", out.get_lag);
    reader.read("finalizing_for", out.finalizing_for);
    reader.read("cancelling_for", out.cancelling_for);
    reader.read("ignore_cancel", out.ignore_cancel);
    reader.read("status_word", out.status_word);
    reader.read("azure", out.azure);
    reader.read("counts_off", out.counts_off);
    reader.read("job_states", out.job_states);
    reader.read("output_in_metadata", out.output_in_metadata);
}

void check(const json &rule) {
    if (!rule.is_object())
        throw std::runtime_error{"a fault is a JSON object"};
    const json count = rule.value("count", json(1));
    if (!count.is_number_integer() || count.get<std::int64_t>() < 1)
        throw std::runtime_error{"fault member 'count' must be a positive integer"};
    if (const json match = rule.value("match", json("")); !match.is_string())
        throw std::runtime_error{"fault member 'match' must be a text"};
    const json probability = rule.value("probability", json(1));
    if (!probability.is_number() || probability.get<double>() < 0 || probability.get<double>() > 1)
        throw std::runtime_error{"fault member 'probability' must be a number from 0 to 1"};
    if (!rule.contains("on")) {
        read_batch_faults(rule);
        return;
    }
    const json &on = rule["on"];
    if (!on.is_string() || std::find(call_names.begin(), call_names.end(), on.get<std::string>()) == call_names.end())
        throw std::runtime_error{
            "fault member 'on' must be one of upload, create, get, list, cancel, content, file, files, "
            "delete, answer, *"};
    read_call_fault(rule);
}

} // namespace

call_fault read_call_fault(const json &rule) {
    call_fault out;
    rule_reader reader{rule};
    read_wire_faults(reader, out);
    reader.read("status", out.status);
    reader.read("code", out.code);
    reader.read("message", out.message);
    reader.read("retry_after", out.retry_after);
    reader.read("retry_after_ms", out.retry_after_ms);
    std::string body;
    reader.read("body", body);
    if (rule.contains("body"))
        out.body = body;
    reader.read("delay", out.delay);
    reader.read("bytes_per_second", out.bytes_per_second);
    reader.read("cut_after", out.cut_after);
    reader.read("drop_before", out.drop_before);
    reader.read("drop_after", out.drop_after);
    reader.read("deep", out.deep);
    reader.read("listing", out.listing);
    if (rule.contains("listing"))
        expect_word("listing", out.listing, {"null", "odd", "endless", "repeating"});
    if (rule.value("on", "") == "answer")
        read_line_faults(reader, out.corrupted);
    out.corrupted.message = out.message;
    reader.finish();
    if (out.status != 0 && (out.status < 200 || out.status > 599))
        throw std::runtime_error{"fault member 'status' must be an HTTP status"};
    return out;
}

batch_faults read_batch_faults(const json &rule) {
    batch_faults out;
    if (!rule.is_object())
        return out;
    rule_reader reader{rule};
    reader.read("fail_code", out.fail_code);
    reader.read("fail_line", out.fail_line);
    reader.read("fail_lines", out.fail_lines);
    double fraction = -1;
    reader.read("expire_after_fraction", fraction);
    if (rule.contains("expire_after_fraction"))
        out.expire_after_fraction = std::clamp(fraction, 0.0, 1.0);
    reader.read("message", out.message);
    read_batch_looks(reader, out);
    read_line_faults(reader, out);
    reader.read("error_lines", out.error_lines);
    reader.read("error_before_lines", out.error_before_lines);
    reader.read("text_body_lines", out.text_body_lines);
    reader.read("status0_lines", out.status0_lines);
    reader.read("omit_lines", out.omit_lines);
    reader.read("duplicate_lines", out.duplicate_lines);
    reader.read("foreign_lines", out.foreign_lines);
    reader.read("truncate_output", out.truncate_output);
    reader.read("crlf", out.crlf);
    reader.read("blank_lines", out.blank_lines);
    reader.read("not_object_lines", out.not_object_lines);
    bool partial = false;
    reader.read("partial_results", partial);
    if (rule.contains("partial_results"))
        out.partial_results = partial;
    reader.read("plain_error_lines", out.plain_error_lines);
    reader.read("rpc_codes", out.rpc_codes);
    reader.read("omit_metadata", out.omit_metadata);
    reader.finish();
    return out;
}

void fault_plan::add(const json &rules) {
    const json list = rules.is_array() ? rules : json::array({rules});
    for (const auto &rule : list)
        check(rule);
    rules_.insert(rules_.end(), list.begin(), list.end());
}

json fault_plan::as_json() const {
    json out = json::array();
    for (const auto &rule : rules_)
        out.push_back(rule);
    return out;
}

bool fault_plan::strikes(const json &rule, std::string_view on, std::string_view subject) {
    const std::string wanted = rule.value("on", "");
    if (wanted != on && (wanted != "*" || on.empty()))
        return false;
    if (subject.find(rule.value("match", "")) == std::string_view::npos)
        return false;
    const double probability = rule.value("probability", 1.0);
    return probability >= 1 || std::uniform_real_distribution<double>{}(random_) < probability;
}

std::optional<json> fault_plan::take(std::string_view on, std::string_view subject) {
    const auto at =
        std::find_if(rules_.begin(), rules_.end(), [&](const json &rule) { return strikes(rule, on, subject); });
    if (at == rules_.end())
        return std::nullopt;
    json rule = *at;
    const auto left = rule.value("count", std::int64_t{1}) - 1;
    if (left > 0)
        (*at)["count"] = left;
    else
        rules_.erase(at);
    return rule;
}

std::optional<call_fault> fault_plan::take_call(std::string_view call, std::string_view subject) {
    const auto rule = take(call, subject);
    if (!rule)
        return std::nullopt;
    ++struck[std::string{call}];
    return read_call_fault(*rule);
}

json fault_plan::take_batch(std::string_view subject) {
    auto rule = take("", subject);
    if (!rule)
        return nullptr;
    for (const char *name : of_every_rule)
        rule->erase(name);
    for (const auto &[name, value] : rule->items())
        ++struck[name];
    return *rule;
}

} // namespace smelt::sim
