#include "catch.hpp"
#include "pipeline_loader.hpp"

using namespace smelt;
using namespace smelt::test;

namespace {

const std::string listed =
    "pipeline: p\nsource:\n  key: id\n  http:\n    list:\n      url: \"https://portal.example/list?s={{id}}\"\n"
    "      ids: ids.txt\n      records: \"$.results[*]\"\ntasks:\n  t: {model: m, user: \"{{x}}\"}\n";

} // namespace

TEST_CASE("a file of ids: comments, empty lines, blanks at the ends and a byte order mark do not count") {
    loader l;
    l.folder.write("ids.txt", "\xEF\xBB\xBF# searches\n-abc_1  \n\n  xyz# mine\r\n-abc_1\n");
    CHECK(l.load(listed).source.http->list.names == std::vector<std::string>{"-abc_1", "xyz"});
}

TEST_CASE("a file of ids that is not there, or has none, is refused with its place") {
    loader l;
    CHECK_THAT(l.error(listed), SMELT_CONTAINS("7: ") && SMELT_CONTAINS("there is no file of ids"));
    l.folder.write("ids.txt", "\n # none\n");
    CHECK_THAT(l.error(listed), SMELT_CONTAINS("ids.txt") && SMELT_CONTAINS("there is no id in the file"));
}

TEST_CASE("a path that is none is refused where it stands") {
    loader l;
    l.folder.write("ids.txt", "a\n");
    auto wrong = listed;
    wrong.replace(wrong.find("$.results[*]"), 12, "results");
    CHECK_THAT(l.error(wrong), SMELT_CONTAINS("8: ") && SMELT_CONTAINS("\"results\" is no path"));
}
