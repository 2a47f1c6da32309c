#include "catch.hpp"
#include "extraction.hpp"

#include "smelt/base/error.hpp"

#include <thread>

using namespace extraction_test;
using smelt::usage_error;
using smelt::extraction::compiled_task;
using smelt::extraction::feedback;
using smelt::extraction::render_error;

TEST_CASE("a template is filled with the record's own text, without HTML escaping") {
    CHECK(user_text("Title: {{title}}\n", R"({"title": "a < b & \"c\" é\n"})") == "Title: a < b & \"c\" é\n\n");
    CHECK(user_text("{{{a}}}{{& a }}{{ a }}", R"({"a": "<"})") == "<<<");
    CHECK(user_text("costs ${PRICE} {not a tag} }}", "{}") == "costs ${PRICE} {not a tag} }}");
}

TEST_CASE("numbers keep their own digits, booleans are words, containers are compact JSON") {
    CHECK(user_text("{{n}} {{f}} {{t}} {{b}}", R"({"n": 12345678901234567890123, "f": 1.50, "t": true, "b": false})") ==
          "12345678901234567890123 1.50 true false");
    CHECK(user_text("{{o}} {{l}}", R"({"o": {"x": [1, 2.0], "y": "a\"\u0001b"}, "l": [ ]})") ==
          R"({"x":[1,2.0],"y":"a\"\u0001b"} [])");
}

TEST_CASE("a dotted name goes down into objects") {
    CHECK(user_text("{{extract.title}}", R"({"extract": {"title": "T"}})") == "T");
    CHECK_THROWS_AS(user_text("{{extract.title}}", R"({"extract": "T"})"), render_error);
}

TEST_CASE("a field that is absent or null fails the record and is named") {
    CHECK_THROWS_WITH(user_text("{{title}}", "{}"), SMELT_CONTAINS("\"title\"") && SMELT_CONTAINS("user template"));
    CHECK_THROWS_WITH(user_text("{{a}}{{b}}", R"({"a": "x", "b": null})"), SMELT_CONTAINS("\"b\""));
    CHECK_THROWS_AS(user_text("{{#a}}{{b}}{{/a}}", R"({"a": "x"})"), render_error);
    CHECK_THROWS_AS(user_text("{{#a}}{{b}}{{/a}}", R"({"a": "x", "b": null})"), render_error);
    CHECK(user_text("x{{a}}", R"({"a": ""})") == "x");
    CHECK_THROWS_WITH(user_text(" {{a}}", R"({"a": ""})"), SMELT_CONTAINS("the user prompt is empty"));
}

TEST_CASE("a section asks for a field, so the field may be absent") {
    const std::string user =
        "Title: {{title}}\n{{#abstract}}\nAbstract: {{abstract}}\n{{/abstract}}\n{{^abstract}}\nNone.\n{{/abstract}}\n";
    CHECK(user_text(user, R"({"title": "T", "abstract": "A"})") == "Title: T\nAbstract: A\n");
    for (const char *fields :
         {R"({"title": "T"})", R"({"title": "T", "abstract": null})", R"({"title": "T", "abstract": ""})",
          R"({"title": "T", "abstract": false})", R"({"title": "T", "abstract": []})"})
        CHECK(user_text(user, fields) == "Title: T\nNone.\n");
}

TEST_CASE("false is a condition in a section and a word outside of it") {
    CHECK(user_text("{{#open}}yes{{/open}}{{^open}}no{{/open}} {{open}}", R"({"open": false})") == "no false");
    CHECK(user_text("{{#open}}yes{{/open}}{{^open}}no{{/open}} {{open}}", R"({"open": true})") == "yes true");
    CHECK(user_text("{{#n}}{{n}}{{/n}}", R"({"n": 0})") == "0");
}

TEST_CASE("lists repeat a section, with {{.}} for the item and outer fields in reach") {
    CHECK(user_text("{{#tags}}<{{.}}>{{/tags}}", R"({"tags": ["a", 1.0, true, {"x": 1}]})") ==
          R"(<a><1.0><true><{"x":1}>)");
    CHECK(user_text("{{#authors}}{{name}} ({{year}}){{#mail}} {{mail}}{{/mail}};{{/authors}}",
                    R"({"year": 2020, "mail": null, "authors": [{"name": "A", "mail": "a@b"}, {"name": "B"}]})") ==
          "A (2020) a@b;B (2020);");
    CHECK(user_text("{{#rows}}{{#.}}{{.}}{{/.}}|{{/rows}}", R"({"rows": [[1, 2], [3]]})") == "12|3|");
    CHECK(user_text("{{#authors}}{{name}},{{/authors}}{{authors}}", R"({"authors": [{"name": "A"}]})") ==
          R"(A,[{"name":"A"}])");
}

TEST_CASE("a name with dots is the field of that name before it is a member") {
    CHECK(user_text("{{user.name}}", R"({"user.name": "Ola"})") == "Ola");
    CHECK(user_text("{{user.name}}", R"({"user.name": "Ola", "user": {"name": "Per"}})") == "Ola");
    CHECK(user_text("{{user.name}}", R"({"user.age": 3, "user": {"name": "Per"}})") == "Per");
    CHECK(user_text("{{a.b.c}} {{a.b.d}} {{e.f.g}}", R"({"a.b": {"c": 1}, "a": {"b.d": 2}, "e": {"f": {"g": 3}}})") ==
          "1 2 3");
    CHECK(user_text("{{#user.tags}}{{.}},{{/user.tags}}", R"({"user.tags": ["x", "y"]})") == "x,y,");
}

TEST_CASE("an inner null is not replaced by an outer field of the same name") {
    CHECK(user_text("{{#author}}{{#mail}}has mail{{/mail}}{{/author}}.",
                    R"({"mail": "x", "author": {"mail": null}})") == ".");
}

TEST_CASE("fields are those that are named anywhere, required those outside of every section") {
    auto d = definition("{{title}} {{a.b}} {{#c}}{{d}}{{.}}{{/c}} {{^e}}{{f}}{{/e}} {{! g }}");
    d.system = "{{h}}";
    const compiled_task task{d};
    CHECK(task.fields() == std::set<std::string>{"a.b", "c", "d", "e", "f", "h", "title"});
    CHECK(task.required_fields() == std::set<std::string>{"a.b", "h", "title"});
}

TEST_CASE("a field may stand in a section of its own and outside") {
    CHECK(compiled_task{definition("{{#a}}{{a}}{{/a}}")}.required_fields().empty());
    CHECK(compiled_task{definition("{{#a}}{{a}}{{/a}}{{a}}")}.required_fields() == std::set<std::string>{"a"});
}

TEST_CASE("a broken template is refused with its task, part and line") {
    const auto refused = [](const std::string &user) {
        try {
            compiled_task{definition(user)};
        } catch (const usage_error &e) {
            return std::string{e.what()};
        }
        return std::string{"accepted"};
    };
    CHECK(refused("a\nb\n{{#x}}\n{{x}}").rfind("task extract, user template, line 3: ", 0) == 0);
    CHECK_THAT(refused("{{#x}}\n{{/y}}"), SMELT_CONTAINS("line 2") && SMELT_CONTAINS("{{/x}}"));
    CHECK_THAT(refused("{{/x}}"), SMELT_CONTAINS("not opened"));
    CHECK_THAT(refused("{{#a}}{{#b}}{{/a}}{{/b}}"), SMELT_CONTAINS("has to be"));
    CHECK_THAT(refused("ends {{"), SMELT_CONTAINS("not closed"));
    CHECK_THAT(refused("ends {{x"), SMELT_CONTAINS("not closed"));
    CHECK_THAT(refused("ends {{{x}}"), SMELT_CONTAINS("not closed"));
    CHECK_THAT(refused("{{}}"), SMELT_CONTAINS("no field"));
    CHECK_THAT(refused("{{#}}{{/}}"), SMELT_CONTAINS("no field"));
    CHECK_THAT(refused("{{> header}}"), SMELT_CONTAINS("partials"));
    CHECK_THAT(refused("{{=<% %>=}}"), SMELT_CONTAINS("delimiters"));
    CHECK_THAT(refused("{{a..b}}"), SMELT_CONTAINS("field's name"));
    CHECK_THAT(refused("{{.}}"), SMELT_CONTAINS("inside a section"));
}

TEST_CASE("an empty system template gives no system message") {
    auto d = definition("{{a}}");
    d.system = "{{#b}}about {{b}}{{/b}}\n";
    const compiled_task task{d};
    CHECK(task.render(R"({"a": "x"})", nullptr).size() == 1);
    const auto both = task.render(R"({"a": "x", "b": "y"})", nullptr);
    REQUIRE(both.size() == 2);
    CHECK(both[0].role == "system");
    CHECK(both[0].content == "about y\n");
    CHECK(both[1].role == "user");
}

TEST_CASE("feedback follows the user's text as answer and correction") {
    const compiled_task task{definition("{{a}}")};
    const feedback previous{"{\"year\": 1}", "at /year: expected a number not below 1900, found 1"};
    const auto messages = task.render(R"({"a": "x"})", &previous);
    REQUIRE(messages.size() == 3);
    CHECK(messages[1].role == "assistant");
    CHECK(messages[1].content == previous.answer);
    CHECK(messages[2].role == "user");
    CHECK_THAT(messages[2].content, SMELT_CONTAINS("not accepted") && SMELT_CONTAINS(previous.message));

    SECTION("a long answer is clipped between characters") {
        std::string umlauts = "a";
        while (umlauts.size() < 20'000)
            umlauts += "ä";
        const feedback longer{umlauts, "no"};
        const auto clipped = task.render(R"({"a": "x"})", &longer)[1].content;
        CHECK(clipped.size() == 8191);
        CHECK(umlauts.rfind(clipped, 0) == 0);
    }
    SECTION("without an answer there is no empty assistant message") {
        const feedback silent{"", "no"};
        const auto short_form = task.render(R"({"a": "x"})", &silent);
        REQUIRE(short_form.size() == 2);
        CHECK(short_form[1].role == "user");
    }
}

TEST_CASE("fields that are not an object of JSON fail the record, not the program") {
    CHECK_THROWS_AS(user_text("x", ""), render_error);
    CHECK_THROWS_AS(user_text("x", "[1]"), render_error);
    CHECK_THROWS_AS(user_text("x", "{\"a\": "), render_error);
    CHECK_THROWS_AS(user_text("x", "{\"a\":" + std::string(5000, '[')), render_error);
}

TEST_CASE("several threads may render with one task") {
    const compiled_task task{definition("{{#l}}{{.}},{{/l}}{{a}}")};
    std::vector<std::thread> threads;
    std::array<int, 4> wrong{};
    for (std::size_t i = 0; i < wrong.size(); ++i)
        threads.emplace_back([&, i] {
            for (int n = 0; n < 200; ++n) {
                const auto number = std::to_string(n);
                const auto text =
                    task.render("{\"l\": [" + number + ", 2], \"a\": \"x" + number + "\"}", nullptr).back().content;
                wrong[i] += text != number + ",2,x" + number;
            }
        });
    for (auto &t : threads)
        t.join();
    CHECK(wrong == std::array<int, 4>{});
}

TEST_CASE("examples stand between the system prompt and the record's own question") {
    auto d = definition("Rate {{title}}");
    d.system = "You rate.";
    d.examples = {{"Rate tea", "7"}, {"Rate mud", "1"}};
    const smelt::extraction::feedback previous{"x", "not a number"};
    const auto messages = compiled_task{d}.render(R"({"title": "soup"})", &previous);
    std::string all;
    for (const auto &m : messages)
        all += m.role + ": " + m.content.substr(0, m.content.find('\n')) + "; ";
    CHECK(
        all ==
        "system: You rate.; user: Rate tea; assistant: 7; user: Rate mud; assistant: 1; user: Rate soup; assistant: x; "
        "user: The previous answer was not accepted: not a number; ");
}

TEST_CASE("all fields of a record stand as lines, without what is empty and what is left out") {
    const std::string record =
        R"({"years_experience":"7","name":"Ann","notes":"","skills":"C++, SQL","n":1.50,"gone":null,"tasks":{"a":1}})";
    auto d = definition("{{all_fields}}");
    CHECK(compiled_task{d}.render(record, nullptr).back().content ==
          "N: 1.50\nName: Ann\nSkills: C++, SQL\nYears Experience: 7");
    CHECK(compiled_task{d}.names_all_fields());
    CHECK(compiled_task{d}.fields().empty());
    d.all_fields.except = {"name"};
    CHECK(compiled_task{d}.render(record, nullptr).back().content == "N: 1.50\nSkills: C++, SQL\nYears Experience: 7");
    d.all_fields = {{"skills", "absent", "name"}, {}};
    CHECK(compiled_task{d}.render(record, nullptr).back().content == "Skills: C++, SQL\nName: Ann");
    d.user = "{{name}}:\n{{#all_fields}}- {{label}} ({{name}}) = {{value}}\n{{/all_fields}}{{skills}}";
    const compiled_task section{d};
    CHECK(section.render(record, nullptr).back().content ==
          "Ann:\n- Skills (skills) = C++, SQL\n- Name (name) = Ann\nC++, SQL");
    CHECK(section.fields() == std::set<std::string>{"name", "skills"});
    d.user = "{{#all_fields}}{{label}} of {{years_experience}} {{/all_fields}}";
    CHECK(compiled_task{d}.fields() == std::set<std::string>{"years_experience"});
    CHECK(compiled_task{d}.required_fields() == std::set<std::string>{"years_experience"});
    d.user = "{{all_fields}}";
    d.all_fields = {{"absent"}, {}};
    CHECK_THROWS_AS(compiled_task{d}.render(record, nullptr), smelt::extraction::render_error);
    CHECK(definition_hash(definition_from_json(to_json(d))) == definition_hash(d));
}
