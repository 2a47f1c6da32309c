#include "smelt/cli/progress.hpp"

#include "smelt/base/text.hpp"
#include "smelt/cli/format.hpp"

#include <algorithm>
#include <ostream>

namespace smelt::cli {
namespace {

constexpr int bar_width = 20;
constexpr auto redraw_after = std::chrono::milliseconds{100};

std::string bar(std::int64_t done, std::int64_t total) {
    const auto part = static_cast<double>(std::clamp<std::int64_t>(done, 0, total)) / static_cast<double>(total);
    const auto full = static_cast<int>(part * bar_width);
    std::string out;
    for (int i = 0; i < bar_width; ++i)
        out += i < full ? "█" : "░";
    return out;
}

} // namespace

std::string render_progress(const orchestrator::run_progress &p, const terminal &t) {
    auto line = p.pipeline.empty() ? p.stage : p.pipeline + "  " + p.stage;
    if (p.total > 0)
        line += "  " + bar(p.done, p.total) + "  " + group_digits(p.done) + " of " + group_digits(p.total) + "  " +
                percent(p.done, p.total);
    else if (p.done > 0)
        line += "  " + group_digits(p.done);
    if (!p.note.empty())
        line += "  " + p.note;
    line = printable(line);
    // The last column stays free: some terminals wrap when it is written.
    return t.width == 0 ? line : clip_columns(line, t.width - 1);
}

progress_bar::~progress_bar() {
    if (drawn_)
        err_ << "\r\x1b[K" << std::flush;
}

void progress_bar::show(const orchestrator::run_progress &p) {
    if (!terminal_.is_terminal)
        return;
    const std::lock_guard lock{mutex_};
    const auto now = std::chrono::steady_clock::now();
    if (now < next_ && p.stage == stage_)
        return;
    next_ = now + redraw_after;
    stage_ = p.stage;
    err_ << "\r\x1b[K" << render_progress(p, terminal_) << std::flush;
    drawn_ = true;
}

orchestrator::progress_sink progress_bar::sink() {
    return [this](const orchestrator::run_progress &p) { show(p); };
}

} // namespace smelt::cli
