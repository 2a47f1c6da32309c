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
    smelt::extraction::placeholders found;
    (void)task.render(fields, nullptr, &found);
    const auto stored = smelt::extraction::write_placeholders(found);
    return task.restored(answer, stored.empty() ? smelt::extraction::placeholders{}
                                                : smelt::extraction::read_placeholders(stored));
}

} // namespace

TEST_CASE("addresses of mail are hidden as people write them") {
    CHECK(hidden(emails, "write to a.b+c@example.org, or B@Sub.Example.co.uk.") == "write to [EMAIL_1], or [EMAIL_2].");
    CHECK(hidden(emails, "<jürgen@müller.de> and o'hara@x.io; again jürgen@müller.de") ==
          "<[EMAIL_1]> and [EMAIL_2]; again [EMAIL_1]");
    CHECK(hidden(emails, "a @ b, x@y, @nobody, 5@3.2") == "a @ b, x@y, @nobody, 5@3.2");
    CHECK(hidden(emails, "john＠example.com user%40example.com root@10.0.0.1 a@b.com.a@b.com") ==
          "[EMAIL_1] [EMAIL_2] [EMAIL_3] [EMAIL_4]");
}

TEST_CASE("telephone numbers are hidden, dates and amounts are not") {
    CHECK(hidden(phones, "call +49 30 1234567 or (0)30-1234567") == "call [PHONE_1] or [PHONE_2]");
    CHECK(hidden(phones, "0171/1234567, 030 12 34 56 78, 0044 20 7946 0958") == "[PHONE_1], [PHONE_2], [PHONE_3]");
    CHECK(hidden(phones, "(212) 555-0123 and 212.555.0123") == "[PHONE_1] and [PHONE_2]");
    CHECK(hidden(phones, "+49–170–1234567, +49‑170‑1234567, ＋49 170 1234567") == "[PHONE_1], [PHONE_2], [PHONE_3]");
    for (const auto *const none :
         {"0.00012345", "00:00:01.123456", "01.02.2024 10:30", "2024-01-01 00:00:00 2024-02-02", "longitude 013.404954",
          "+1000000 people", "a1b2-0012345678", "10.1007/s11192-020-03456-0"})
        CHECK(hidden(phones, none) == none);
    CHECK(hidden(phones, "on 01.02.2026 and 2026-11-30 for 1000000 or 3.50, chapter 4-12") ==
          "on 01.02.2026 and 2026-11-30 for 1000000 or 3.50, chapter 4-12");
}

TEST_CASE("account numbers are hidden, with blanks too, and the words behind them stay") {
    CHECK(hidden(ibans, "DE89 3704 0044 0532 0130 00 AND MORE") == "[IBAN_1] AND MORE");
    CHECK(hidden(ibans, "to GB82WEST12345698765432.") == "to [IBAN_1].");
    CHECK(hidden(ibans, "a slip: DE88370400440532013000") == "a slip: [IBAN_1]");
    CHECK(hidden(ibans, "AB12 IS NO ACCOUNT") == "AB12 IS NO ACCOUNT");
    CHECK(hidden(ibans, "de89 3704 0044 0532 0130 00 is mine, DE89-3704-0044-0532-0130-00 too") ==
          "[IBAN_1] is mine, [IBAN_2] too");
    CHECK(hidden(ibans, "short: DE89 3704 0044 0532 0130 AND MORE") == "short: [IBAN_1] AND MORE");
    CHECK(hidden(ibans, "HE00LLOWORLDTHISISATEST AB12CDEFGHIJKLMNOPQR") ==
          "HE00LLOWORLDTHISISATEST AB12CDEFGHIJKLMNOPQR");
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

TEST_CASE("what was put back is hidden in whatever form it is repeated") {
    auto d = with({{{"name"}, "", ".+", "[NAME_{{n}}]", true}}, "{{name}}: {{tasks.ex.s}} {{tasks.ex.m}}");
    CHECK(prompt(d, R"({"name": "Eve Holt", "tasks": {"ex": {"s": "Eve Holts father", "m": {"Eve Holt": 1}}}})") ==
          R"([NAME_1]: [NAME_1]s father {"[NAME_1]":1})");
    CHECK(prompt(d, R"({"name": "田中", "tasks": {"ex": {"s": "田中さん", "m": 1}}})") == "[NAME_1]: [NAME_1]さん 1");
    CHECK(prompt(d, R"({"name": "Li", "tasks": {"ex": {"s": "_Li_ Lima", "m": 1}}})") == "[NAME_1]: _[NAME_1]_ Lima 1");
    const feedback cut{"", "found \"xxx Eve Maria Hol...\""};
    CHECK(prompt(d, R"({"name": "Eve Maria Holt", "tasks": {"ex": {"s": "a", "m": 1}}})", &cut).find("Eve") ==
          std::string::npos);
    std::string filler(8 * 1024 - 12, 'x');
    const feedback long_one{filler + " Eve Maria Holt", "no"};
    CHECK(prompt(d, R"({"name": "Eve Maria Holt", "tasks": {"ex": {"s": "a", "m": 1}}})", &long_one).find("Eve") ==
          std::string::npos);
}

TEST_CASE("names of members are hidden, too, but for those of the record's own fields") {
    CHECK(prompt(with({emails}, "{{o}} {{a@x.org}}"), R"({"o": {"john@key.com": 1}, "a@x.org": "v"})") ==
          R"({"[EMAIL_1]":1} v)");
}

TEST_CASE("a number in a field is hidden like a text") {
    CHECK(prompt(with({phones}), R"({"text": 491711234567})") == "491711234567");
    CHECK(prompt(with({regex("[0-9]{6,}")}), R"({"text": 491711234567})") == "[X_1]");
}

TEST_CASE("an expression that cannot be used is refused, and the definition keeps its rules") {
    CHECK_THROWS_AS(compiled_task{with({regex("(")})}, usage_error);
    CHECK_THROWS_AS(compiled_task{with({regex("a*")})}, usage_error);
    const auto d = with({emails, regex("x+")});
    const auto again = smelt::definition_from_json(smelt::to_json(d));
    CHECK(smelt::definition_hash(again) == smelt::definition_hash(d));
    CHECK(smelt::definition_hash(with({})) != smelt::definition_hash(d));
    CHECK(smelt::to_json(with({})).contains("redact") == false);
}
