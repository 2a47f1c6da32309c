#include "smelt/actions/agreement.hpp"

#include "smelt/base/text.hpp"
#include "smelt/json/reader.hpp"
#include "smelt/json/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace smelt::actions {
namespace {

double share(std::int64_t part, std::int64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

bool is_no_class(std::string_view label) {
    constexpr std::size_t longest = 60;
    return label.size() > longest || label.starts_with('{') || label.starts_with('[');
}

} // namespace

std::string as_label(std::string_view text) {
    const auto trimmed = trim(text);
    if (trimmed.starts_with('[') || trimmed.starts_with('{')) {
        json_text::json_tree tree;
        std::string compact;
        if (json_text::read_json(trimmed, tree).error == json_text::read_error::none) {
            json_text::append_json(compact, tree.root());
            return compact;
        }
    }
    double number = 0;
    const auto *end = trimmed.data() + trimmed.size();
    constexpr double exact = 9007199254740992; // beyond it digits would be lost
    if (const auto [stop, ec] = std::from_chars(trimmed.data(), end, number);
        ec == std::errc{} && stop == end && std::abs(number) < exact)
        return fmt::format("{}", number == 0 ? 0.0 : number);
    return lower_ascii(trimmed);
}

double class_figures::precision() const {
    return share(right, answered);
}
double class_figures::recall() const {
    return share(right, expected);
}
double class_figures::f1() const {
    return share(2 * right, expected + answered);
}

void agreement::add(const std::string &expected, const std::string &answered) {
    constexpr std::size_t most_labels = 50;
    ++pairs_;
    right_ += expected == answered ? 1 : 0;
    if (is_overflowing_)
        return;
    if (is_no_class(expected) || is_no_class(answered)) {
        give_up();
        return;
    }
    ++counts_[{expected, answered}];
    ++labels_[expected];
    ++labels_[answered];
    if (labels_.size() > most_labels)
        give_up();
}

void agreement::give_up() {
    is_overflowing_ = true;
    counts_.clear();
    labels_.clear();
}

double agreement::accuracy() const {
    return share(right_, pairs_);
}

std::vector<class_figures> agreement::classes() const {
    std::map<std::string, class_figures> by_label;
    for (const auto &[labels, n] : counts_) {
        by_label[labels.first].expected += n;
        by_label[labels.second].answered += n;
        if (labels.first == labels.second)
            by_label[labels.first].right += n;
    }
    std::vector<class_figures> out;
    out.reserve(by_label.size());
    for (auto &[label, figures] : by_label) {
        figures.label = label;
        out.push_back(std::move(figures));
    }
    return out;
}

std::pair<double, std::string> agreement::majority_baseline() const {
    const auto all = classes();
    const auto most = std::ranges::max_element(all, {}, &class_figures::expected);
    return most == all.end() ? std::pair{0.0, std::string{}} : std::pair{share(most->expected, pairs_), most->label};
}

double agreement::macro_f1() const {
    const auto all = classes();
    double sum = 0;
    for (const auto &one : all)
        sum += one.f1();
    return all.empty() ? 0 : sum / static_cast<double>(all.size());
}

std::optional<double> agreement::alpha() const {
    // Of n values in pairs: 1 - (n - 1) * (disagreements in the coincidence matrix) / (products of different labels'
    // totals). Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section B.
    const double n = 2 * static_cast<double>(pairs_);
    double equal = 0;
    for (const auto &[label, count] : labels_)
        equal += static_cast<double>(count) * static_cast<double>(count);
    const double expected = n * n - equal;
    if (expected <= 0)
        return std::nullopt;
    const double observed = 2 * static_cast<double>(pairs_ - right_);
    return 1 - (n - 1) * observed / expected;
}

resolved_label resolve(const std::vector<std::string> &labels) {
    std::map<std::string, std::size_t> counts;
    for (const auto &label : labels)
        ++counts[label];
    resolved_label out;
    out.is_unanimous = counts.size() <= 1;
    std::size_t most = 0;
    for (const auto &[label, n] : counts) {
        if (n == most)
            out.label.reset();
        if (n > most) {
            most = n;
            out.label = label;
        }
    }
    return out;
}

} // namespace smelt::actions
