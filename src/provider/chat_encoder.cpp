#include "chat_encoder.hpp"

#include "json_escape.hpp"

namespace smelt::provider {

void chat_encoder::encode(std::string_view custom_id, const std::vector<extraction::message> &messages,
                          std::string &out) const {
    out += "{\"custom_id\":";
    append_json_string(custom_id, out);
    out += before_;
    append_messages(messages, out);
    out += after_;
}

void append_messages(const std::vector<extraction::message> &messages, std::string &out, std::string_view left_out) {
    bool first = true;
    for (const auto &message : messages) {
        if (message.role == left_out)
            continue;
        out += first ? "{\"role\":" : ",{\"role\":";
        append_json_string(message.role, out);
        out += ",\"content\":";
        append_json_string(message.content, out);
        out += '}';
        first = false;
    }
}

std::string members_of(const json &object) {
    std::string out;
    for (const auto &[name, value] : object.items()) {
        out += ',';
        append_json_string(name, out);
        out += ':';
        out += value.dump();
    }
    return out;
}

} // namespace smelt::provider
