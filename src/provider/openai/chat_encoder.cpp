#include "chat_encoder.hpp"

#include "smelt/json/writer.hpp"

namespace smelt::provider {

void chat_encoder::encode(std::string_view custom_id, const std::vector<extraction::message> &messages,
                          std::string &out) const {
    out += "{\"custom_id\":";
    json_text::append_json_string(out, custom_id);
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
        json_text::append_json_string(out, message.role);
        out += ",\"content\":";
        json_text::append_json_string(out, message.content);
        out += '}';
        first = false;
    }
}

std::string members_of(const json &object) {
    std::string out;
    for (const auto &[name, value] : object.items()) {
        out += ',';
        json_text::append_json_string(out, name);
        out += ':';
        out += value.dump();
    }
    return out;
}

} // namespace smelt::provider
