#include "session.hpp"

#include "smelt/core/error.hpp"
#include "smelt/core/log.hpp"
#include "smelt/db/embedded.hpp"
#include "smelt/store/catalog.hpp"
#include "smelt/store/runners.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <csignal>

namespace smelt::orchestrator {

namespace asio = boost::asio;

namespace {

/// After a signal the statement in hand may go on for so long; then the server is asked to stop it.
constexpr std::chrono::seconds patience{3};

} // namespace

session::session(const config::settings &settings, const run_options &options, const progress_sink &report)
    : ctx_{std::make_unique<context>(settings, db::resolve_database(settings), options, report)} {}

session::~session() {
    ctx_->lease.reset();
    if (ctx_->runner.value == 0)
        return;
    try {
        release_batches(*ctx_);
        auto work = [this](db::connection &c) {
            db::transaction tx{c};
            store::runners{tx}.end(ctx_->runner);
            tx.commit();
        };
        ctx_->db.run_blocking(work);
    } catch (const std::exception &e) {
        // The lease runs out by itself, and the next run of this host sees that the process is gone.
        log::warn("the leases could not be given back: {}", e.what());
    }
}

void session::execute(awaitable<void> work) {
    auto &io = ctx_->io;
    asio::signal_set signals{io, SIGINT, SIGTERM};
    asio::cancellation_signal cancel;
    asio::steady_timer waiting{io};
    std::exception_ptr failure;
    bool stopped = false;
    signals.async_wait([&](const boost::system::error_code &ec, int) {
        if (ec)
            return;
        stopped = true;
        log::info("stopping: the slice in hand, and answers that are under way, come first; again ends it at once");
        ctx_->stop([&] {
            cancel.emit(asio::cancellation_type::terminal);
            waiting.expires_after(patience);
            waiting.async_wait([&](const boost::system::error_code &over) {
                if (!over)
                    ctx_->db.cancel_all();
            });
        });
        // A second signal ends the process at once; the next run cleans up as after a kill.
        std::signal(SIGINT, SIG_DFL);
        std::signal(SIGTERM, SIG_DFL);
    });
    auto done = [&](const std::exception_ptr &e) {
        failure = e;
        signals.cancel();
        waiting.cancel();
        for (auto &p : ctx_->pipelines) {
            p.main.client.reset();
            if (p.fallback)
                p.fallback->client.reset();
        }
        io.stop();
    };
    asio::co_spawn(io, std::move(work), asio::bind_cancellation_slot(cancel.slot(), done));
    io.run();
    if (stopped)
        throw interrupted{};
    if (failure)
        std::rethrow_exception(failure);
}

void remember_cluster(db::connection &c, bool again) {
    try {
        db::transaction tx{c};
        store::catalog{tx}.remember_cluster(again);
        tx.commit();
    } catch (const pqxx::sql_error &e) {
        log::debug("which cluster this is cannot be read: {}", e.what());
    }
}

awaitable<void> begin_runner(context &ctx) {
    milliseconds lease{0};
    for (const auto &p : ctx.pipelines)
        lease = std::max(lease, p.config->timing.lease);
    auto work = [&](db::connection &c) {
        db::transaction tx{c};
        ctx.installation = store::catalog{tx}.installation();
        ctx.runner = store::runners{tx}.begin(this_process(), lease);
        tx.commit();
        remember_cluster(c, false);
    };
    co_await ctx.db.run(work);
    ctx.lease = std::make_unique<heartbeat>(ctx.conninfo, ctx.runner, lease);
}

void release_batches(context &ctx) {
    auto work = [&](db::connection &c) {
        db::transaction tx{c};
        store::batches{tx}.release_all(ctx.runner);
        tx.commit();
    };
    ctx.db.run_blocking(work);
}

} // namespace smelt::orchestrator
