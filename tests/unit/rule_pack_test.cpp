#include "catch.hpp"
#include "error_of.hpp"
#include "temp_folder.hpp"

#include "smelt/base/error.hpp"
#include "smelt/config/regular_expression.hpp"
#include "smelt/config/rule_pack.hpp"
#include "smelt/orchestrator/evidence.hpp"

#include <fstream>

using namespace smelt;
using namespace smelt::config;
using namespace smelt::orchestrator;
using namespace smelt::test;

namespace {

class pack_file {
  public:
    explicit pack_file(const std::string &text) { std::ofstream{path()} << text; }
    [[nodiscard]] std::string path() const { return (folder_.path() / "pack.yaml").string(); }
    [[nodiscard]] rule_pack load() const { return load_rule_pack(path()); }
    /// The error's text and hint.
    [[nodiscard]] std::string refusal() const {
        try {
            static_cast<void>(load());
        } catch (const file_error &e) {
            return std::string{e.what()} + " | " + e.hint();
        }
        return {};
    }

  private:
    temp_folder folder_;
};

/// Families that were found once each, by name.
hits_by_family hits(const rule_pack &pack, const std::vector<std::string> &names) {
    hits_by_family found;
    for (std::size_t i = 0; i < pack.families.size(); ++i)
        for (const auto &name : names)
            if (pack.families[i].name == name)
                found[i] = {1, {{"text", 1, "word"}}};
    return found;
}

constexpr auto tenders = R"(
fields: [text]
families:
  - {name: override, patterns: ['code [ZGA]']}
  - {name: not_commercial, patterns: [not commercial]}
  - {name: commercial, patterns: [commercial], unless: [not_commercial]}
  - {name: restricted, patterns: [restricted], unless: [override], skip: true, category: KO-8, weight: 2.5}
  - {name: new_only, patterns: [new], unless: [commercial], skip: true}
  - name: direct
    all: [override, commercial]
    outcome: {task: assess, output: {decision: GO}}
)";

std::string names(const pack_verdict &v) {
    return v.evidence.at("names").dump();
}

} // namespace

TEST_CASE("rule pack: what is wrong in the file is said with its line") {
    const auto refusal = [](const std::string &text) { return pack_file{text}.refusal(); };
    CHECK_THAT(refusal(""), SMELT_CONTAINS("the file is empty"));
    CHECK_THAT(refusal("families: []\n"), SMELT_CONTAINS("families"));
    CHECK_THAT(refusal("families:\n  - {name: a, patterns: [x]}\n"),
               SMELT_CONTAINS("pack.yaml:2") && SMELT_CONTAINS("in which fields"));
    CHECK_THAT(refusal("fields: [t]\nfamilies:\n  - {name: a}\n"), SMELT_CONTAINS("neither patterns nor all"));
    CHECK_THAT(refusal("fields: [t]\nfamilies:\n  - {name: a, patterns: [x]}\n  - {name: a, patterns: [y]}\n"),
               SMELT_CONTAINS("already used on line 3"));
    CHECK_THAT(refusal("fields: [t]\nfamilies:\n  - {name: alpha, patterns: [x], unless: [alfa]}\n"),
               SMELT_CONTAINS("no family \"alfa\"") && SMELT_CONTAINS("alpha"));
    CHECK_THAT(refusal("fields: [t]\nfamilies:\n  - {name: a, patterns: [x], unless: [b]}\n"
                       "  - {name: b, patterns: [x], unless: [a]}\n"),
               SMELT_CONTAINS("depends on itself"));
    CHECK_THAT(
        refusal("fields: [t]\nfamilies:\n  - {name: a, patterns: [x], skip: true, outcome: {task: t, output: 1}}\n"),
        SMELT_CONTAINS("both skip and outcome"));
    CHECK_THAT(refusal("fields: [t]\nfamilies:\n  - {name: a, patterns: ['\\bx']}\n"),
               SMELT_CONTAINS("backspace") && SMELT_CONTAINS("\\y"));
}

TEST_CASE("rule pack: a ${ is ordinary text, and its comments do not count for the hash") {
    const auto pack = pack_file{"fields: [t]\nfamilies: [{name: a, patterns: ['x${HOME}']}]\n"}.load();
    CHECK(pack.families[0].patterns[0] == "x${HOME}");
    CHECK(pack_file{"# said\nfields: [t]\nfamilies: [{name: a, patterns: ['x${HOME}']}]\n"}.load().hash == pack.hash);
    CHECK(pack_file{"fields: [t]\nfamilies: [{name: a, patterns: ['y']}]\n"}.load().hash != pack.hash);
}

TEST_CASE("patterns of other languages are refused with PostgreSQL's spelling") {
    const auto hint = [](const char *pattern) {
        const auto found = foreign_part(pattern);
        return found ? found->hint : "none";
    };
    CHECK_THAT(hint(R"(\bword\b)"), SMELT_CONTAINS(R"(\y)"));
    CHECK_THAT(hint(R"(a\B)"), SMELT_CONTAINS(R"(\Y)"));
    CHECK_THAT(hint("(?P<year>[0-9]+)"), SMELT_CONTAINS("without the name"));
    CHECK_THAT(hint("(?<year>[0-9]+)"), SMELT_CONTAINS("without the name"));
    CHECK_THAT(hint("(?i)word"), SMELT_CONTAINS("ignore_case"));
    CHECK_THAT(hint("(?i:word)"), SMELT_CONTAINS("ignore_case"));
    CHECK_THAT(hint(R"((a)\1)"), SMELT_CONTAINS("without a reference"));
    CHECK_THAT(hint(R"(\p{Lu})"), SMELT_CONTAINS("[[:upper:]]"));
    CHECK_THAT(hint("***=a.b"), SMELT_CONTAINS("without ***"));
    CHECK_THAT(hint("(?>a)"), SMELT_CONTAINS("(?:"));
    // These mean there what they mean elsewhere.
    for (const auto *good : {R"(\msecret\M)", R"([\b1]x)", R"(a\\b)", "(?<=a)b", "(?<!a)b(?=c)(?!d)", "(?:a|b)+?c{2,3}",
                             R"([]\]a-z[:alpha:]])", R"(\d+\s\w\S)"})
        CHECK(hint(good) == "none");
}

TEST_CASE("groups of a pattern capture nothing, whatever looks like one") {
    CHECK(without_captures("(a|(b))c") == "(?:a|(?:b))c");
    CHECK(without_captures(R"(\((?:a)[(](?=b)\\(c))") == R"(\((?:a)[(](?=b)\\(?:c))");
    CHECK(without_captures("[^](]([])])") == "[^](](?:[])])");
}

TEST_CASE("evidence: what counts, what an exception lifts, and who decides") {
    const auto pack = pack_file{tenders}.load();
    SECTION("nothing is found") {
        const auto v = weigh(pack, {});
        CHECK(v.evidence ==
              json{{"families", json::object()}, {"names", json::array()}, {"primary", nullptr}, {"weight", 0}});
        CHECK_FALSE(v.skip(pack));
        CHECK_FALSE(v.decision(pack));
    }
    SECTION("the first family of the file that decides is the primary one") {
        const auto v = weigh(pack, hits(pack, {"new_only", "restricted"}));
        CHECK(names(v) == R"(["restricted","new_only"])");
        CHECK(v.skip(pack) == "restricted");
        CHECK(v.evidence.at("primary") == "restricted");
        CHECK(v.evidence.at("weight") == 3.5);
        CHECK(v.evidence.at("families").at("restricted").at("category") == "KO-8");
    }
    SECTION("an exception lifts, unless it is lifted itself") {
        const auto lifted = weigh(pack, hits(pack, {"new_only", "commercial"}));
        CHECK(names(lifted) == R"(["commercial"])");
        CHECK_FALSE(lifted.skip(pack));
        CHECK(lifted.evidence.at("families").at("new_only").at("lifted_by") == json{"commercial"});
        const auto negated = weigh(pack, hits(pack, {"new_only", "commercial", "not_commercial"}));
        CHECK(negated.skip(pack) == "new_only");
        CHECK(negated.evidence.at("families").at("commercial").at("lifted_by") == json{"not_commercial"});
    }
    SECTION("several together give an answer") {
        const auto v = weigh(pack, hits(pack, {"override", "commercial", "restricted"}));
        CHECK_FALSE(v.skip(pack));
        const auto decision = json::parse(v.decision(pack).value());
        CHECK(decision.at("task") == "assess");
        CHECK(decision.at("output") == json{{"decision", "GO"}});
        CHECK_THAT(decision.at("pack").get<std::string>(), SMELT_CONTAINS("pack.yaml@"));
        CHECK_FALSE(weigh(pack, hits(pack, {"override"})).decision(pack));
    }
}
