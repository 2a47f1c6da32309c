#include "answer_maker.hpp"

#include "simulator/requests/json_scan.hpp"
#include "words.hpp"

#include "smelt/base/text.hpp"

namespace smelt::sim {

void made_answer::clear() {
    text.clear();
    refusal.clear();
    thinking.clear();
    finish_reason = "stop";
    status = 200;
    error_code.clear();
    error_message.clear();
    error_param.clear();
    no_response = false;
}

void cut_short(made_answer &answer) {
    answer.text.resize(clip_utf8(answer.text, answer.text.size() / 2).size());
    answer.finish_reason = "length";
}

void answer_maker::make(const request_line &request, made_answer &out) {
    out.clear();
    const answer_format &format = formats_.get(request.spoken, request.format);
    if (!format.error.empty()) {
        out.status = 400;
        out.error_message = format.error;
        out.error_param = "response_format";
        return;
    }
    if (recorded(request, format, out))
        return;
    const std::uint64_t hash = body_hash(request, settings_.seed);
    if (is_invalid(request, hash))
        invalid(request, format, hash, out);
    else
        valid(request, format, hash, out);
}

bool answer_maker::recorded(const request_line &request, const answer_format &format, made_answer &out) {
    if (replay_.empty())
        return false;
    const std::string user = unescape(request.user);
    const auto *entry = replay_.find(user, format.name);
    if (entry == nullptr)
        return false;
    const recorded_answer &answer = *entry->nth(ledger_.deliver(entry->id));
    out.text = answer.text;
    out.refusal = answer.refusal;
    out.thinking = answer.thinking;
    out.finish_reason = answer.finish_reason;
    out.status = answer.status_code;
    out.error_code = answer.error_code;
    out.error_message = answer.error_message;
    out.no_response = answer.status_code == 200 && !(answer.error_code.empty() && answer.error_message.empty());
    return true;
}

bool answer_maker::is_invalid(const request_line &request, std::uint64_t hash) {
    if (request.feedback || random_stream{mix(hash ^ 0x696e76616c6964ULL)}.unit() >= settings_.invalid_rate)
        return false;
    return ledger_.deliver(hash) < static_cast<std::uint64_t>(settings_.invalid_results);
}

void answer_maker::valid(const request_line &request, const answer_format &format, std::uint64_t hash,
                         made_answer &out) {
    constexpr std::size_t words_of_a_text = 24;
    if (format.schema) {
        format.schema->answer(request.user, hash, out.text);
        return;
    }
    random_stream random{hash};
    const auto words = pick_words(request.user, words_of_a_text, random);
    out.text = format.is_json ? "{\"simulated\":true,\"text\":\"" : "[simulated] ";
    out.text += words;
    if (format.is_json)
        out.text += "\"}";
}

void answer_maker::invalid(const request_line &request, const answer_format &format, std::uint64_t hash,
                           made_answer &out) {
    enum { wrong_type, truncated, prose, kinds };
    const auto kind = format.is_json ? mix(hash ^ 0x6b696e64ULL) % kinds : std::uint64_t{truncated};
    if (kind == wrong_type && format.schema)
        return format.schema->wrong_answer(request.user, hash, out.text);
    if (kind != truncated) {
        out.text = "[simulated] Sorry, here is no JSON but some prose.";
        return;
    }
    valid(request, format, hash, out);
    cut_short(out);
}

} // namespace smelt::sim
