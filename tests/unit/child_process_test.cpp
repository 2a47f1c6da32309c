#include "catch.hpp"
#include "error_of.hpp"

#include "smelt/base/child_process.hpp"
#include "smelt/base/error.hpp"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <unistd.h>

using namespace smelt;
using smelt::test::error_of;
using namespace std::chrono_literals;

namespace {

/// What a shell script prints, and how it ended.
struct told {
    std::string text;
    int status = 0;
};

told run(const std::string &script, program p = {}) {
    pipe_ends output;
    p.argv = {"/bin/sh", "-c", script};
    p.folder = "/";
    p.output = output.writing();
    const auto child = start(p);
    output.close_writing();
    told result;
    std::array<char, 4096> block{};
    for (ssize_t n = 0; (n = ::read(output.reading(), block.data(), block.size())) > 0;)
        result.text.append(block.data(), static_cast<std::size_t>(n));
    result.status = wait_for_end(child).value_or(-1);
    return result;
}

/// Process ids of this thread's children, those among them that nobody has waited for.
std::string children() {
    std::string pids;
    std::getline(std::ifstream{"/proc/thread-self/children"}, pids);
    return pids;
}

} // namespace

TEST_CASE("a program gets its folder, nothing on its stdin and no descriptor of ours") {
    const int ours = ::open("/dev/null", O_RDONLY); // without O_CLOEXEC: it would be inherited
    REQUIRE(ours > 2);
    // Not in a pipeline, for which the shell itself has descriptors open, nor as its last command, which it becomes.
    CHECK(run("pwd; cat; ls /proc/$$/fd; true").text == "/\n0\n1\n2\n");
    ::close(ours);
}

TEST_CASE("a program has signals at their defaults, whatever we ignore or block") {
    const auto before = std::signal(SIGPIPE, SIG_IGN);
    sigset_t term, mask;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &term, &mask);
    const auto told = run("kill -TERM $$; echo lived");
    const auto ignored = run("grep SigIgn /proc/self/status");
    ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
    std::signal(SIGPIPE, before);
    CHECK(describe_ending(told.status) == "was ended by signal 15");
    CHECK(ignored.text == "SigIgn:\t0000000000000000\n");
}

TEST_CASE("an environment of its own replaces ours") {
    program p;
    p.environment = {{"A=1"}};
    CHECK(run("echo $A$HOME", p).text == "1\n");
}

TEST_CASE("a program that cannot be run is named with the reason, and leaves no child") {
    const auto before = children();
    CHECK_THAT(error_of<usage_error>([] { start({.argv = {"/no/such"}, .folder = "/"}); }),
               SMELT_CONTAINS("cannot run /no/such: No such file or directory"));
    CHECK_THAT(error_of<usage_error>([] { start({.argv = {"/bin/true"}, .folder = "/no/folder"}); }),
               SMELT_CONTAINS("No such file"));
    CHECK(children() == before);
}

TEST_CASE("a wait ends at its deadline, and says how the child ended") {
    const auto child = start({.argv = {"sleep", "1000"}, .folder = "/"});
    CHECK_FALSE(wait_for_end(child, std::chrono::steady_clock::now() + 20ms).has_value());
    ::kill(child, SIGKILL);
    CHECK(describe_ending(wait_for_end(child).value_or(-1)) == "was ended by signal 9");
    CHECK(describe_ending(run("exit 3").status) == "ended with status 3");
    CHECK(describe_ending(-1) == "ended in an unknown way");
}
