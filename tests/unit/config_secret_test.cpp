#include "catch.hpp"
#include "config/command.hpp"
#include "environment.hpp"
#include "error_of.hpp"
#include "temp_folder.hpp"

#include "smelt/base/error.hpp"
#include "smelt/config/pipeline.hpp"

using smelt::usage_error;
using smelt::test::environment;
using smelt::test::error_of;

namespace {

std::string key_of(const smelt::config::pipeline &p) {
    return smelt::config::resolve_secret(p.providers.front().api_key, p);
}

struct fixture {
    smelt::test::temp_folder folder;
    smelt::config::pipeline p;
    fixture() {
        p.folder = folder.path();
        p.providers.emplace_back();
    }
    std::string error() const {
        return error_of<usage_error>([&] { key_of(p); });
    }
    void run(const std::string &script) { p.providers.front().api_key.command = {"/bin/sh", "-c", script}; }
};

} // namespace

TEST_CASE("no key is asked for when none is configured") {
    CHECK(key_of(fixture{}.p).empty());
}

TEST_CASE("a key comes from the environment, then from the pipeline's .env") {
    fixture f;
    const environment unset{"SMELT_TEST_KEY", std::nullopt};
    f.p.providers.front().api_key.env = "SMELT_TEST_KEY";
    CHECK_THAT(f.error(), SMELT_CONTAINS("variable SMELT_TEST_KEY is not set"));
    f.p.dotenv["SMELT_TEST_KEY"] = "from-file";
    CHECK(key_of(f.p) == "from-file");
    const environment set{"SMELT_TEST_KEY", " from-environment\n"};
    CHECK(key_of(f.p) == "from-environment");
}

TEST_CASE("a key that could break a header is refused without being shown") {
    fixture f;
    f.p.providers.front().api_key.env = "SMELT_TEST_KEY";
    const environment set{"SMELT_TEST_KEY", "sk-hidden\r\nX-Other: 1"};
    CHECK_THAT(f.error(), SMELT_CONTAINS("the variable SMELT_TEST_KEY holds blanks, line breaks"));
    CHECK_THAT(f.error(), !SMELT_CONTAINS("sk-hidden"));
}

TEST_CASE("a key comes from a file beside the pipeline") {
    fixture f;
    f.p.providers.front().api_key.file = "keys/openai";
    CHECK_THAT(f.error(), SMELT_CONTAINS("keys/openai: there is no such file"));
    const auto file = f.folder.write("keys/openai", "  sk-1 \n");
    std::filesystem::permissions(file, std::filesystem::perms::owner_read);
    CHECK(key_of(f.p) == "sk-1");
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    f.folder.write("keys/openai", " \n");
    CHECK_THAT(f.error(), SMELT_CONTAINS("keys/openai is empty"));
}

TEST_CASE("a key is the first line that a command prints, run in the pipeline's folder") {
    fixture f;
    f.folder.write("key.txt", "sk-2\nsecond line\n");
    f.run("cat ./key.txt");
    CHECK(key_of(f.p) == "sk-2");
    f.run("printf sk-3; dd if=/dev/zero bs=1000 count=500 2>/dev/null | tr '\\0' '\\n'");
    CHECK(key_of(f.p) == "sk-3");
}

TEST_CASE("a command that fails is named with its status and nothing that it printed") {
    fixture f;
    f.run("echo sk-hidden; exit 3");
    CHECK_THAT(f.error(), SMELT_CONTAINS("/bin/sh ended with status 3"));
    CHECK_THAT(f.error(), !SMELT_CONTAINS("sk-hidden"));
    f.run("kill -9 $$");
    CHECK_THAT(f.error(), SMELT_CONTAINS("/bin/sh was ended by signal 9"));
    f.run("true");
    CHECK_THAT(f.error(), SMELT_CONTAINS("the API key printed by /bin/sh is empty"));
    f.p.providers.front().api_key.command = {"./no-such-program"};
    CHECK_THAT(f.error(), SMELT_CONTAINS("cannot run ./no-such-program: No such file"));
}

TEST_CASE("a command that does not end is ended, also when it has closed its output") {
    const std::string script = GENERATE("echo sk; exec sleep 1000", "echo sk; exec sleep 1000 >&-");
    const auto error = error_of<usage_error>([&] {
        smelt::config::first_line_of({"/bin/sh", "-c", script}, "/", std::chrono::milliseconds{200});
    });
    CHECK_THAT(error, SMELT_CONTAINS("/bin/sh did not end within 200"));
}
