#include "fetch.hpp"

#include "orchestrator/lifecycle.hpp"
#include "orchestrator/transactions.hpp"
#include "read_lists.hpp"
#include "web_client.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/hash.hpp"
#include "smelt/base/text.hpp"
#include "smelt/base/url.hpp"
#include "smelt/config/url_template.hpp"
#include "smelt/orchestrator/decide.hpp"
#include "smelt/orchestrator/failpoints.hpp"
#include "smelt/source/http_pages.hpp"
#include "smelt/source/reader.hpp"
#include "smelt/store/fetches.hpp"
#include "smelt/store/forgetting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <memory>

namespace smelt::orchestrator {
namespace {

using steady_clock = std::chrono::steady_clock;

constexpr commit_points fetch_points{"fetch.before_commit", "fetch.after_commit"};
/// A list that leads on and on.
constexpr std::int64_t most_pages = 10'000;
constexpr std::int64_t details_at_once = 200;

std::string definition_hash(const config::source_spec &source) {
    const auto &s = *source.http;
    sha256_stream hash;
    for (const auto &field : source.key.fields)
        hash.add(field + "\n");
    for (const auto &text : {s.list.url, s.list.records, s.list.last, s.list.next})
        hash.add(text);
    hash.add(fmt::format("{} {}", s.list.from, s.list.most));
    for (const auto &name : s.list.names)
        hash.add(name + "\n");
    if (s.detail)
        for (const auto &text : {s.detail->url, s.detail->records, std::string{s.detail->missing_is_empty ? "e" : ""}})
            hash.add(text);
    return hash.hex();
}

/// The others go on, and so does the next run.
class lists_incomplete : public error {
  public:
    explicit lists_incomplete(const std::string &message)
        : error{message, "what they have is loaded, and the next run goes on"} {}
    [[nodiscard]] exit_code code() const noexcept override { return exit_code::unavailable; }
};

/// How a list was read in this round.
struct list_outcome {
    std::string problem;       ///< empty: to its end
    bool is_pending = false;   ///< it may go on later in this round
    std::int64_t left_out = 0; ///< pages beyond `most`
};

class source_fetcher {
  public:
    source_fetcher(run_pass &pass, registered_pipeline &p, steady_clock::time_point until)
        : pass_{pass}, pipeline_{p}, spec_{*p.config->source.http}, until_{until} {}

    awaitable<void> run() {
        const auto taken = co_await take();
        if (!taken) {
            pass_.load_is_due = true;
            pass_.note(pipeline_.config->name + ": another run is fetching; this one goes on with what there is");
            co_return;
        }
        round_ = *taken;
        pipeline_.has_fetched = true;
        problem_ = round_.problem;
        if (!round_.is_listed)
            co_await fetch_lists();
        if (spec_.detail)
            co_await fetch_details();
        co_await release();
        if (!postponed_.empty())
            pass_.note(pipeline_.config->name + ": " + postponed_ + "; what is left is fetched then");
        if (!problem_.empty())
            throw lists_incomplete{pipeline_.config->name + ": its lists are incomplete: " + problem_};
    }

  private:
    /// Its keys are read when something is to be fetched, not in each pass.
    web_client &client() {
        if (!client_)
            client_ = std::make_unique<web_client>(pass_.run, pipeline_);
        return *client_;
    }

    [[nodiscard]] bool is_over() const {
        return pass_.run.is_ending() || !postponed_.empty() || steady_clock::now() >= until_;
    }

    awaitable<std::optional<store::fetch_round>> take() {
        auto work = [&](db::transaction &tx) {
            end_dead_runners(tx, this_process());
            // Without `every`, each run reads the lists once.
            const auto every = pipeline_.config->source.every.value_or(milliseconds{0});
            return store::fetches{tx, pipeline_.id}.take(pass_.run.runner, definition_hash(pipeline_.config->source),
                                                         every,
                                                         pipeline_.config->source.every || !pipeline_.has_fetched);
        };
        auto taken = co_await write(pass_.run, work);
        co_return taken;
    }

    awaitable<void> release() {
        auto work = [&](db::transaction &tx) { store::fetches{tx, pipeline_.id}.release(pass_.run.runner); };
        co_await write(pass_.run, work);
    }

    awaitable<void> store(store::fetch_answer &answer) {
        auto work = [&](db::transaction &tx) {
            store::fetches table{tx, pipeline_.id};
            table.require(pass_.run.runner); // from here on nothing is forgotten
            store::forgetting forgetting{tx, pipeline_.id};
            if (answer.kind == store::fetched_kind::detail && forgetting.is_forgotten(answer.name))
                return;
            if (answer.kind == store::fetched_kind::page && answer.body)
                answer.body = without_forgotten(*answer.body, *pipeline_.config, forgetting.keys());
            table.store(round_.round, answer);
        };
        co_await write(pass_.run, work, fetch_points);
        pass_.progressed = true;
        pass_.run.report({"fetch", pipeline_.config->name, ++fetched_, 0, answer.name});
    }

    /// Until a failed request is tried again.
    [[nodiscard]] std::optional<milliseconds> wait_after(const web_answer &answer, int tries) const {
        constexpr milliseconds longest{std::chrono::hours{1}};
        constexpr int most_doublings = 12;
        if (!answer.is_passing)
            return std::nullopt;
        const auto wait = std::min<milliseconds>(spec_.backoff * (1LL << std::min(tries, most_doublings)), longest);
        return answer.retry_after ? std::max(wait, std::min<milliseconds>(*answer.retry_after, std::chrono::hours{24}))
                                  : wait;
    }

    static store::fetch_answer answer_of(const web_answer &from, store::fetched_kind kind, const std::string &name,
                                         int page, const std::string &url) {
        return {kind,      name,       page, url, from.is_same ? 200 : from.status, from.etag, from.last_modified,
                from.body, from.error, {}};
    }

    // ---- lists

    awaitable<void> fetch_lists() {
        const auto &lists = spec_.list.names;
        std::vector<list_outcome> outcomes(lists.size());
        const std::function<awaitable<void>(std::size_t)> each = [&](std::size_t i) -> awaitable<void> {
            auto outcome = co_await fetch_list(lists[i]);
            outcomes[i] = std::move(outcome);
        };
        co_await for_each(lists.size(), static_cast<std::size_t>(spec_.concurrency), each);
        problem_.clear();
        bool is_pending = false;
        for (std::size_t i = 0; i < lists.size(); ++i) {
            const auto &one = outcomes[i];
            is_pending = is_pending || one.is_pending;
            if (!one.problem.empty())
                problem_ += (problem_.empty() ? "" : "; ") + in_list(lists[i]) + one.problem;
            if (one.left_out > 0)
                pass_.note(fmt::format("{}: {}only {} pages are read (most); {} are left out", pipeline_.config->name,
                                       in_list(lists[i]), spec_.list.most, group_digits(one.left_out)));
        }
        if (is_pending && problem_.empty())
            problem_ = "the time for fetching was over";
        co_await finish_lists(lists, is_pending);
    }

    /// Details of what the lists have are wanted before the lists count as read.
    awaitable<void> finish_lists(const std::vector<std::string> &lists, bool is_pending) {
        auto work = [&](db::transaction &tx) {
            store::fetches table{tx, pipeline_.id};
            table.require(pass_.run.runner);
            const bool is_complete = problem_.empty();
            if (is_complete)
                table.drop_lists_but(lists);
            const auto wanted = wanted_details(table, *pipeline_.config);
            if (spec_.detail) {
                table.want(round_.round, wanted.keys, wanted.urls, wanted.entries);
                if (is_complete)
                    table.drop_details_but(wanted.all_keys);
            }
            table.set_listed(!is_pending, is_complete, problem_);
        };
        co_await write(pass_.run, work, fetch_points);
    }

    awaitable<list_outcome> fetch_list(const std::string &list) {
        list_outcome outcome;
        auto number = spec_.list.from;
        auto url = page_url(list, number);
        for (std::int64_t read = 1;; ++read) {
            const auto page = co_await page_of(list, static_cast<int>(number), url, outcome);
            if (!page)
                co_return outcome;
            const auto next = next_url(list, url, number, *page, outcome);
            const auto most = spec_.list.most > 0 ? spec_.list.most : most_pages;
            if (next.empty() || read >= most) {
                if (!next.empty())
                    outcome.left_out = page->last ? *page->last - number : 1;
                co_await drop_pages(list, static_cast<int>(number));
                co_return outcome;
            }
            url = next;
            ++number;
        }
    }

    awaitable<void> drop_pages(const std::string &list, int last) {
        auto work = [&](db::transaction &tx) { store::fetches{tx, pipeline_.id}.drop_pages_after(list, last); };
        co_await write(pass_.run, work);
    }

    [[nodiscard]] std::string page_url(const std::string &list, std::int64_t number) const {
        return config::url_template{spec_.list.url}
            .fill([&](std::string_view name) { return name == "id" ? list : std::to_string(number); })
            .value_or("");
    }

    /// Empty: it was the last page. What leads to another host is not followed.
    [[nodiscard]] std::string next_url(const std::string &list, const std::string &url, std::int64_t number,
                                       const source::list_page &page, list_outcome &outcome) {
        if (page.last)
            return number < *page.last ? page_url(list, number + 1) : std::string{};
        if (page.next.empty())
            return {};
        auto next = client().without_keys(resolve_reference(url, page.next));
        try {
            if (next != url && parse_url(next).has_origin_of(parse_url(url)))
                return next;
        } catch (const usage_error &) {
            next.clear();
        }
        outcome.problem = fmt::format("page {}: pages.next leads to {}", number,
                                      next == url ? "the same page" : "another host, which is not followed");
        return {};
    }

    /// Throws where an entry has no key, too: such a page is fetched again.
    [[nodiscard]] source::list_page usable_page(const std::string &body, int number) const {
        auto page = source::read_list_page(body, spec_.list);
        source::query_rows rows{pipeline_.config->source, {}, "page " + std::to_string(number)};
        for (const auto &entry : page.records)
            rows.read(entry);
        return page;
    }

    /// A page that was fetched in this round before.
    std::optional<source::list_page> read_again(const std::string &body, int number, list_outcome &outcome) const {
        try {
            return source::read_list_page(body, spec_.list);
        } catch (const usage_error &e) {
            outcome.problem = fmt::format("page {}: {}", number, e.what());
            return std::nullopt;
        }
    }

    /// A page, as it was fetched in this round before or now. Nothing: the outcome says why.
    awaitable<std::optional<source::list_page>> page_of(const std::string &list, int number, const std::string &url,
                                                        list_outcome &outcome) {
        auto look = [&](db::transaction &tx) { return store::fetches{tx, pipeline_.id}.page(list, number); };
        const auto known = co_await read(pass_.run, look);
        const bool is_of_round = known && known->round == round_.round && known->url == url;
        if (is_of_round && known->error.empty() && known->status == 200 && known->body)
            co_return read_again(*known->body, number, outcome);
        if (is_of_round && !known->error.empty() && known->wait != milliseconds{0}) {
            outcome.problem = fmt::format("page {}: {}", number, known->error);
            outcome.is_pending = known->wait.has_value();
            co_return std::nullopt;
        }
        if (is_over()) {
            outcome.is_pending = true;
            co_return std::nullopt;
        }
        const bool may_be_same = known && known->body && known->url == url;
        const std::string etag = may_be_same ? known->etag : "";
        const std::string last_modified = may_be_same ? known->last_modified : "";
        auto answer = co_await client().get(url, etag, last_modified, until_);
        if (answer.is_postponed) {
            postponed_ = outcome.problem = answer.error;
            outcome.is_pending = true;
            co_return std::nullopt;
        }
        std::optional<source::list_page> page;
        try {
            if (answer.body || (answer.is_same && may_be_same))
                page = usable_page(answer.body ? *answer.body : *known->body, number);
        } catch (const error &e) {
            answer.error = e.what();
            answer.is_passing = true;
        }
        auto stored = answer_of(answer, store::fetched_kind::page, list, number, url);
        if (!stored.error.empty())
            stored.wait = wait_after(answer, is_of_round ? known->tries : 0);
        co_await store(stored);
        if (!page) {
            // What is refused is asked for with a wrong address or key.
            const bool is_refused = answer.status >= 400 && !answer.is_passing;
            outcome.problem = fmt::format("page {}: {}{}", number, answer.error, is_refused ? " at " + url : "");
            outcome.is_pending = stored.wait.has_value();
        }
        co_return page;
    }

    // ---- details

    awaitable<void> fetch_details() {
        while (!is_over()) {
            auto look = [&](db::transaction &tx) {
                return store::fetches{tx, pipeline_.id}.due_details(details_at_once);
            };
            const auto due = co_await read(pass_.run, look);
            if (due.empty())
                co_return;
            const std::function<awaitable<void>(std::size_t)> each = [&](std::size_t i) -> awaitable<void> {
                if (!is_over())
                    co_await fetch_detail(due[i]);
            };
            co_await for_each(due.size(), static_cast<std::size_t>(spec_.concurrency), each);
        }
    }

    awaitable<void> fetch_detail(const store::due_detail &due) {
        const std::string etag = due.has_body ? due.etag : "";
        const std::string last_modified = due.has_body ? due.last_modified : "";
        web_answer answer;
        try {
            auto said = co_await client().get(due.url, etag, last_modified, until_);
            answer = std::move(said);
        } catch (const usage_error &e) {
            answer.error = e.what(); // where it leads to is this record's matter
        }
        if (answer.is_postponed) {
            postponed_ = answer.error;
            co_return;
        }
        try {
            if (answer.body)
                source::read_detail(*answer.body, "{}", *spec_.detail);
        } catch (const usage_error &e) {
            answer.error = e.what();
            answer.is_passing = true;
        }
        auto stored = answer_of(answer, store::fetched_kind::detail, due.key, 0, due.url);
        if (answer.status == 404 && spec_.detail->missing_is_empty)
            stored.error.clear();
        if (!stored.error.empty())
            stored.wait = wait_after(answer, due.tries);
        co_await store(stored);
    }

    run_pass &pass_;
    registered_pipeline &pipeline_;
    const config::http_source_spec &spec_;
    steady_clock::time_point until_;
    std::unique_ptr<web_client> client_; ///< null: nothing was asked yet
    store::fetch_round round_;
    std::string problem_;   ///< of its lists
    std::string postponed_; ///< why nothing more is asked now
    std::int64_t fetched_ = 0;
};

} // namespace

awaitable<void> fetch_source(run_pass &pass, registered_pipeline &p, steady_clock::time_point until) {
    source_fetcher fetcher{pass, p, until};
    co_await fetcher.run();
}

awaitable<void> fetch_sources(run_pass &pass) {
    const auto begin = steady_clock::now();
    for (auto &p : pass.pipelines) {
        if (!p.config->source.http)
            continue;
        auto time = p.config->source.http->fetch_time;
        // The next pass goes on where this one has ended.
        if (pass.run.options.wait)
            time = std::min(time, std::max(pass.run.options.poll, milliseconds{1000}));
        co_await isolated(pass, p.config->name, fetch_source(pass, p, begin + time));
    }
}

} // namespace smelt::orchestrator
