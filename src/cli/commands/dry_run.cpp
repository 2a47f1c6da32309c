#include "dry_run.hpp"

#include "cli/terminal/output.hpp"

#include "smelt/base/text.hpp"
#include "smelt/cli/format.hpp"

#include <fmt/format.h>

#include <ostream>

namespace smelt::cli {
namespace {

using orchestrator::dry_run_task;

/// The request as a document; text when it is not JSON, which would be a fault worth seeing.
json request_of(const dry_run_task &t) {
    if (t.request.empty())
        return nullptr;
    auto parsed = json::parse(t.request, nullptr, false);
    return parsed.is_discarded() ? json(t.request) : parsed;
}

json to_json(const std::string &pipeline, const dry_run_task &t) {
    return {{"pipeline", pipeline},
            {"task", t.task},
            {"model", t.model},
            {"rung", t.rung},
            {"claimable", t.claimable},
            {"batches", t.batches},
            {"bytes_per_request", t.bytes_per_request},
            {"input_cost_usd", t.input_cost_usd ? json(*t.input_cost_usd) : json(nullptr)},
            {"holds", t.holds},
            {"request", request_of(t)}};
}

void print(const std::string &pipeline, const dry_run_task &t, std::ostream &out) {
    const auto rung = t.rung == 0 ? std::string{} : ", " + rung_name(t.rung);
    out << printable(pipeline + "/" + t.task + rung + " (" + t.model + "): ");
    if (t.claimable == 0) {
        out << "nothing to send.\n";
        return;
    }
    out << "would send " << count_of(t.claimable, "item") << " in " << count_of(t.batches, "batch") << ", "
        << group_digits(t.bytes_per_request) << " bytes a request";
    if (t.input_cost_usd)
        out << ", input about " << money(fmt::format("{}", *t.input_cost_usd), false);
    out << ".\n";
    for (const auto &hold : t.holds)
        out << "  On hold: " << printable(hold) << '\n';
    if (t.request.empty())
        return;
    out << "  One of the requests:\n";
    const auto text = request_of(t).dump(2, ' ', false, json::error_handler_t::replace);
    for (const auto &line : first_lines(text, 1000, 2000))
        out << "    " << line << '\n';
}

bool any_from_web(const std::vector<config::pipeline> &pipelines) {
    return std::ranges::any_of(pipelines, [](const auto &p) { return p.source.http.has_value(); });
}

} // namespace

exit_code show_dry_run(const config::settings &s, const std::vector<config::pipeline> &pipelines,
                       const orchestrator::run_options &options, bool as_json, context &c) {
    auto document = json::array();
    for (const auto &p : pipelines)
        for (const auto &t : orchestrator::dry_run(s, p, options)) {
            if (as_json)
                document.push_back(to_json(p.name, t));
            else
                print(p.name, t, c.out);
        }
    if (as_json)
        print_json(c.out, document);
    else
        c.out << "Nothing was sent" << (any_from_web(pipelines) ? ", and no list was read: smelt load reads them" : "")
              << ".\n";
    return exit_code::ok;
}

} // namespace smelt::cli
