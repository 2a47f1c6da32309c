#include "catch.hpp"

#include "smelt/base/error.hpp"
#include "smelt/base/threads.hpp"
#include "smelt/db/pool.hpp"

#include <condition_variable>
#include <mutex>
#include <string_view>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace smelt;

namespace {

/// Runs it as a user who may have `most` threads and processes; root would not be limited. Its exit status, or the
/// signal of the alarm that ends what hangs.
template <class Body>
int status_with_at_most(rlim_t most, Body body) {
    const auto child = ::fork();
    if (child == 0) {
        ::alarm(30);
        if (::geteuid() == 0 && ::setuid(65534) != 0)
            ::_exit(3);
        const rlimit limit{most, most};
        ::setrlimit(RLIMIT_NPROC, &limit);
        int status = 1;
        try {
            body();
        } catch (const unavailable &e) {
            status = std::string_view{e.what()}.find("no more threads") == std::string_view::npos ? 2 : 0;
        }
        ::_exit(status);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace

TEST_CASE("threads that the system refuses are an error in one sentence, not a wait") {
    const auto most = GENERATE(as<rlim_t>{}, 1, 2, 3);
    CHECK(status_with_at_most(most, [] { db::pool{"", "test", 5}; }) == 0);
    CHECK(status_with_at_most(most, [] {
              std::mutex mutex;
              std::condition_variable wake;
              bool stop = false;
              const auto body = [&] {
                  std::unique_lock lock{mutex};
                  wake.wait(lock, [&] { return stop; });
              };
              const auto end = [&] {
                  const std::scoped_lock lock{mutex};
                  stop = true;
                  wake.notify_all();
              };
              const thread_team team{5, body, end};
          }) == 0);
}
