#include "cli/words.hpp"
#include "doctor.hpp"

#include "smelt/actions/named.hpp"
#include "smelt/base/text.hpp"
#include "smelt/base/url.hpp"
#include "smelt/cli/format.hpp"
#include "smelt/config/expand.hpp"
#include "smelt/config/url_template.hpp"
#include "smelt/extraction/compiled_task.hpp"
#include "smelt/http/proxy.hpp"
#include "smelt/orchestrator/request_ceilings.hpp"
#include "smelt/provider/batch_api.hpp"

#include <boost/asio/io_context.hpp>

#include <set>

namespace smelt::cli {
namespace {

/// Where the key comes from, never the key.
std::string origin(const config::secret_spec &key) {
    if (!key.env.empty())
        return "environment variable " + key.env;
    return key.file.empty() ? "output of " + key.command.front() : "file " + key.file;
}

void check_key(const config::pipeline &p, const config::provider_spec &spec, findings &f) {
    f.guard("key", [&] {
        if (spec.api_key.empty()) {
            f.ok("key", "none is configured for " + spec.base_url + " (right for servers that need no key)");
            return;
        }
        config::resolve_secret(spec.api_key, p);
        f.ok("key", "found: " + origin(spec.api_key));
    });
}

std::string limits_of(const provider::service_capabilities &offered) {
    if (offered.synchronous())
        return "synchronous; at most " + count_of(offered.concurrency, "request") + " under way";
    return "at most " + group_digits(offered.max_requests) + " requests and " +
           group_digits(offered.max_bytes / 1'000'000) + " MB in a batch";
}

void check_way_out(const config::provider_spec &spec, findings &f) {
    f.guard("proxy", [&] {
        const auto way = http::find_way_out(parse_url(spec.base_url), spec.proxy, http::read_environment);
        f.ok("proxy", way ? spec.base_url + " is reached through " + way->through.name() + " (" + way->named_by + ")"
                          : "none: " + spec.base_url + " is reached directly");
    });
}

/// Calls each(task, rung) for all that a task may be asked on.
template <class Each>
void for_each_rung(const config::pipeline &p, const Each &each) {
    for (const auto &task : p.tasks)
        for (int rung = p.has_fallback(task) ? fallback_rung : 0; rung < rungs_of(task.definition); ++rung)
            each(task, rung);
}

/// What is known about the service, and whether it takes the tasks as they are.
void check_provider(const config::pipeline &p, const config::provider_spec &spec, findings &f) {
    f.guard("provider", [&] {
        boost::asio::io_context io;
        http::client client{io.get_executor(), {}};
        const auto dialect = provider::make_dialect(spec, {}, client);
        for_each_rung(p, [&](const config::task_spec &task, int rung) {
            if (&p.provider_of(task, rung) == &spec)
                static_cast<void>(dialect->encoder(on_rung(task.definition, rung)));
        });
        f.ok("provider", spec.name + " at " + spec.base_url + ": " + limits_of(dialect->capabilities()));
        for (const auto &[what, fact] : spec.facts)
            f.ok("provider", what + ": " + fact);
    });
}

/// Names never stand in it.
std::string host_of(const std::string &pattern) {
    return parse_url(config::url_template{pattern}.fill([](std::string_view) { return "x"; }).value_or("")).authority();
}

/// The keys of a web service, and what a pack looks for.
void check_source(const config::pipeline &p, findings &f) {
    if (const auto &http = p.source.http)
        f.guard("source", [&] {
            for (const auto &auth : http->auth)
                config::resolve_secret(auth.secret, p);
            const auto lists = static_cast<std::int64_t>(http->list.names.size());
            f.ok("source", count_of(lists, "list") + " at " + host_of(http->list.url) +
                               (http->auth.empty() ? ", without a key" : ", with a key that is found"));
        });
    if (p.rules)
        f.ok("rule pack",
             p.rules->file + " with " + count_of(static_cast<std::int64_t>(p.rules->families.size()), "family"));
}

/// Without a price nobody can say what a run costs.
void check_prices(const config::pipeline &p, findings &f) {
    std::set<std::string> unknown;
    for_each_rung(p, [&](const config::task_spec &task, int rung) {
        const auto model = config::expand(on_rung(task.definition, rung).model, p);
        if (!config::price_of(p.provider_of(task, rung), model))
            unknown.insert(model);
    });
    if (unknown.empty())
        f.ok("prices", "known for all models; those that the file does not give are of " + config::prices_as_of());
    else
        f.warn("prices", "not known for " + join_words({unknown.begin(), unknown.end()}) + ", so their cost is not",
               "prices: {MODEL: {input: USD, output: USD}} in the provider's settings, per million tokens; a model of "
               "your own is 0");
}

/// Whether it can be said what a request costs at most, where a budget needs to know.
void check_ceilings(const config::pipeline &p, findings &f) {
    for_each_rung(p, [&](const config::task_spec &task, int rung) {
        const auto &asked = p.provider_of(task, rung);
        if (p.budgets.empty() && asked.budgets.empty())
            return;
        auto sent = on_rung(task.definition, rung);
        sent.model = config::expand(sent.model, p);
        sent.params = config::expand(sent.params, p);
        const orchestrator::request_ceilings ceilings{asked, sent, {}};
        if (!ceilings.unknown().empty())
            f.fail("budget", "task " + task.definition.name + ": " + ceilings.unknown() + ", so no budget can hold",
                   ceilings.hint());
    });
}

} // namespace

void check_pipeline(const std::string &argument, db::connection *connection, findings &f) {
    f.guard("pipeline", [&] {
        if (!actions::means_file(argument) && connection == nullptr)
            throw usage_error{"pipeline " + argument + " cannot be looked up without the database",
                              "give its file instead"};
        const auto p = actions::means_file(argument) ? config::load_pipeline(argument)
                                                     : actions::load_named_pipeline(*connection, argument);
        for (const auto &task : p.tasks)
            extraction::compiled_task{task.definition};
        f.ok("pipeline",
             p.file.string() + ": " + p.name + " with " + count_of(static_cast<std::int64_t>(p.tasks.size()), "task"));
        for (const auto &spec : p.providers) {
            check_provider(p, spec, f);
            check_way_out(spec, f);
            check_key(p, spec, f);
        }
        check_source(p, f);
        check_prices(p, f);
        check_ceilings(p, f);
    });
}

} // namespace smelt::cli
