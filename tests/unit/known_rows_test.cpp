#include "catch.hpp"
#include "temp_folder.hpp"

#include "smelt/source/known_rows.hpp"
#include "smelt/source/reader.hpp"

#include <algorithm>
#include <random>

using namespace smelt;
using source::digest_piece;
using source::known_rows;

namespace {

using texts = std::vector<std::string>;

std::string key_of(const std::string &text) {
    return text.substr(0, text.find(','));
}

/// A file whose loads follow one another. Each row is "KEY,TEXT".
struct loads {
    std::vector<digest_piece> kept;
    std::size_t same = 0; ///< pieces that the last load did not write again
    std::unique_ptr<known_rows> last;

    /// The rows that have to be read.
    texts load(const texts &rows) {
        std::vector<digest_piece> written;
        same = 0;
        const auto read = [&](std::size_t n) { return n < kept.size() ? kept[n] : digest_piece{}; };
        const auto write = [&](std::size_t n, const digest_piece &piece, bool is_same) {
            REQUIRE(n == written.size());
            REQUIRE((!is_same || kept.at(n) == piece));
            same += is_same ? 1 : 0;
            written.push_back(piece);
        };
        last = std::make_unique<known_rows>(7, source::piece_store{read, write});
        texts fresh;
        for (const auto &row : rows) {
            if (last->seen(row))
                continue;
            last->add(key_of(row));
            fresh.push_back(row);
        }
        last->finish();
        CHECK(last->skipped() + static_cast<std::int64_t>(fresh.size()) == static_cast<std::int64_t>(rows.size()));
        kept = std::move(written);
        return fresh;
    }
};

texts numbered(int from, int to) {
    texts rows;
    for (int i = from; i < to; ++i)
        rows.push_back(std::to_string(i) + ",text");
    return rows;
}

std::vector<std::string> keys_in(const std::string &csv, loads &file) {
    const test::temp_folder folder;
    folder.write("a.csv", csv);
    config::source_spec spec;
    spec.patterns = {"a.csv"};
    spec.key.fields = {"id"};
    std::vector<digest_piece> written;
    const auto read = [&](std::size_t n) { return n < file.kept.size() ? file.kept[n] : digest_piece{}; };
    const auto write = [&](std::size_t, const digest_piece &piece, bool) { written.push_back(piece); };
    known_rows known{7, {read, write}};
    std::vector<std::string> keys;
    const auto reader = source::open_reader(spec, source::list_files(spec, folder.path()).at(0), {"t"}, &known);
    for (source::row row; reader->next(row);)
        keys.push_back(row.key + ":" + std::to_string(row.line));
    known.finish();
    file.kept = std::move(written);
    return keys;
}

} // namespace

TEST_CASE("a file that is loaded again has only new rows where rows were added, changed or taken away") {
    loads file;
    auto rows = numbered(0, 150'000);
    CHECK(file.load(rows) == rows);
    CHECK(file.load(rows).empty());
    CHECK(file.same == 3);

    rows.insert(rows.end(), {"150000,new", "150001,new"});
    CHECK(file.load(rows) == texts{"150000,new", "150001,new"});
    CHECK(file.same == 2);

    rows[70'000] = "70000,changed";
    CHECK(file.load(rows) == texts{"70000,changed"});
    CHECK(file.last->is_vacant("70000"));
    CHECK_FALSE(file.last->is_vacant("70001"));

    rows.insert(rows.begin() + 10, "new,at the beginning");
    CHECK(file.load(rows) == texts{"new,at the beginning"});

    rows.erase(rows.begin() + 20, rows.begin() + 80'000);
    CHECK(file.load(rows).empty());
    CHECK(file.last->is_vacant("100"));
}

TEST_CASE("each row that was loaded is recognised once") {
    loads file;
    file.load({"a,1", "b,2"});
    CHECK(file.load({"a,1", "a,1", "b,2"}) == texts{"a,1"});
    CHECK_FALSE(file.last->is_vacant("a"));
    CHECK(file.load({"b,2"}).empty());
}

TEST_CASE("rows in another order are recognised while they are near") {
    loads file;
    auto rows = numbered(0, 200'000);
    file.load(rows);
    std::mt19937 random{3};
    std::shuffle(rows.begin(), rows.end(), random);
    CHECK(file.load(rows).size() < 200'000);
    std::sort(rows.begin(), rows.end());
    CHECK(file.load(rows).size() <= 200'000);
    CHECK(file.load(rows).empty());
}

TEST_CASE("rows are known in their file as they stand there") {
    loads file;
    const std::string csv = "id,t\n1,a\n2,\"b\nb\"\n3,\"c, c\"\n4,d";
    CHECK(keys_in(csv, file) == texts{"1:2", "2:3", "3:5", "4:6"});
    CHECK(keys_in(csv, file).empty());
    CHECK(keys_in("id,t\n0,new\n1,a\n2,\"b\nb!\"\n3,\"c, c\"\n4,d\n", file) == texts{"0:2", "2:4"});
    // Another header gives every row another meaning.
    CHECK(keys_in("id,u\n0,new\n1,a\n2,\"b\nb!\"\n", file).size() == 3);
}
