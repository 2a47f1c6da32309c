#include "smelt/store/rule_packs.hpp"

#include "blame.hpp"
#include "family_scan.hpp"
#include "rule_transaction.hpp"
#include "sql/rules.hpp"
#include "statements.hpp"

#include "smelt/base/error.hpp"
#include "smelt/db/sql_problem.hpp"

#include <algorithm>
#include <map>

namespace smelt::store {
namespace {

/// In one statement, whose parameters the texts are.
constexpr std::size_t most_texts = 500;
constexpr std::size_t most_bytes = 16'000'000;

/// Of texts.
using numbers = std::vector<std::size_t>;

class search {
  public:
    search(db::connection &c, const config::rule_pack &pack, const std::vector<std::string_view> &texts)
        : connection_{c}, pack_{pack}, texts_{texts} {}

    /// A family in those of the texts in which it is found.
    void locate(std::size_t family, const numbers &texts) {
        numbers part;
        std::size_t bytes = 0;
        for (const auto text : texts) {
            if (part.size() == most_texts || (!part.empty() && bytes + texts_[text].size() > most_bytes)) {
                locate_in_part(family, part);
                part.clear();
                bytes = 0;
            }
            part.push_back(text);
            bytes += texts_[text].size();
        }
        if (!part.empty())
            locate_in_part(family, part);
    }

    std::vector<found_family> found() {
        std::vector<found_family> all;
        all.reserve(found_.size());
        for (auto &[place, family] : found_)
            all.push_back(std::move(family));
        return all;
    }

  private:
    /// Parameters: the pattern and the flags, then the texts.
    [[nodiscard]] std::vector<db::parameter> parameters(const std::string &pattern, const std::string &flags,
                                                        const numbers &texts) const {
        std::vector<db::parameter> values{pattern, flags};
        for (const auto text : texts)
            values.emplace_back(texts_[text]);
        return values;
    }

    /// The statement with a row for each text, $3 and those that follow, instead of the one that stands there.
    static std::string with_rows(std::string_view statement, std::size_t texts) {
        std::string rows;
        for (std::size_t i = 0; i < texts; ++i)
            rows += (i == 0 ? "(" : ", (") + std::to_string(i) + ", $" + std::to_string(i + 3) + "::text)";
        constexpr std::string_view mark = "(0, NULL::text)";
        std::string all{statement};
        return all.replace(all.find(mark), mark.size(), rows);
    }

    /// A text that makes it fail is found by halving.
    void locate_in_part(std::size_t family, const numbers &texts) {
        try {
            ask(family, texts);
        } catch (const pqxx::sql_error &e) {
            if (!blames_a_row(e, connection_))
                throw;
            if (texts.size() == 1)
                throw search_error{texts.front(), family, db::brief_message(e.what())};
            const auto middle = texts.begin() + static_cast<std::ptrdiff_t>(texts.size() / 2);
            locate_in_part(family, {texts.begin(), middle});
            locate_in_part(family, {middle, texts.end()});
        }
    }

    void ask(std::size_t family, const numbers &texts) {
        const auto pattern = pack_.families[family].alternation();
        const std::string flags = pack_.families[family].ignore_case ? "i" : "c";
        rule_transaction tx{connection_};
        for (const auto &row : tx.get().exec_list(with_rows(sql::rules_family_places.text, texts.size()),
                                                  parameters(pattern, flags, texts)))
            add(texts[row["n"].as<std::size_t>()], family, row);
    }

    void add(std::size_t text_number, std::size_t family, const pqxx::row &row) {
        auto &one = found_[{text_number, family}];
        one.text = text_number;
        one.family = family;
        one.count = row["matches"].as<std::int64_t>();
        one.places.push_back({row["place"].as<std::int64_t>(), text(row["words"])});
    }

    db::connection &connection_;
    const config::rule_pack &pack_;
    const std::vector<std::string_view> &texts_;
    std::map<std::pair<std::size_t, std::size_t>, found_family> found_;
};

void check_pattern(db::connection &c, const config::rule_pack &pack, const config::rule_family &family,
                   const std::string &pattern) {
    const auto fail = [&](const std::string &problem, const std::string &hint) {
        throw file_error{pack.file, family.line, "family " + family.name + ", pattern " + pattern + ": " + problem,
                         hint};
    };
    try {
        rule_transaction tx{c};
        // Of nothing, and of nothing between other characters.
        if (tx.get()
                .exec_one("SELECT '' ~ $1 OR coalesce(regexp_substr('a 1-B', $1) = '', false)", pattern)[0]
                .as<bool>())
            fail("it matches where nothing stands, so in every text", "name what has to be there");
    } catch (const pqxx::sql_error &e) {
        if (!blames_a_row(e, c))
            throw;
        fail("PostgreSQL does not accept it: " + db::brief_message(e.what()),
             "put it into single quotes in YAML, and see \"POSIX Regular Expressions\" in PostgreSQL's manual");
    }
}

} // namespace

family_finder::family_finder(const config::rule_pack &pack) : pack_{pack}, scan_{std::make_unique<family_scan>(pack)} {}

family_finder::~family_finder() = default;

std::vector<found_family> family_finder::find(db::connection &c, std::string_view field,
                                              const std::vector<std::string_view> &texts) const {
    std::vector<numbers> candidates(pack_.families.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto may_be = scan_->candidates(texts[i]);
        for (std::size_t family = 0; family < may_be.size(); ++family)
            if (may_be[family] && !texts[i].empty())
                candidates[family].push_back(i);
    }
    search s{c, pack_, texts};
    for (std::size_t i = 0; i < candidates.size(); ++i)
        if (std::ranges::find(pack_.families[i].fields, field) != pack_.families[i].fields.end())
            s.locate(i, candidates[i]);
    return s.found();
}

void check_rule_pack(db::connection &c, const config::rule_pack &pack) {
    for (const auto &family : pack.families)
        for (const auto &pattern : family.patterns)
            check_pattern(c, pack, family, pattern);
}

} // namespace smelt::store
