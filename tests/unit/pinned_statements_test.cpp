// A pipeline's rows in the large tables can live on one node of a cluster, or in one partition, as long as every
// statement says whose rows it means (docs/scale.md).

#include "catch.hpp"

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace {

namespace fs = std::filesystem;

/// A relation of a statement: its table ("" for a subquery) and the name that its columns are reached by ("" for none).
struct relation {
    std::string table, alias;
};

const std::set<std::string> distributed{"record", "item", "attempt"};
/// Tables that would be on every node: what their row says about a pipeline is known before the large tables are asked.
const std::set<std::string> everywhere{"batch", "task", "pipeline"};

std::vector<std::smatch> matches(const std::string &text, const std::string &pattern) {
    const std::regex wanted{pattern};
    return {std::sregex_iterator{text.begin(), text.end(), wanted}, std::sregex_iterator{}};
}

std::set<std::string> aliases(const std::vector<relation> &all, const std::set<std::string> &tables) {
    std::set<std::string> out;
    for (const auto &one : all)
        if (tables.contains(one.table))
            out.insert(one.alias);
    return out;
}

std::vector<relation> relations_of(const std::string &statement) {
    std::vector<relation> out;
    for (const auto &m : matches(statement, R"((INTO )?\bsmelt\.(\w+)\b(?:\s+AS\s+(\w+))?)"))
        if (!m[1].matched) // an INSERT names pipeline_id, or breaks NOT NULL
            out.push_back({m[2].str(), m[3].str()});
    return out;
}

/// What a relation's pipeline_id is compared with: aliases, and "" for a parameter.
std::set<std::string> compared_with(const std::string &statement, const std::string &alias) {
    const auto column = alias.empty() ? std::string{R"((?:^|[^.\w])pipeline_id)"} : "\\b" + alias + "\\.pipeline_id";
    std::set<std::string> out;
    if (std::regex_search(statement, std::regex{column + " = :pipeline_id"}))
        out.insert("");
    for (const auto &m : matches(statement, column + R"( = (\w+)\.(?:pipeline_id|id)\b)"))
        out.insert(m[1].str());
    for (const auto &m : matches(statement, "\\b(\\w+)\\.pipeline_id = " + column + "\\b"))
        out.insert(m[1].str());
    return out;
}

/// Relations of the large tables that a statement asks without saying of which pipeline.
std::set<std::string> loose(const std::string &statement) {
    const auto all = relations_of(statement);
    auto open = aliases(all, distributed);
    const auto small = aliases(all, everywhere);
    const auto named = [&](const std::string &other) {
        return other.empty() || small.contains(other) ||
               (!open.contains(other) && !aliases(all, distributed).contains(other));
    };
    std::set<std::string> pinned;
    for (bool changed = true; changed;) {
        changed = false;
        for (const auto &alias : std::set{open})
            for (const auto &other : compared_with(statement, alias))
                if (open.contains(alias) && (named(other) || pinned.contains(other))) {
                    open.erase(alias);
                    pinned.insert(alias);
                    changed = true;
                }
    }
    return open;
}

std::map<std::string, std::string> all_statements() {
    std::map<std::string, std::string> out;
    for (const auto &file : fs::directory_iterator{SMELT_SOURCE_DIR "/sql"}) {
        std::ifstream in{file.path()};
        std::string line, name;
        while (std::getline(in, line))
            if (line.starts_with("-- name: "))
                name = line.substr(9, line.find('(') - 9);
            else if (!line.starts_with("--") && !name.empty())
                out[name] += line + '\n';
    }
    return out;
}

} // namespace

TEST_CASE("a statement that asks a large table without its pipeline is noticed") {
    CHECK(loose("SELECT FROM smelt.item AS i WHERE i.batch_id = :batch_id") == std::set<std::string>{"i"});
    CHECK(loose("SELECT FROM smelt.item WHERE batch_id = :batch_id") == std::set<std::string>{""});
    CHECK(loose("SELECT FROM smelt.item AS i JOIN smelt.record AS r ON r.id = i.record_id WHERE i.pipeline_id = "
                ":pipeline_id") == std::set<std::string>{"r"});
    CHECK(loose("SELECT FROM smelt.item AS i JOIN smelt.item AS o ON o.pipeline_id = i.pipeline_id") ==
          std::set<std::string>{"i", "o"});
    CHECK(loose("SELECT FROM smelt.batch AS b JOIN smelt.item AS i ON i.pipeline_id = b.pipeline_id").empty());
    CHECK(
        loose(
            "SELECT FROM smelt.item AS i JOIN smelt.record AS r ON r.pipeline_id = i.pipeline_id WHERE i.pipeline_id = "
            ":pipeline_id")
            .empty());
}

TEST_CASE("every statement says which pipeline's rows of the large tables it means") {
    const auto all = all_statements();
    REQUIRE(all.size() > 100);
    for (const auto &[name, text] : all) {
        // smelt doctor --deep looks at everything, and rules_role at a privilege.
        if (name.starts_with("report_deep_") || name == "rules_role")
            continue;
        INFO(name);
        CHECK(loose(text) == std::set<std::string>{});
    }
}
