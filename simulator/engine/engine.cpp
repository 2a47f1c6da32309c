#include "engine.hpp"

#include "simulator/disk.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace smelt::sim {

namespace asio = boost::asio;

engine::engine(asio::any_io_executor executor, options settings, clock now)
    : executor_{std::move(executor)},
      settings_{std::move(settings)},
      now_{std::move(now)},
      store_{settings_.data},
      answers_{settings_, replay_, store_},
      generator_{settings_, replay_, ledger_, stop_} {
    store_.faults.seed(settings_.seed);
    if (!settings_.faults.empty() && store_.is_new() && answers_.is_new())
        add_first_faults();
    if (!settings_.replay.empty())
        replay_ = replay_book{settings_.replay};
    auto oldest_first = store_.batches();
    std::reverse(oldest_first.begin(), oldest_first.end());
    for (const batch *b : oldest_first)
        if (b->done != 0)
            ledger_.load(b->id, store_.paths_of(*b).delivered);
    for (const batch *b : oldest_first)
        if (b->done == 0)
            make_results(*b);
}

engine::~engine() {
    stop_ = true;
    worker_.join();
}

void engine::add_first_faults() {
    const json rules = read_json(settings_.faults);
    try {
        store_.faults.add(rules);
    } catch (const std::runtime_error &e) {
        throw usage_error{settings_.faults.string() + ": " + e.what(), "see docs/simulator.md"};
    }
    store_.save_faults();
}

void engine::make_results(const batch &b) {
    auto job = [this, b, paths = store_.paths_of(b), alive = std::weak_ptr<int>{alive_}] {
        batch_results results;
        try {
            results = generator_.run(b, paths);
        } catch (const stopped &) {
            return;
        } catch (const std::exception &e) {
            log::error("batch {}: {}", b.id, e.what());
            results.errors = {{"internal_error", e.what(), "", 0}};
        }
        asio::post(executor_, [this, alive, id = b.id, revision = b.revision, made = std::move(results)]() mutable {
            if (!alive.expired())
                take_results(id, revision, std::move(made));
        });
    };
    asio::post(worker_, std::move(job));
}

void engine::take_results(const std::string &id, std::int64_t revision, batch_results results) {
    const batch *known = store_.find_batch(id);
    if (known == nullptr || known->revision != revision)
        return;
    batch changed = *known;
    changed.results = std::move(results);
    changed.done = now_();
    if (settings_.requests_per_second > 0 && changed.cancelled == 0) {
        busy_until_ =
            std::max(busy_until_, changed.created) + changed.results.total * 1000 / settings_.requests_per_second;
        changed.latency = std::max(changed.latency, busy_until_ - changed.created);
    }
    store_.put_batch(std::move(changed));
}

http::server_response engine::deliver(const std::string &file_id) {
    store_.count_download();
    http::server_response response;
    response.content_type = "application/octet-stream";
    response.file = store_.content_path(file_id);
    return response;
}

} // namespace smelt::sim
