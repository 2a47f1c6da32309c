#include "context.hpp"

#include "lifecycle.hpp"
#include "problem.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/hash.hpp"
#include "smelt/base/log.hpp"
#include "smelt/store/catalog.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace smelt::orchestrator {

namespace asio = boost::asio;

namespace {

/// Tells keys apart without telling anything about them, also across installations.
std::string fingerprint(std::string_view key, std::string_view installation) {
    sha256_stream hash;
    hash.add(installation);
    hash.add(key);
    return hash.hex().substr(0, 12);
}

http::client_options client_options_of(const config::pipeline &p, const config::provider_spec &spec) {
    http::client_options out;
    out.connect_timeout = p.timing.connect_timeout;
    out.idle_timeout = p.timing.idle_timeout;
    out.answer_timeout = p.timing.answer_timeout;
    out.ca_file = spec.ca_file;
    out.proxy = spec.proxy;
    out.allow_plain_http = spec.allow_plain_http;
    out.user_agent = "smelt";
    if (spec.synchronous) {
        // A model says nothing until it has thought.
        out.idle_timeout = std::max(out.idle_timeout, spec.pool.timeout);
        out.answer_timeout = std::max(out.answer_timeout, spec.pool.timeout);
        out.connections_per_host = static_cast<std::size_t>(spec.pool.concurrency);
    }
    return out;
}

std::string message_of(const std::exception_ptr &e) {
    try {
        std::rethrow_exception(e);
    } catch (const std::exception &x) {
        return x.what();
    }
}

} // namespace

loaded_version::loaded_version(task_definition definition) : task{std::move(definition)} {
    for (const auto &rule : task.definition().rules)
        rules.push_back({rule.name, rule.check, true});
}

const registered_task *registered_pipeline::task(task_id t) const {
    const auto found = std::ranges::find(tasks, t, &registered_task::id);
    return found == tasks.end() ? nullptr : &*found;
}

bool registered_pipeline::names(account_id account) const {
    return main.account == account || (fallback && fallback->account == account);
}

service &registered_pipeline::service_of(account_id account) {
    return fallback && fallback->account == account ? *fallback : main;
}

context::context(const config::settings &s, std::string database, const run_options &o, const progress_sink &r)
    : settings{s}, conninfo{std::move(database)}, options{o}, report{r}, db{conninfo, "smelt run", 3} {}

context::~context() = default;

registered_pipeline &context::pipeline_of(const store::batch_row &b) {
    return *std::ranges::find(pipelines, b.pipeline, &registered_pipeline::id);
}

provider::provider &context::api_of(registered_pipeline &p, service &s) {
    if (!s.api) {
        s.client = std::make_unique<http::client>(io.get_executor(), client_options_of(*p.config, *s.spec));
        auto key = config::resolve_secret(s.spec->api_key, *p.config);
        s.key_fingerprint = fingerprint(key, installation);
        s.api = provider::make_provider(*s.spec, std::move(key), *s.client);
    }
    return *s.api;
}

store::remote_view context::view_of(const store::batch_row &b, const provider::remote_batch &job) {
    return {job.status,
            job.output_file,
            job.error_file,
            job.total,
            job.completed,
            job.failed,
            service_of(b).key_fingerprint};
}

std::vector<std::int32_t> context::pipeline_ids() const {
    std::vector<std::int32_t> ids;
    for (const auto &p : pipelines)
        ids.push_back(p.id.value);
    return ids;
}

std::shared_ptr<const loaded_version> context::version(db::connection &c, version_id v) {
    const std::scoped_lock lock{versions_mutex_};
    auto &slot = versions_[v];
    if (!slot) {
        db::transaction tx{c, {.read_only = true, .durable = false, .bounds = {}}};
        slot =
            std::make_shared<const loaded_version>(definition_from_json(json::parse(store::catalog{tx}.definition(v))));
    }
    return slot;
}

context::unfinished::~unfinished() {
    if (--ctx_.unfinished_ == 0 && ctx_.end_)
        asio::post(ctx_.io, std::exchange(ctx_.end_, nullptr));
}

void context::stop(std::function<void()> end) {
    stopping = true;
    if (unfinished_ == 0)
        end();
    else
        end_ = std::move(end);
}

void context::note(std::string sentence) {
    if (std::ranges::find(summary.notes, sentence) != summary.notes.end())
        return;
    if (std::ranges::find(notes_before_, sentence) == notes_before_.end())
        log::info("{}", sentence);
    summary.notes.push_back(std::move(sentence));
}

void context::begin_pass() {
    progressed = false;
    load_is_due = false;
    problem_before = std::exchange(first_problem, sync_problem);
    if (sync_problem)
        first_sentence_ = message_of(sync_problem);
    summary.needs_person = false;
    stuck.clear();
    new_holds.clear();
    if (!notes_of_sync_)
        notes_of_sync_ = summary.notes.size();
    notes_before_ = summary.notes;
    summary.notes.resize(*notes_of_sync_);
}

void context::problem(const std::exception_ptr &e, const std::string &what) {
    auto sentence = message_of(e);
    if (cancelled) {
        log::debug("{}: {}", what, sentence);
        return;
    }
    if (first_problem && sentence == first_sentence_)
        return;
    const auto worst = worse_problem(first_problem, e);
    if (first_problem && worst == first_problem) {
        log::warn("{}: {}", what, sentence);
        return;
    }
    say_problem();
    first_problem = e;
    first_sentence_ = std::move(sentence);
    first_place_ = what;
}

void context::say_problem() const {
    if (first_problem)
        log::warn("{}: {}", first_place_, first_sentence_);
}

void context::needs_person(const store::batch_row &b, std::string sentence) {
    stuck.insert(b.id.value);
    summary.needs_person = true;
    note(std::move(sentence));
}

awaitable<void> isolated(context &ctx, std::string what, awaitable<void> step) {
    try {
        co_await std::move(step);
    } catch (const store::fenced_off &e) {
        log::info("{}", e.what());
    } catch (...) {
        if (concerns_all(std::current_exception()))
            throw;
        ctx.problem(std::current_exception(), what);
    }
}

awaitable<void> join(awaitable<void> a, awaitable<void> b) {
    using namespace asio::experimental::awaitable_operators;
    // Asio reports both, in their order: the one that was cancelled because of the other may come first.
    std::exception_ptr first;
    const auto watched = [&first](awaitable<void> step) -> awaitable<void> {
        try {
            co_await std::move(step);
        } catch (...) {
            if (!first)
                first = std::current_exception();
            throw;
        }
    };
    auto one = watched(std::move(a));
    auto other = watched(std::move(b));
    try {
        co_await (std::move(one) && std::move(other));
    } catch (...) {
        std::rethrow_exception(first ? first : std::current_exception());
    }
}

awaitable<void> for_each(std::size_t n, std::size_t width, std::function<awaitable<void>(std::size_t)> each) {
    std::size_t next = 0;
    const auto worker = [&]() -> awaitable<void> {
        while (next < n)
            co_await each(next++);
    };
    awaitable<void> all = worker();
    for (std::size_t i = 1; i < std::min(width, n); ++i)
        all = join(std::move(all), worker());
    co_await std::move(all);
}

awaitable<void> pause(context &ctx, milliseconds how_long) {
    asio::steady_timer timer{ctx.io, how_long};
    co_await timer.async_wait(asio::use_awaitable);
}

} // namespace smelt::orchestrator
