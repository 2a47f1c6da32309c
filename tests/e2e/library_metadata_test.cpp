#include "catch.hpp"
#include "pipeline_fixture.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

using namespace smelt;
using namespace smelt::test;

namespace {

namespace fs = std::filesystem;

/// examples/library-metadata, copied, on a private server of its own, because it makes roles. Everything but its set-up
/// runs as the role librarian, which is no superuser.
class library_of_talks {
  public:
    library_of_talks() = default;
    /// Apart from the constructor, so that a server is stopped whatever fails.
    void set_up() {
        // As root the server runs as another user, who has to get to its folder.
        fs::permissions(server_.path(), fs::perms{0755});
        fs::copy(example(), folder_.path(), fs::copy_options::recursive);
        const auto listed = folder_.read("data/files.csv");
        must_succeed(command_of(folder_.path() / "make-talks", {}));
        CHECK(folder_.read("data/files.csv") == listed);
        auto started = must_succeed(smelt_command({"db", "start"})).out;
        started = started.substr(started.find("host="));
        started.erase(started.find_last_not_of('\n') + 1);
        must_succeed(smelt_command({"db", "psql", "--", "-X", "-q", "-c", "CREATE DATABASE library", "-c",
                                    "\\connect library", "-f", "setup.sql"}));
        const auto user = started.find("user=");
        REQUIRE(user != std::string::npos);
        database_ = started.substr(0, user) + "user=librarian dbname=library";
        connection_ = std::make_unique<db::connection>(database_, "test");
        smelt({"migrate"});
    }
    ~library_of_talks() {
        connection_.reset();
        database_.clear();
        run(smelt_command({"db", "stop"}));
    }
    library_of_talks(const library_of_talks &) = delete;
    library_of_talks &operator=(const library_of_talks &) = delete;

    finished smelt(std::vector<std::string> arguments) const {
        return must_succeed(smelt_command(std::move(arguments)));
    }
    void run_wave(const std::string &name, const std::vector<std::string> &more = {}) const {
        std::vector<std::string> arguments{"run", "--wait", "--poll", "200ms", "--timeout", "90s", "--name", name};
        arguments.insert(arguments.end(), more.begin(), more.end());
        smelt(std::move(arguments));
    }

    std::string sql(const std::string &query) { return value_of(*connection_, query); }
    /// How many rows this changes is the test's business: a name that nobody has would prove nothing.
    void set_pending(const std::string &talk) {
        db::transaction tx{*connection_};
        const auto changed =
            tx.exec("UPDATE library.files SET status = 'pending' WHERE filename LIKE '" + talk + " %' RETURNING 1");
        REQUIRE(changed.size() == 1);
        tx.commit();
    }

    /// What the query of a file says, as psql prints it.
    [[nodiscard]] std::string answer_of(const std::string &file, const std::vector<std::string> &form) const {
        std::vector<std::string> arguments{"db", "psql", "--", "-X", "-q"};
        arguments.insert(arguments.end(), form.begin(), form.end());
        arguments.insert(arguments.end(), {"-f", file});
        return smelt(std::move(arguments)).out;
    }
    void compare(const std::string &query, const std::string &expected) const {
        INFO(query);
        CHECK(answer_of(query + ".sql", {"--csv"}) == folder_.read("expected/" + expected + ".csv"));
    }
    [[nodiscard]] std::string empty_of_meaning() const { return answer_of("empty-of-meaning.sql", {"-At"}); }

    [[nodiscard]] json counters() const { return json::parse(simulator_.ask("/sim/counters", {})); }
    [[nodiscard]] const temp_folder &files() const { return folder_; }

  private:
    static fs::path example() { return fs::path{SMELT_SOURCE_DIR} / "examples/library-metadata"; }

    static finished must_succeed(const command &c) {
        auto done = run(c);
        INFO(done.out);
        INFO(done.err);
        REQUIRE(done.status == 0);
        return done;
    }

    [[nodiscard]] command command_of(fs::path program, std::vector<std::string> arguments) const {
        command c;
        c.program = std::move(program);
        c.arguments = std::move(arguments);
        c.environment = {{"SMELT_HOME", (server_.path() / "home").string()},
                         {"SMELT_PROVIDER_URL", simulator_.url("mistral")},
                         {"MISTRAL_API_KEY", "none"},
                         {"SMELT_SEND_WINDOW", "2s"},
                         {"SMELT_LIST_GRACE", "500ms"},
                         {"SMELT_LEASE", "5s"},
                         {"NO_COLOR", "1"},
                         {"DATABASE_URL", std::nullopt}};
        if (!database_.empty())
            c.environment["DATABASE_URL"] = database_;
        c.folder = folder_.path();
        return c;
    }
    [[nodiscard]] command smelt_command(std::vector<std::string> arguments) const {
        return command_of(fs::path{SMELT_BINARY_DIR} / "bin/smelt", std::move(arguments));
    }

    temp_folder folder_;
    temp_folder server_;
    sim_server simulator_{
        {"--latency", "300ms", "--invalid-rate", "0", "--replay", (example() / "recorded.jsonl").string()}};
    std::string database_; ///< of librarian; empty: the administrator's
    std::unique_ptr<db::connection> connection_;
};

} // namespace

TEST_CASE("a library's own tables hold status, entry and topics of every talk, whatever becomes of it") {
    library_of_talks e;
    e.set_up();
    CHECK(e.sql("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == "f");
    CHECK(e.sql("SELECT has_column_privilege('library.files', 'score', 'UPDATE')") == "f"); // smelt_write_back has it

    e.run_wave("wave1", {"--max", "116"});
    e.compare("stats", "wave1");
    CHECK(e.sql("SELECT string_agg(name || ' ' || sent, ', ') FROM smelt.batches") == "wave1 116");
    CHECK(e.sql("SELECT count(*) FROM smelt.items WHERE status = 'waiting'") == "2");
    CHECK(e.answer_of("audit.sql", {"-At"}).empty());

    // A file arrives, a text is edited, and a row asks for another entry.
    for (const auto &arriving : fs::directory_iterator{e.files().path() / "data/generated/not-here-yet"})
        fs::copy(arriving.path(), e.files().path() / "data/generated" / arriving.path().filename());
    const auto edited = e.files().path() / "data/generated/Talk 060 - Stone arches of Padden.txt";
    REQUIRE(fs::exists(edited));
    std::ofstream{edited, std::ios::app} << "The parapet was renewed after the talk had been given.\n";
    e.set_pending("Talk 034");
    e.run_wave("wave2");
    CHECK(e.sql("SELECT sum(sent) FROM smelt.batches WHERE name = 'wave2'") == "34");
    CHECK(
        e.sql("SELECT string_agg(status || ' ' || files, ', ' ORDER BY status) FROM (SELECT status, count(*) AS files "
              "FROM library.files WHERE status LIKE 'failed%' GROUP BY status) AS x") ==
        "failed 1, failed_json 2, failed_validation 3");

    // What failed is asked again because its row asks, and because somebody says so.
    e.set_pending("Talk 020");
    e.run_wave("wave3");
    CHECK(e.sql("SELECT status FROM library.files WHERE filename LIKE 'Talk 020 %'") == "extracted");
    e.smelt({"retry", "library"});
    e.run_wave("wave4");
    CHECK(e.sql("SELECT status FROM library.files WHERE filename LIKE 'Talk 019 %'") == "extracted");

    // Valid, and empty of meaning.
    const auto keys = e.empty_of_meaning();
    CHECK(std::ranges::count(keys, '\n') == 4);
    const auto file = e.files().write("empty.txt", keys);
    e.smelt({"redo", "library", "--keys", file.string()});
    e.run_wave("wave5");
    CHECK(e.empty_of_meaning().empty());

    for (const auto *query : {"stats", "scores", "review", "files"})
        e.compare(query, query);
    CHECK(e.answer_of("audit.sql", {"-At"}).empty());

    // The old entries are kept, and what Smelt has written into its own source is sent to nobody.
    CHECK(e.sql("SELECT count(*) FROM library.file_metadata WHERE NOT is_current") == "6");
    const auto sent = e.counters()["requests_received"];
    e.run_wave("wave6");
    CHECK(e.counters()["requests_received"] == sent);
    CHECK(e.counters()["duplicates"].dump() == "{}");
    CHECK(e.counters()["files_uploaded"] == 0); // the requests were in the create
    CHECK(e.sql("SELECT count(*) FROM smelt.ledger WHERE balance <> 0") == "0");
    CHECK(e.sql("SELECT count(*) FROM smelt.batch WHERE cost_picousd > reserved_picousd") == "0");
    CHECK(e.sql("SELECT count(*) FROM smelt.write_back") == "0");
    e.smelt({"doctor", "--deep"});

    // Two are judged and one is rejected; the others are approved by their score.
    e.smelt({"review", "library", "--export", "doubtful.jsonl"});
    std::istringstream doubtful{e.files().read("doubtful.jsonl")};
    std::string verdicts;
    for (std::string line; std::getline(doubtful, line);) {
        auto row = json::parse(line);
        const auto name = row["filename"].get<std::string>().substr(0, 8);
        if (name == "Talk 027")
            row["verdict"] = "accept";
        if (name == "Talk 028") {
            row["verdict"] = "edit";
            row["edited_output"] = row["output"];
            row["edited_output"]["description"]["arguments"].push_back("A weir needs no road");
        }
        if (name == "Talk 015") {
            row["verdict"] = "reject";
            row["reason"] = "this is about counterweights, not about a feast";
        }
        verdicts += row.dump() + "\n";
    }
    e.files().write("judged.jsonl", verdicts);
    e.smelt({"review", "library", "--reviewer", "librarian", "--import", "judged.jsonl"});
    e.run_wave("again");
    e.smelt({"approve", "library", "--min-score", "0.7"});
    e.smelt({"write-back", "library"});
    e.compare("stats", "approved");
    CHECK(e.answer_of("review.sql", {"-At"}).empty());
    CHECK(e.answer_of("audit.sql", {"-At"}).empty());
    CHECK(e.sql("SELECT count(*) FROM library.file_metadata WHERE NOT is_current") == "8"); // the edit, and Talk 015
    CHECK(e.sql("SELECT model || ' ' || (metadata->'description'->'arguments'->>2) FROM library.file_metadata WHERE "
                "is_current AND file_path LIKE '%Talk 028%'") == "human A weir needs no road");
    e.smelt({"doctor", "--deep"});
}

TEST_CASE("a talk that loses its text loses its entry, and one that asks too often fails with its reason") {
    library_of_talks e;
    e.set_up();
    e.run_wave("all");
    const auto row = [&](const std::string &talk) {
        return e.sql(
            "SELECT concat_ws(' ', status, error_message, (SELECT count(*) FROM library.file_metadata AS m WHERE "
            "m.file_path = f.file_path), (SELECT count(*) FROM library.file_metadata AS m WHERE m.file_path = "
            "f.file_path AND is_current), (SELECT count(*) FROM library.file_topics AS t WHERE t.file_path = "
            "f.file_path)) FROM library.files AS f WHERE filename LIKE '" +
            talk + " %'");
    };
    CHECK(row("Talk 061") == "extracted 1 1 4");
    e.files().write("data/generated/Talk 061 - Timber trestles of Padden.txt", "");
    e.run_wave("emptied");
    CHECK(row("Talk 061") == "skipped empty 1 0 0");
    for (int i = 1; i <= 3; ++i) {
        e.set_pending("Talk 062");
        e.run_wave("asked");
        CHECK(row("Talk 062") == "extracted " + std::to_string(i + 1) + " 1 4");
    }
    e.set_pending("Talk 062");
    e.run_wave("asked");
    CHECK(row("Talk 062") == "failed again: its row has asked to be sent again more than 3 times 4 0 0");
    CHECK(e.answer_of("audit.sql", {"-At"}).empty());
}
