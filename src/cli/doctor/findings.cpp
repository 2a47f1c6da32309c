#include "doctor.hpp"

#include <algorithm>

namespace smelt::cli {

void findings::warn(std::string check, std::string message, std::string advice) {
    all_.push_back({finding::level::warn, std::move(check), std::move(message), std::move(advice)});
}

void findings::needs_person(std::string check, std::string message, std::string advice) {
    warn(std::move(check), std::move(message), std::move(advice));
    waits_for_person_ = true;
}

void findings::fail(std::string check, std::string message, std::string advice) {
    all_.push_back({finding::level::fail, std::move(check), std::move(message), std::move(advice)});
}

bool findings::guard(const std::string &check, const std::function<void()> &body) {
    try {
        body();
        return true;
    } catch (const interrupted &) {
        throw;
    } catch (const error &e) {
        fail(check, e.what(), e.hint());
    } catch (const std::exception &e) {
        fail(check, e.what(), {});
    }
    return false;
}

exit_code findings::code() const {
    const bool failed = std::ranges::any_of(all_, [](const finding &f) { return f.how == finding::level::fail; });
    const auto waits = waits_for_person_ ? exit_code::needs_person : exit_code::ok;
    return failed ? worse_of(exit_code::usage, waits) : waits;
}

} // namespace smelt::cli
