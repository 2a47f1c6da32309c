#include "catch.hpp"

#include "smelt/base/error.hpp"
#include "smelt/extraction/compiled_task.hpp"

using smelt::redact_rule;
using smelt::task_definition;
using smelt::usage_error;
using smelt::extraction::compiled_task;
using smelt::extraction::feedback;

namespace {

const redact_rule emails{{}, "email", "", "[EMAIL_{{n}}]", true};
const redact_rule phones{{}, "phone", "", "[PHONE_{{n}}]", true};
const redact_rule ibans{{}, "iban", "", "[IBAN_{{n}}]", true};

redact_rule regex(const std::string &expression, const std::string &as = "[X_{{n}}]") {
    return {{}, "", expression, as, as.find("{{n}}") != std::string::npos};
}

task_definition with(std::vector<redact_rule> rules, const std::string &user = "{{text}}") {
    task_definition d;
    d.name = "t";
    d.model = "m";
    d.user = user;
    d.redact = std::move(rules);
    return d;
}

std::string prompt(const task_definition &d, const std::string &fields, const feedback *previous = nullptr) {
    const compiled_task task{d};
    std::string all;
    for (const auto &message : task.render(fields, previous))
        all += (all.empty() ? "" : "|") + message.content;
    return all;
}

std::string hidden(const redact_rule &rule, const std::string &text) {
    return prompt(with({rule}), R"({"text": ")" + text + "\"}");
}

std::string restored(const task_definition &d, const std::string &fields, const std::string &answer) {
    const compiled_task task{d};
    return task.restored(answer, task.hidden_in(fields));
}

} // namespace

TEST_CASE("addresses of mail are hidden as people write them") {
    CHECK(hidden(emails, "write to a.b+c@example.org, or B@Sub.Example.co.uk.") == "write to [EMAIL_1], or [EMAIL_2].");
    CHECK(hidden(emails, "<jürgen@müller.de> and o'hara@x.io; again jürgen@müller.de") ==
          "<[EMAIL_1]> and [EMAIL_2]; again [EMAIL_1]");
    CHECK(hidden(emails, "a @ b, x@y, @nobody, 5@3.2") == "a @ b, x@y, @nobody, 5@3.2");
}

TEST_CASE("telephone numbers are hidden, dates and amounts are not") {
    CHECK(hidden(phones, "call +49 30 1234567 or (0)30-1234567") == "call [PHONE_1] or [PHONE_2]");
    CHECK(hidden(phones, "0171/1234567, 030 12 34 56 78, 0044 20 7946 0958") == "[PHONE_1], [PHONE_2], [PHONE_3]");
    CHECK(hidden(phones, "(212) 555-0123 and 212.555.0123") == "[PHONE_1] and [PHONE_2]");
    CHECK(hidden(phones, "on 01.02.2026 and 2026-11-30 for 1000000 or 3.50, chapter 4-12") ==
          "on 01.02.2026 and 2026-11-30 for 1000000 or 3.50, chapter 4-12");
}

TEST_CASE("account numbers are hidden, with blanks too, and the words behind them stay") {
    CHECK(hidden(ibans, "DE89 3704 0044 0532 0130 00 AND MORE") == "[IBAN_1] AND MORE");
    CHECK(hidden(ibans, "to GB82WEST12345698765432.") == "to [IBAN_1].");
    CHECK(hidden(ibans, "a slip: DE88370400440532013000") == "a slip: [IBAN_1]");
    CHECK(hidden(ibans, "AB12 IS NO ACCOUNT") == "AB12 IS NO ACCOUNT");
}

TEST_CASE("the same text has the same number in all fields, and wherever else a prompt repeats it") {
    auto d = with({{{"text", "from.mail"}, "email", "", "[EMAIL_{{n}}]", true}},
                  "{{text}} {{from.mail}} {{note}} {{tasks.first.who}}");
    CHECK(prompt(d, R"({"text": "x@a.org y@a.org", "from": {"mail": "y@a.org"}, "note": "y@a.org z@a.org",
                        "tasks": {"first": {"who": "x@a.org"}}})") ==
          "[EMAIL_1] [EMAIL_2] [EMAIL_2] [EMAIL_2] z@a.org [EMAIL_1]");
}

TEST_CASE("what an answer repeats is put back, and nothing else") {
    auto d = with({emails, regex("Q[0-9]+", "[Q]")});
    const std::string fields = R"({"text": "x@a.org of Q17"})";
    CHECK(prompt(d, fields) == "[EMAIL_1] of [Q]");
    CHECK(restored(d, fields, "[EMAIL_1] wrote as [Q] and [EMAIL_2]") == "x@a.org wrote as [Q] and [EMAIL_2]");
    d.output = smelt::json::parse(R"({"type": "object", "properties": {"a": {"type": "string"}}})");
    d.redact = {regex("<.*>", "[T_{{n}}]")};
    const std::string quoted = R"({"text": "say <a \"b\"\\n> now"})";
    CHECK(prompt(d, quoted) == "say [T_1] now");
    CHECK(restored(d, quoted, R"({"a": "[T_1]"})") == R"({"a": "<a \"b\"\\n>"})");
}

TEST_CASE("a placeholder that stands in the record already is not used") {
    const auto d = with({emails});
    const std::string fields = R"({"text": "[EMAIL_1] is a@x.org"})";
    CHECK(prompt(d, fields) == "[EMAIL_1] is [EMAIL_2]");
    CHECK(restored(d, fields, "[EMAIL_1] [EMAIL_2]") == "[EMAIL_1] a@x.org");
}

TEST_CASE("of places that overlap the first counts, and nothing is hidden in a placeholder") {
    CHECK(prompt(with({emails, regex("[0-9]+")}), R"({"text": "b1@x.org 1 22"})") == "[EMAIL_1] [X_1] [X_2]");
    CHECK(prompt(with({regex("1"), emails}), R"({"text": "1 a@x.org 1"})") == "[X_1] [EMAIL_1] [X_1]");
}

TEST_CASE("feedback to the model does not show what was put back") {
    const auto d = with({emails});
    const feedback previous{R"({"who": "a@x.org"})", "\"a@x.org\" is not one of the words"};
    CHECK(prompt(d, R"({"text": "a@x.org"})", &previous).find("a@x.org") == std::string::npos);
}

TEST_CASE("a number in a field is hidden like a text") {
    CHECK(prompt(with({phones}), R"({"text": 491711234567})") == "491711234567");
    CHECK(prompt(with({regex("[0-9]{6,}")}), R"({"text": 491711234567})") == "[X_1]");
}

TEST_CASE("an expression that cannot be used is refused, and the definition keeps its rules") {
    CHECK_THROWS_AS(compiled_task{with({regex("(")})}, usage_error);
    const auto d = with({emails, regex("x+")});
    const auto again = smelt::definition_from_json(smelt::to_json(d));
    CHECK(smelt::definition_hash(again) == smelt::definition_hash(d));
    CHECK(smelt::definition_hash(with({})) != smelt::definition_hash(d));
    CHECK(smelt::to_json(with({})).contains("redact") == false);
}
