#include "session.hpp"

#include "orchestrator/transactions.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/log.hpp"
#include "smelt/db/embedded.hpp"
#include "smelt/store/catalog.hpp"
#include "smelt/store/installation.hpp"
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
constexpr std::chrono::seconds statement_grace{3};

} // namespace

session::session(const config::settings &settings, const run_options &options, const progress_sink &report)
    : run_{std::make_unique<invocation>(settings, db::resolve_database(settings), options, report)},
      resort_{run_->db},
      pipelines_{std::make_unique<pipelines>(*run_)},
      registering_{std::make_unique<run_pass>(*run_, *pipelines_)} {}

session::~session() {
    resort_.end();
    resort_.forget_database();
    run_->lease.reset();
    if (run_->runner.value != 0)
        give_leases_back();
    next_.reset();
    registering_.reset();
    pipelines_.reset();
    run_.reset();
}

run_pass &session::begin_pass() {
    next_ = std::make_unique<run_pass>(*registering_, pass());
    return *next_;
}

void session::give_leases_back() {
    try {
        auto work = [this](db::connection &c) {
            db::transaction tx{c};
            store::batches{tx}.release_all(run_->runner);
            store::runners{tx}.end(run_->runner);
            tx.commit();
        };
        run_->db.run_blocking(work);
    } catch (const std::exception &e) {
        // The lease runs out by itself, and the next run of this host sees that the process is gone.
        log::warn("the leases could not be released: {}", e.what());
    }
}

/// Ends a coroutine before its end: when nothing is unfinished it is cancelled, and a little later the statements that
/// it waits for.
class session::ending : public std::enable_shared_from_this<session::ending> {
  public:
    ending(invocation &run, last_resort &resort) : run_{run}, resort_{resort}, waiting_{run.io} {}

    [[nodiscard]] asio::cancellation_slot slot() { return cancel_.slot(); }
    void begin() {
        // What is unfinished may outlast the coroutine, and so may what is to follow it.
        run_.stop([self = shared_from_this()] {
            if (!self->is_over_)
                self->cancel();
        });
    }
    void is_over() {
        is_over_ = true;
        waiting_.cancel();
    }

  private:
    void cancel() {
        resort_.end();
        run_.cancelled = true;
        cancel_.emit(asio::cancellation_type::terminal);
        waiting_.expires_after(statement_grace);
        waiting_.async_wait([&run = run_](const boost::system::error_code &over) {
            if (!over) // not here: a server that is stuck takes no request to cancel either
                asio::post(run.cpu, [&db = run.db] { db.cancel_all(); });
        });
    }

    invocation &run_;
    last_resort &resort_;
    bool is_over_ = false;
    asio::cancellation_signal cancel_;
    asio::steady_timer waiting_;
};

namespace {

/// The next run cleans up as after a kill.
void end_at_next_signal() {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
}

} // namespace

bool session::execute(awaitable<void> work) {
    auto &io = run_->io;
    io.restart();
    asio::signal_set signals{io, SIGINT, SIGTERM};
    asio::steady_timer deadline{io, run_->deadline.value_or(std::chrono::steady_clock::time_point::max())};
    const auto end = std::make_shared<ending>(*run_, resort_);
    std::exception_ptr failure;
    bool stopped = false, late = false;
    signals.async_wait([&](const boost::system::error_code &ec, int) {
        if (ec)
            return;
        stopped = true;
        log::warn("stopping: the slice in hand, and answers that are under way, come first; again ends it at once");
        resort_.ask();
        end->begin();
        end_at_next_signal();
    });
    deadline.async_wait([&](const boost::system::error_code &ec) {
        if (ec)
            return;
        late = true;
        end->begin();
    });
    auto done = [&](const std::exception_ptr &e) {
        failure = e;
        signals.cancel();
        deadline.cancel();
        end->is_over();
        close_connections();
        io.stop();
    };
    asio::co_spawn(io, std::move(work), asio::bind_cancellation_slot(end->slot(), done));
    io.run();
    if (stopped)
        throw interrupted{};
    if (failure && !late)
        std::rethrow_exception(failure);
    return !failure;
}

void session::close_connections() {
    for (auto &p : *pipelines_) {
        for (auto &s : p.services) {
            if (s->client && p.failing.empty())
                p.failing = s->client->failing();
            s->client.reset();
        }
    }
}

awaitable<void> begin_runner(run_pass &pass) {
    milliseconds lease{0};
    for (const auto &p : pass.pipelines)
        lease = std::max(lease, p.config->timing.lease);
    auto work = [&](db::connection &c) {
        db::transaction tx{c};
        pass.run.installation = store::installation{tx}.id();
        pass.run.runner = store::runners{tx}.begin(this_process(), lease);
        tx.commit();
        store::remember_cluster(c, false);
    };
    co_await pass.run.db.run(work);
    pass.run.lease = std::make_unique<heartbeat>(pass.run.conninfo, pass.run.runner, lease);
}

awaitable<void> release_batches(run_pass &pass) {
    auto work = [&](db::transaction &tx) { store::batches{tx}.release_all(pass.run.runner); };
    co_await write(pass.run, work);
}

} // namespace smelt::orchestrator
