#include "view.hpp"

#include "smelt/base/text.hpp"

namespace smelt::config {
namespace {

const json nothing;

} // namespace

view view::at(const std::string &key) const {
    return {*file_, has(key) ? value_->at(key) : nothing, join(pointer_, key)};
}

std::vector<view> view::elements() const {
    std::vector<view> list;
    if (value_->is_structured())
        for (const auto &[key, element] : value_->items())
            list.push_back(view{*file_, element, join(pointer_, key)});
    return list;
}

void view::read(const std::string &key, std::string &into) const {
    if (has(key))
        into = value_->at(key).get<std::string>();
}

void view::read(const std::string &key, bool &into) const {
    if (has(key))
        into = value_->at(key).get<bool>();
}

void view::read(const std::string &key, int &into) const {
    if (has(key))
        into = value_->at(key).get<int>();
}

void view::read(const std::string &key, std::int64_t &into) const {
    if (has(key))
        into = value_->at(key).get<std::int64_t>();
}

void view::read(const std::string &key, double &into) const {
    if (has(key))
        into = value_->at(key).get<double>();
}

/// One text counts as a list of one.
void view::read(const std::string &key, std::vector<std::string> &into) const {
    if (!has(key))
        return;
    const auto &found = value_->at(key);
    into = found.is_string() ? std::vector{found.get<std::string>()} : found.get<std::vector<std::string>>();
}

void view::read_duration(const std::string &key, std::chrono::milliseconds &into, bool zero_allowed,
                         std::chrono::hours longest) const {
    if (!has(key))
        return;
    const auto value = parse_duration(value_->at(key).get_ref<const std::string &>());
    if (!value || *value > longest)
        at(key).fail("must be a duration of at most " + std::to_string(longest.count() / 24) + "d");
    if (*value == std::chrono::milliseconds::zero() && !zero_allowed)
        at(key).fail("must be longer than 0");
    into = *value;
}

void view::read_size(const std::string &key, std::int64_t &into) const {
    if (!has(key))
        return;
    const auto &found = value_->at(key);
    const auto value = parse_size(found.is_string() ? found.get<std::string>() : found.dump());
    if (!value || *value < 1)
        at(key).fail("must be a size of at least 1 byte");
    into = *value;
}

} // namespace smelt::config
