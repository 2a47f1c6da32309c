#include "family_scan.hpp"

#include "loose_pattern.hpp"

#include <re2/re2.h>
#include <re2/set.h>

namespace smelt::store {
namespace {

RE2::Options options() {
    constexpr std::int64_t most_memory = 64 << 20;
    RE2::Options made;
    made.set_log_errors(false);
    made.set_max_mem(most_memory);
    return made;
}

/// Nothing where a pattern of the family has none.
std::optional<std::string> loose_family(const config::rule_family &family) {
    std::string all;
    for (const auto &pattern : family.patterns) {
        const auto loose = loose_pattern(pattern, family.ignore_case);
        if (!loose || !RE2{*loose, options()}.ok())
            return std::nullopt;
        all += (all.empty() ? "(?:" : "|(?:") + *loose + ")";
    }
    return all;
}

} // namespace

struct family_scan::impl {
    RE2::Set set{options(), RE2::UNANCHORED};
    std::vector<std::size_t> families; ///< by place in the set
    std::vector<bool> always;          ///< by family: whether it is in no set
    bool is_usable = false;
};

family_scan::family_scan(const config::rule_pack &pack) : impl_{std::make_unique<impl>()} {
    impl_->always.assign(pack.families.size(), false);
    for (std::size_t i = 0; i < pack.families.size(); ++i) {
        if (pack.families[i].patterns.empty())
            continue;
        const auto loose = loose_family(pack.families[i]);
        impl_->always[i] = !loose || impl_->set.Add(*loose, nullptr) < 0;
        if (!impl_->always[i])
            impl_->families.push_back(i);
    }
    impl_->is_usable = !impl_->families.empty() && impl_->set.Compile();
}

family_scan::~family_scan() = default;

std::vector<bool> family_scan::candidates(std::string_view text) const {
    auto found = impl_->always;
    std::vector<int> matches;
    RE2::Set::ErrorInfo error{RE2::Set::kNoError};
    if (impl_->is_usable)
        impl_->set.Match({text.data(), text.size()}, &matches, &error);
    const bool is_known = impl_->is_usable && error.kind == RE2::Set::kNoError;
    if (!is_known)
        for (const auto family : impl_->families)
            found[family] = true;
    for (const auto match : matches)
        found[impl_->families[static_cast<std::size_t>(match)]] = true;
    return found;
}

} // namespace smelt::store
