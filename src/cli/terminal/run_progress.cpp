#include "smelt/cli/run_progress.hpp"

#include "smelt/base/log.hpp"
#include "smelt/base/text.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/cli/status_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <ostream>
#include <set>

namespace smelt::cli {
namespace {

using std::chrono::steady_clock;

constexpr auto redraw_after = std::chrono::seconds{1};
constexpr auto look_after = std::chrono::seconds{5}; ///< where there is no terminal
constexpr auto line_after = std::chrono::seconds{30};
constexpr auto rate_over = std::chrono::seconds{30};
constexpr int bar_width = 20;

std::string bar(std::int64_t done, std::int64_t total) {
    const auto full = total == 0 ? 0 : std::clamp<std::int64_t>(done * bar_width / total, 0, bar_width);
    std::string out;
    for (int i = 0; i < bar_width; ++i)
        out += i < full ? "█" : "░";
    return out;
}

std::string rate_text(double items_per_second) {
    return items_per_second >= 10 ? group_digits(static_cast<std::int64_t>(items_per_second)) + "/s"
                                  : fmt::format("{:.1f}/s", items_per_second);
}

std::string provider_text(const run_state &s) {
    if (s.at_provider == 0)
        return {};
    const auto sent = group_digits(s.at_provider);
    return "provider: " + (s.answered_there ? group_digits(*s.answered_there) + " of " + sent + " answered"
                                            : sent + " sent, no count from it");
}

/// A part of the line; the largest rank is left out first, 0 and 1 never.
struct part {
    int rank;
    std::string text;
};

std::vector<part> parts_of(const run_state &s) {
    std::vector<part> parts{
        {0, s.name},
        {5, s.total > 0 ? bar(s.done, s.total) : ""},
        {1, group_digits(s.done) + " of " + group_digits(s.total) + " (" + percent(s.done, s.total) + ")"},
        {2, s.failed > 0 ? group_digits(s.failed) + " failed" : ""},
        {6, s.items_per_second ? rate_text(*s.items_per_second) : ""},
        {3, s.eta_seconds ? "ETA ~" + rough_span(*s.eta_seconds) : ""},
        {4, s.cost_usd || s.is_partly_unpriced ? money(s.cost_usd, s.is_partly_unpriced) : ""},
        {7, provider_text(s)},
        {1, s.hold.empty() ? "" : "on hold: " + s.hold}};
    std::erase_if(parts, [](const part &p) { return p.text.empty(); });
    return parts;
}

std::string joined(const std::vector<part> &parts) {
    std::string line;
    for (const auto &p : parts)
        line += (line.empty() ? "" : "  ") + p.text;
    return printable(line);
}

} // namespace

run_state state_of_tasks(const std::vector<store::task_report> &tasks, std::optional<double> items_per_second) {
    run_state s;
    std::set<std::string> names;
    double cost = 0;
    bool reports = true;
    std::int64_t answered = 0;
    for (const auto &t : tasks) {
        names.insert(t.pipeline);
        s.total += t.total;
        s.done += settled(t);
        s.failed += t.failed + t.failed_validation;
        s.at_provider += t.open_requests;
        answered += t.answered;
        reports = reports && (t.open_requests == 0 || t.is_counted_there);
        s.is_partly_unpriced = s.is_partly_unpriced || t.unpriced_batches > 0;
        if (t.cost_usd) {
            cost += std::strtod(t.cost_usd->c_str(), nullptr);
            s.cost_usd = fmt::format("{:.9f}", cost);
        }
        if (s.hold.empty())
            s.hold = t.hold.empty() ? t.over_budget : t.hold;
        if (const auto eta = eta_seconds(t))
            s.eta_seconds = std::max(s.eta_seconds.value_or(0), *eta);
    }
    s.name = names.size() == 1 ? *names.begin() : std::to_string(names.size()) + " pipelines";
    if (reports)
        s.answered_there = answered;
    s.items_per_second = items_per_second;
    if (!items_per_second && s.at_provider == 0)
        s.eta_seconds.reset(); // nothing moves
    if (items_per_second && s.done < s.total && s.hold.empty())
        s.eta_seconds = static_cast<double>(s.total - s.done) / *items_per_second;
    return s;
}

std::string render_state(const run_state &s, const terminal &t) {
    auto parts = parts_of(s);
    if (!t.is_terminal)
        std::erase_if(parts, [](const part &p) { return p.rank == 5; });
    auto line = joined(parts);
    while (t.width > 0 && display_width(line) >= t.width) {
        const auto least = std::ranges::max_element(parts, {}, &part::rank);
        if (least->rank <= 1)
            break;
        parts.erase(least);
        line = joined(parts);
    }
    // The last column stays free: some terminals wrap when it is written.
    return t.width == 0 ? line : clip_columns(line, t.width - 1);
}

bool line_clock::is_due(std::int64_t done, steady_clock::time_point now) {
    const auto thousands = done / 1000;
    const bool is_first = !last_;
    const bool crossed = !is_first && thousands > thousands_;
    const bool is_long_ago = !is_first && now - *last_ >= line_after;
    if (is_first || crossed || is_long_ago) {
        last_ = now;
        thousands_ = thousands;
    }
    return crossed || is_long_ago;
}

std::optional<double> rate_window::add(std::int64_t done, steady_clock::time_point now) {
    moments_.emplace_back(now, done);
    while (moments_.size() > 2 && now - moments_[1].first >= rate_over)
        moments_.pop_front();
    const auto seconds = std::chrono::duration<double>(now - moments_.front().first).count();
    const auto items = done - moments_.front().second;
    if (seconds <= 0 || items <= 0)
        return std::nullopt;
    return static_cast<double>(items) / seconds;
}

std::vector<store::task_report> read_status(db::connection &c, const std::vector<std::string> &pipelines) {
    db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
    store::reports reports{tx};
    if (pipelines.empty())
        return reports.status("");
    std::vector<store::task_report> all;
    for (const auto &name : pipelines)
        for (auto &task : reports.status(name))
            all.push_back(std::move(task));
    return all;
}

run_watch::run_watch(std::string conninfo, std::vector<std::string> pipelines, std::ostream &err, const terminal &t)
    : conninfo_{std::move(conninfo)}, pipelines_{std::move(pipelines)}, err_{err}, terminal_{t}, thread_{[this] {
          watch();
      }} {}

run_watch::~run_watch() {
    {
        const std::lock_guard lock{mutex_};
        is_over_ = true;
    }
    wake_.notify_all();
    thread_.join();
    if (is_drawn_)
        err_ << "\r\x1b[K" << std::flush;
}

void run_watch::watch() {
    std::unique_ptr<db::connection> connection;
    std::unique_lock lock{mutex_};
    while (!wake_.wait_for(lock, terminal_.is_terminal ? redraw_after : look_after, [this] { return is_over_; })) {
        lock.unlock();
        try {
            if (!connection)
                connection = std::make_unique<db::connection>(conninfo_, "smelt progress");
            const auto tasks = read_status(*connection, pipelines_);
            const auto done = state_of_tasks(tasks, {}).done;
            show(state_of_tasks(tasks, rate_.add(done, steady_clock::now())));
        } catch (const std::exception &e) {
            connection.reset();
            log::debug("progress: {}", e.what());
        }
        lock.lock();
    }
}

void run_watch::show(const run_state &s) {
    if (terminal_.is_terminal) {
        err_ << "\r\x1b[K" << render_state(s, terminal_) << std::flush;
        is_drawn_ = true;
    } else if (lines_.is_due(s.done, steady_clock::now())) {
        log::info("{}", render_state(s, terminal_));
    }
}

} // namespace smelt::cli
