#include "smelt/base/failpoint.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"
#include "smelt/base/text.hpp"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unistd.h>

namespace smelt {
namespace {

enum class failure_kind { kill, error, delay };

struct action {
    failure_kind failure = failure_kind::kill;
    std::chrono::milliseconds delay{0};
    int only_at = 0; ///< which passage; 0: each
    int passed = 0;
};

std::mutex guard;
std::map<std::string, action, std::less<>> actions;

[[noreturn]] void refuse(std::string_view part) {
    throw usage_error{"SMELT_FAILPOINTS: \"" + std::string{part} + "\" is not understood",
                      "NAME=kill, NAME=error or NAME=delay:500ms, with @N for the Nth passage only; the names are in "
                      "include/smelt/orchestrator/failpoints.hpp and include/smelt/store/failpoints.hpp"};
}

action read_action(std::string_view part, std::string_view text) {
    action a;
    if (const auto at = text.find('@'); at != std::string_view::npos) {
        const auto number = text.substr(at + 1);
        const auto [end, ec] = std::from_chars(number.data(), number.data() + number.size(), a.only_at);
        if (ec != std::errc{} || end != number.data() + number.size() || a.only_at < 1)
            refuse(part);
        text = text.substr(0, at);
    }
    constexpr std::string_view delay = "delay:";
    if (text == "kill")
        return a;
    if (text == "error") {
        a.failure = failure_kind::error;
        return a;
    }
    const auto time = text.starts_with(delay) ? parse_duration(std::string{text.substr(delay.size())}) : std::nullopt;
    if (!time)
        refuse(part);
    a.failure = failure_kind::delay;
    a.delay = *time;
    return a;
}

} // namespace

bool detail::any_failpoint_set = false;

void detail::pass_set_failpoint(std::string_view name) {
    std::unique_lock lock{guard};
    const auto found = actions.find(name);
    if (found == actions.end())
        return;
    auto &a = found->second;
    ++a.passed;
    if (a.only_at != 0 && a.passed != a.only_at)
        return;
    const auto failure = a.failure;
    const auto time = a.delay;
    lock.unlock();
    log::warn("failpoint {}", name);
    switch (failure) {
    case failure_kind::kill:
        ::kill(::getpid(), SIGKILL);
        ::pause();
        break;
    case failure_kind::error:
        throw unavailable{"failpoint " + std::string{name}};
    case failure_kind::delay:
        std::this_thread::sleep_for(time);
        break;
    }
}

void read_failpoints(const char *setting, std::initializer_list<failpoint_table> known) {
    const auto is_known = [&](std::string_view name) {
        return std::ranges::any_of(
            known, [&](failpoint_table table) { return std::ranges::find(table, name) != table.end(); });
    };
    std::string_view rest = setting == nullptr ? "" : setting;
    while (!rest.empty()) {
        const auto part = rest.substr(0, rest.find(';'));
        rest.remove_prefix(std::min(rest.size(), part.size() + 1));
        const auto equals = part.find('=');
        const auto name = part.substr(0, equals);
        if (equals == std::string_view::npos || !is_known(name))
            refuse(part);
        actions.insert_or_assign(std::string{name}, read_action(part, part.substr(equals + 1)));
    }
    detail::any_failpoint_set = !actions.empty();
}

} // namespace smelt
