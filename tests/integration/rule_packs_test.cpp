#include "catch.hpp"
#include "error_of.hpp"
#include "temp_database.hpp"

#include "smelt/base/error.hpp"
#include "smelt/store/rule_packs.hpp"

#include <fmt/format.h>

#include <map>
#include <random>

using namespace smelt;

namespace {

struct packs_world {
    smelt::test::temp_database database;
    db::connection connection{database.conninfo(), "test"};

    /// A family for each pattern, looked for in the field text.
    static config::rule_pack pack(const std::vector<std::string> &patterns, bool ignore_case = true) {
        config::rule_pack made{"pack.yaml", "hash", {}, {}};
        for (const auto &pattern : patterns) {
            config::rule_family family;
            family.name = "f" + std::to_string(made.families.size());
            family.fields = {"text"};
            family.patterns = {pattern};
            family.ignore_case = ignore_case;
            family.line = 7;
            made.order.push_back(made.families.size());
            made.families.push_back(std::move(family));
        }
        return made;
    }

    std::vector<store::found_family> find(const config::rule_pack &p, const std::vector<std::string> &texts) {
        return store::family_finder{p}.find(connection, "text", {texts.begin(), texts.end()});
    }

    std::string refusal(const std::string &pattern) {
        return smelt::test::error_of<file_error>([&] { store::check_rule_pack(connection, pack({pattern})); });
    }

    /// By PostgreSQL alone.
    bool holds(const std::string &text, const std::string &pattern) {
        db::transaction tx{connection, {.read_only = true}};
        return tx.exec_one("SELECT regexp_like($1, $2, 'i')", text, pattern)[0].as<bool>();
    }
};

std::string words_of(const store::found_family &f) {
    std::string all;
    for (const auto &place : f.places)
        all += fmt::format("{}:{} ", place.at, place.words);
    return all;
}

/// Patterns and texts of few characters, so that many are found.
class dice {
  public:
    std::string pattern(int depth = 0) {
        std::string made;
        for (int i = pick(3) + 1; i > 0; --i)
            made += piece(depth);
        return pick(4) == 0 && depth < 2 ? made + "|" + pattern(depth + 1) : made;
    }
    std::string text() {
        static const std::vector<std::string> parts{"a",      "B",      "b",      "i",      "I",      "1",  " ",
                                                    "  ",     "-",      ".",      "\n",     "(",      "\\", "ab",
                                                    "\u0130", "\u0131", "\u00e9", "\u00c9", "\u20ac", "_"};
        std::string made;
        for (int i = pick(9); i > 0; --i)
            made += parts[static_cast<std::size_t>(pick(static_cast<int>(parts.size())))];
        return made;
    }

  private:
    int pick(int below) { return static_cast<int>(numbers_() % static_cast<unsigned>(below)); }
    std::string piece(int depth) {
        static const std::vector<std::string> atoms{
            "a",      "b",      "i",   "1",    " ",           "\\.",   ".",       "\\s",          "\\w",
            "\\W",    "\\d",    "\\S", "[ab]", "[^a]",        "[]a]",  "[^]\\s]", "[[:alpha:]_]", "[a-c1]",
            "\u00e9", "\u20ac", "\\(", "-",    "[[:space:]]", "[\\w-]"};
        static const std::vector<std::string> marks{"\\m", "\\M", "\\y", "\\Y", "^", "$", "\\A", "\\Z"};
        static const std::vector<std::string> times{"", "", "", "*", "+", "?", "{1,2}", "{0,1}", "*?", "{2}"};
        if (pick(6) == 0)
            return marks[static_cast<std::size_t>(pick(static_cast<int>(marks.size())))];
        auto atom = atoms[static_cast<std::size_t>(pick(static_cast<int>(atoms.size())))];
        if (depth < 2 && pick(5) == 0)
            atom = (pick(2) == 0 ? "(?:" : "(") + pattern(depth + 1) + ")";
        if (depth < 2 && pick(12) == 0)
            return std::string{pick(2) == 0 ? "(?=" : "(?<!"} + atom + ")";
        return atom + times[static_cast<std::size_t>(pick(static_cast<int>(times.size())))];
    }
    std::mt19937 numbers_{20261130}; // NOLINT(cert-msc32-c,cert-msc51-cpp): the same each time
};

} // namespace

TEST_CASE("families are found with words and places, counted in characters") {
    packs_world w;
    const auto pack = packs_world::pack({R"(\msecret\M)", "caf\u00e9s?", "^x", "none"});
    const auto found =
        w.find(pack, {"A Secret, \u20ac secret; secretly", "two cafe\u0301, two caf\u00e9s", "", "x\nx"});
    REQUIRE(found.size() == 3);
    CHECK(found[0].text == 0);
    CHECK(found[0].family == 0);
    CHECK(found[0].count == 2);
    CHECK(words_of(found[0]) == "3:Secret 13:secret ");
    CHECK(words_of(found[1]) == "16:caf\u00e9s ");
    CHECK(words_of(found[2]) == "1:x ");
    CHECK(w.find(packs_world::pack({"secret"}, false), {"Secret"}).empty());
}

TEST_CASE("of many matches the first are kept, and all are counted") {
    packs_world w;
    std::string text;
    for (int i = 0; i < 300; ++i)
        text += "warranty and " + std::string(300, 'y') + " ";
    const auto found = w.find(packs_world::pack({"warranty", "y+"}), {text});
    REQUIRE(found.size() == 2);
    CHECK(found[0].count == 300);
    CHECK(found[0].places.size() == 20);
    CHECK(found[1].places[1].words.size() == 200);
}

TEST_CASE("what a pattern is found in is what PostgreSQL says, whatever is looked at first") {
    packs_world w;
    dice d;
    std::vector<std::string> patterns;
    while (patterns.size() < 250) {
        auto one = d.pattern();
        const bool is_accepted = [&] {
            try {
                w.holds("", one);
                return true;
            } catch (const pqxx::sql_error &) {
                return false;
            }
        }();
        if (is_accepted)
            patterns.push_back(std::move(one));
    }
    std::vector<std::string> texts;
    texts.reserve(60);
    for (int i = 0; i < 60; ++i)
        texts.push_back(d.text());
    const auto pack = packs_world::pack(patterns);
    std::map<std::pair<std::size_t, std::size_t>, bool> found;
    for (const auto &one : w.find(pack, texts))
        found[{one.text, one.family}] = true;
    db::transaction tx{w.connection, {.read_only = true}};
    const auto rows = tx.exec(
        "SELECT t.n - 1, p.n - 1, regexp_like(t.x, p.x, 'i') FROM unnest($1::text[]) WITH ORDINALITY AS t (x, n), "
        "unnest($2::text[]) WITH ORDINALITY AS p (x, n) WHERE t.x <> ''",
        db::array_literal(texts), db::array_literal(patterns));
    std::size_t holding = 0;
    for (const auto &row : rows) {
        const auto text = row[0].as<std::size_t>();
        const auto family = row[1].as<std::size_t>();
        holding += row[2].as<bool>() ? 1 : 0;
        // A match of nothing has no words: check_rule_pack refuses such patterns.
        if (row[2].as<bool>() == found.contains({text, family}))
            continue;
        const auto words =
            tx.exec_one("SELECT coalesce(regexp_substr($1, $2, 1, 1, 'i'), '')", texts[text], patterns[family])[0];
        CAPTURE(texts[text], patterns[family], row[2].as<bool>());
        CHECK(words.size() == 0);
    }
    CHECK(holding > 1000);
}

TEST_CASE("patterns that PostgreSQL does not accept, or that match nothing at all, are refused with their line") {
    packs_world w;
    CHECK_THAT(w.refusal("(a"),
               SMELT_CONTAINS("pack.yaml:7") && SMELT_CONTAINS("family f0") && SMELT_CONTAINS("parentheses"));
    CHECK_THAT(w.refusal("a)|(b"), SMELT_CONTAINS("does not accept it"));
    CHECK_THAT(w.refusal("a*"), SMELT_CONTAINS("where nothing stands"));
    CHECK_THAT(w.refusal(R"(\y)"), SMELT_CONTAINS("where nothing stands"));
    CHECK_THAT(w.refusal("x|"), SMELT_CONTAINS("where nothing stands"));
    CHECK(w.refusal(R"(\msecret\M|(?<!un)classified)") == "no error");
}

TEST_CASE("a text in which a family cannot be looked for is named") {
    packs_world w;
    const auto pack = packs_world::pack({"(a"}); // as if nobody had checked it
    try {
        w.find(pack, {"one", "a", "three"});
        FAIL("no error");
    } catch (const store::search_error &e) {
        CHECK(e.family() == 0);
        CHECK_THAT(e.what(), SMELT_CONTAINS("parentheses"));
    }
}
