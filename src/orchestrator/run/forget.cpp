#include "orchestrator/load/sync.hpp"
#include "orchestrator/remote/remote_files.hpp"
#include "orchestrator/submit/spool_file.hpp"
#include "orchestrator/write_back/write_back.hpp"
#include "session.hpp"

#include "smelt/orchestrator/run.hpp"

#include <algorithm>

namespace smelt::orchestrator {

void remove_lost_requests(const config::settings &settings) {
    sweep_spool(settings.spool());
}

std::vector<std::string> finish_forgotten(const config::settings &settings, const config::pipeline &p) {
    const progress_sink silent = [](const run_progress &) {};
    run_options options;
    options.serves_forgotten = true;
    session s{settings, options, silent};
    auto &pass = s.pass();
    const std::vector<config::pipeline> one{p};
    const auto work = [&]() -> awaitable<void> {
        co_await begin_runner(pass); // files belong to a key, which is known by the installation's fingerprint
        co_await sync(pass, one);
        co_await write_back(pass);
        co_await delete_remote_files(pass);
    };
    s.execute(work());
    if (pass.first_problem)
        rethrow_problem(pass.first_problem);
    return pass.notes();
}

} // namespace smelt::orchestrator
