#include "collect.hpp"

#include "line_slicer.hpp"
#include "orchestrator/transactions.hpp"
#include "result_flow.hpp"
#include "unanswered.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"
#include "smelt/orchestrator/failpoints.hpp"

#include <fmt/format.h>

#include <malloc.h>

namespace smelt::orchestrator {

namespace {

/// Batches collected at once: two appliers, each with a download and a parser ahead of it.
constexpr std::size_t collects_at_once = 2;

/// One ended batch on its way into the tables: download, judge and apply overlap, a slice each, in bounded memory.
class collector {
  public:
    collector(run_pass &pass, registered_pipeline &p, store::batch_row &b)
        : pass_{pass}, pipeline_{p}, batch_{b}, flow_{pass, p, b} {}

    awaitable<void> run() {
        co_await flow_.prepare();
        failpoint("collect.before_download");
        co_await flow_.run(download());
        co_await flow_.apply_errors();
        co_await finish_unanswered(pass_, pipeline_, batch_, flow_.plan(), flow_.members(), cut_short_);
    }

  private:
    /// From the start also after a run that ended in between: what it had applied is passed over, and the error lines
    /// that it had kept for later are needed again.
    awaitable<void> download() {
        co_await download_file(0, batch_.output_file);
        co_await download_file(1, batch_.error_file);
        raw_slice last;
        last.to = {2, 0, 0};
        co_await flow_.send(std::move(last));
    }

    awaitable<void> download_file(int number, const std::string &file) {
        line_slicer slicer{{number, 0, 0}, pipeline_.config->slice.lines, pipeline_.config->slice.bytes};
        const http::body_sink sink = [&](std::string_view bytes) -> awaitable<void> {
            slicer.feed(bytes);
            while (auto slice = slicer.take())
                co_await flow_.send(std::move(*slice));
        };
        if (!file.empty())
            co_await pass_.pipelines.batch_api_of(batch_).fetch(file, sink);
        auto last = slicer.finish();
        cut_short_ = cut_short_ || slicer.cut_short();
        if (!last.bytes.empty())
            co_await flow_.send(std::move(last));
    }

    run_pass &pass_;
    registered_pipeline &pipeline_;
    store::batch_row &batch_;
    result_flow flow_;
    bool cut_short_ = false;
};

awaitable<std::optional<store::batch_row>> take_ended(run_pass &pass) {
    auto work = [&](db::transaction &tx) {
        auto row = store::batches{tx}.take_ended(pass.run.runner, pass.pipelines.ids());
        return row;
    };
    co_return co_await write(pass.run, work, commit_points{"collect.before_take", "collect.after_take"},
                             durability::on_disk);
}

awaitable<void> collect_one(run_pass &pass, store::batch_row &b) {
    auto &p = pass.pipelines.of(b);
    if (!p.names(b.account)) {
        pass.needs_person(b,
                          fmt::format("batch {} has ended and was made with another provider, base_url, organization "
                                      "or project than {} names now; put that back to collect its answers",
                                      b.id.value, p.config->file.string()));
        co_return;
    }
    try {
        collector work{pass, p, b};
        co_await work.run();
        pass.progressed = true;
        // What the slices have freed lies between what the heap still holds, and it would keep all of it.
        ::malloc_trim(0);
    } catch (const http::transport_error &) {
        pass.problem(std::current_exception(),
                     fmt::format("batch {}: the results could not be downloaded; the next run goes on from the "
                                 "checkpoint",
                                 b.id.value));
    } catch (const provider::provider_error &e) {
        const auto gone = e.kind() == provider::failure_kind::not_found
                              ? fmt::format("; if the provider has deleted them, `smelt adopt {} --absent` sends "
                                            "what is left of it again",
                                            b.id.value)
                              : std::string{};
        pass.problem(std::current_exception(),
                     fmt::format("batch {}: the results could not be downloaded{}", b.id.value, gone));
    }
}

} // namespace

awaitable<void> collect(run_pass &pass) {
    // What fails now stays with this run until the pass is over, so that it is not tried again and again.
    const std::function<awaitable<void>(std::size_t)> worker = [&](std::size_t) -> awaitable<void> {
        while (auto b = co_await take_ended(pass))
            co_await isolated(pass, fmt::format("batch {}: its results could not be applied", b->id.value),
                              collect_one(pass, *b));
    };
    co_await for_each(collects_at_once, collects_at_once, worker);
}

} // namespace smelt::orchestrator
