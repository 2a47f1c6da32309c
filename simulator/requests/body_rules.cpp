#include "body_rules.hpp"

#include <algorithm>
#include <charconv>

namespace smelt::sim {
namespace {

unsigned kind_of(std::string_view value) {
    switch (value.empty() ? 'n' : value.front()) {
    case '"':
        return of_text;
    case '{':
        return of_object;
    case '[':
        return of_list;
    case 't':
    case 'f':
        return of_boolean;
    case 'n':
        return 0;
    default:
        return value.find_first_of(".eE") == std::string_view::npos ? of_integer : of_fraction;
    }
}

void note(body_flaw &flaw, body_flaw found) {
    if (flaw.what == body_flaw::none)
        flaw = found;
}

} // namespace

void judge_member(std::span<const member_rule> rules, std::string_view name, std::string_view value, body_flaw &flaw) {
    const auto rule = std::find_if(rules.begin(), rules.end(), [&](const auto &known) { return known.name == name; });
    body_flaw found;
    found.member = name;
    found.value = value;
    if (rule == rules.end()) {
        found.what = body_flaw::unknown_member;
        return note(flaw, found);
    }
    const unsigned kind = kind_of(value);
    if (kind == 0)
        return;
    if ((kind & rule->kinds) == 0) {
        found.what = body_flaw::wrong_type;
        found.wanted = rule->kinds;
        return note(flaw, found);
    }
    double number = 0;
    if ((kind & of_number) == 0 || std::from_chars(value.data(), value.data() + value.size(), number).ec != std::errc{})
        return;
    found.wanted = rule->kinds;
    found.bound = number < rule->least ? rule->least : rule->most;
    if (number < rule->least)
        found.what = body_flaw::too_small;
    else if (number > rule->most)
        found.what = body_flaw::too_large;
    if (found.what != body_flaw::none)
        note(flaw, found);
}

bool knows_message_member(const body_rules &rules, std::string_view name) {
    const auto &known = rules.message_members;
    return known.empty() || std::find(known.begin(), known.end(), name) != known.end();
}

void judge_message(const body_rules &rules, const seen_message &message, std::string_view member, std::int64_t place,
                   body_flaw &flaw) {
    if (flaw.what != body_flaw::none || (rules.typed_messages && !message.type.empty() && message.type != "message"))
        return;
    const auto found = [&](body_flaw::kind what, std::string_view inner, std::string_view value, unsigned wanted) {
        flaw = {what, member, place, inner, value, wanted, 0};
    };
    if (!message.is_object)
        return found(body_flaw::wrong_type, {}, message.content, of_object);
    if (!message.unknown.empty())
        return found(body_flaw::unknown_member, message.unknown, {}, of_any);
    if (message.role.empty())
        return found(body_flaw::missing, "role", {}, of_text);
    const auto role = std::find_if(rules.roles.begin(), rules.roles.end(),
                                   [&](const auto &known) { return known.name == message.role; });
    if (role == rules.roles.end())
        return found(body_flaw::odd_role, "role", message.role, of_text);
    if (message.content.data() == nullptr) {
        if (role->needs_content)
            found(body_flaw::missing, "content", {}, of_text | of_list);
        return;
    }
    const unsigned kind = kind_of(message.content);
    const bool good = kind == 0 ? role->null_content : (kind & (of_text | of_list)) != 0;
    if (!good)
        found(body_flaw::wrong_type, "content", message.content, of_text | of_list);
}

} // namespace smelt::sim
