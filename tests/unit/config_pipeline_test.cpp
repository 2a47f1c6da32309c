#include "catch.hpp"
#include "pipeline_loader.hpp"

#include "smelt/base/error.hpp"
#include "smelt/config/pipeline.hpp"

using namespace smelt;
using namespace smelt::config;
using namespace smelt::test;

namespace {

const char *papers = R"(pipeline: papers
source: {csv: "data/*.csv", key: paper_id}        # csv | jsonl | text (one record per file) | sql (a query in the same database)
prefilter:                                         # free filters, SQL boolean over `fields`
  - {name: too_short, skip_if: "length(fields->>'abstract') < 40"}
provider: {name: openai, base_url: "https://api.openai.com/v1", api_key: {env: OPENAI_API_KEY}}   # or {file: …}, {command: [...]}
tasks:
  extract:
    model: gpt-5-mini
    params: {max_completion_tokens: 600}
    system: prompts/extract.md                     # a path or inline text; mustache over the record's fields, no HTML escaping
    user: |
      Title: {{title}}
      Abstract: {{abstract}}
    output: schemas/paper.json                     # JSON Schema, sent as structured output and checked on return
    rules:                                         # SQL boolean over `output` and `fields` (jsonb)
      - {name: year_plausible, check: "(output->>'year')::int between 1900 and 2030", severity: hard, message: "year out of range"}
      - {name: grounded, check: "position(output->>'title' in fields->>'title') > 0", severity: soft, weight: 0.3}
    score: {confidence: "$.confidence", review_below: 0.7}
    retry: {attempts: 3, deliveries: 5, backoff: 5m, feedback: true}
limits: {requests_per_batch: 50000, bytes_per_batch: 190MB, open_batches: 20}
)";

} // namespace

TEST_CASE("the example of the documentation loads as it is written") {
    const loader l;
    l.folder.write("prompts/extract.md", "Be exact, ${NOT_EXPANDED}.\n");
    l.folder.write(
        "schemas/paper.json",
        R"({"type":"object","required":["year"],"properties":{"title":{},"year":{},"confidence":{"type":"number"}}})");
    const auto p = l.load(papers);
    CHECK(p.name == "papers");
    CHECK(p.source.patterns == std::vector<std::string>{"data/*.csv"});
    CHECK(p.source.key.fields == std::vector<std::string>{"paper_id"});
    CHECK(p.prefilters == std::vector<prefilter>{{"too_short", "length(fields->>'abstract') < 40"}});
    CHECK(p.providers.front().api_key.env == "OPENAI_API_KEY");
    REQUIRE(p.task("extract"));
    const auto &d = p.task("extract")->definition;
    CHECK(d.model == "gpt-5-mini");
    CHECK(d.params.dump() == R"({"max_completion_tokens":600})");
    CHECK(d.system == "Be exact, ${NOT_EXPANDED}.\n");
    CHECK(d.user == "Title: {{title}}\nAbstract: {{abstract}}\n");
    CHECK(d.output["properties"].size() == 3);
    REQUIRE(d.rules.size() == 2);
    CHECK(d.rules[0].level == severity::hard);
    CHECK(d.rules[0].message == "year out of range");
    CHECK(d.rules[1].level == severity::soft);
    CHECK(d.rules[1].weight == 0.3);
    CHECK(d.score.confidence == "$.confidence");
    CHECK(d.score.review_below == 0.7);
    CHECK(d.retry.backoff == std::chrono::minutes{5});
    CHECK(p.providers.front().limits.bytes_per_batch == 190'000'000);
    CHECK(p.task("extract")->line == 7);
    CHECK_FALSE(p.task("other"));
    CHECK(p.folder == l.folder.path());
}

TEST_CASE("every section may be given in full") {
    const loader l;
    const auto p = l.load(R"(x-shared: &patient
  retry: {attempts: 5, deliveries: 2, backoff: 0s, feedback: false}
  keep_raw: all
pipeline: full
source:
  csv: [a.csv, "b/*.csv"]
  key: id
  delimiter: tab
  content: [title]
provider:
  base_url: http://127.0.0.1:8080/v1/
  api_key: {command: [pass, show, key]}
  organization: org
  project: proj
  ca_file: ca.pem
  proxy: http://u:p@proxy.example.org:3128
  prices:
    my-model: {input: 0.125, cached: "0.0125", output: 1}
    other: {input: 3, output: 0.000001}
tasks:
  sum:
    <<: *patient
    needs: first
    when: "tasks->'first'->>'kind' = 'a'"
    priority: -5
    model: m
    endpoint: /v1/responses
    user: "{{x}}"
    keep_raw: none
  first:
    model: m
    user: "{{x}}"
    output:
      type: object
      properties: {zebra: {type: string}, apple: {type: [number, "null"], maximum: 1.5}, kind: {type: string}}
limits: {requests_per_batch: 7, bytes_per_batch: 64MiB, tokens_per_batch: 1000, open_batches: 2}
timing: {send_window: 1s, list_grace: 2s, missing_wait: 0s, late_duplicates: 1d, lease: 500ms, connect_timeout: 3s, idle_timeout: 4s, answer_timeout: 6s, queue_full_hold: 5s}
slice: {lines: 10, bytes: 1000}
)");
    CHECK(p.source.patterns == std::vector<std::string>{"a.csv", "b/*.csv"});
    CHECK(p.source.delimiter == '\t');
    CHECK(p.source.content == std::vector<std::string>{"title"});
    CHECK(p.providers.front().base_url == "http://127.0.0.1:8080/v1");
    CHECK(p.providers.front().api_key.command == std::vector<std::string>{"pass", "show", "key"});
    CHECK(p.providers.front().organization + p.providers.front().project == "orgproj");
    CHECK(p.providers.front().ca_file == p.folder / "ca.pem");
    CHECK(p.providers.front().proxy == "http://u:p@proxy.example.org:3128");
    CHECK(p.timing.answer_timeout == std::chrono::seconds{6});
    CHECK(p.providers.front().prices.at("my-model").cached == 12'500);
    CHECK(p.providers.front().prices.at("my-model").output == 1'000'000);
    CHECK(p.providers.front().prices.at("other").cached == 3'000'000);
    CHECK(p.providers.front().prices.at("other").output == 1);
    REQUIRE(p.tasks.size() == 2);
    CHECK(p.tasks[0].definition.name == "first");
    CHECK(
        p.tasks[0].definition.output.dump() ==
        R"({"type":"object","properties":{"zebra":{"type":"string"},"apple":{"type":["number","null"],"maximum":1.5},"kind":{"type":"string"}}})");
    const auto &sum = p.tasks[1];
    CHECK(sum.needs == std::vector<std::string>{"first"});
    CHECK(sum.when == "tasks->'first'->>'kind' = 'a'");
    CHECK(sum.priority == -5);
    CHECK(sum.definition.endpoint == "/v1/responses");
    CHECK(sum.definition.retry.attempts == 5);
    CHECK_FALSE(sum.definition.retry.feedback);
    CHECK(sum.definition.raw == keep_raw::none);
    CHECK(sum.definition.output.is_null());
    CHECK(p.providers.front().limits.bytes_per_batch == 64 << 20);
    CHECK(p.providers.front().limits.tokens_per_batch == 1000);
    CHECK(p.timing.lease == milliseconds{500});
    CHECK(p.timing.late_duplicates == std::chrono::hours{24});
    CHECK(p.slice.bytes == 1000);
}

TEST_CASE("a structural error names file, line, place and what to do") {
    const loader l;
    const std::string task = "tasks:\n  t: {model: m, user: u}\n";
    CHECK_THAT(l.error(head + task + "limit: {}\n"),
               SMELT_CONTAINS("5: limit: unknown key | did you mean \"limits\"?"));
    CHECK_THAT(l.error(with_task("    retry:\n      atempts: 3\n")),
               SMELT_CONTAINS("8: tasks.t.retry.atempts: unknown key | did you mean \"attempts\"?"));
    CHECK_THAT(l.error(with_task("    zzzzzzzz: 1\n")), SMELT_CONTAINS("known are: model, provider, endpoint"));
    CHECK_THAT(
        l.error(with_task("    endpoint: /v1/response\n")),
        SMELT_CONTAINS(
            "7: tasks.t.endpoint: \"/v1/response\" is not one of: /v1/chat/completions, /v1/responses | did you mean "
            "\"/v1/responses\"?"));
    CHECK_THAT(l.error(head + "tasks:\n  t:\n    model: m\n"),
               SMELT_CONTAINS("4: tasks.t: the key \"user\" is missing"));
    CHECK_THAT(l.error("pipeline: p\nsorce: {csv: a, key: k}\n" + task),
               SMELT_CONTAINS("2: sorce: unknown key | did you mean \"source\"?"));
    CHECK_THAT(l.error("pipeline: p\ntasks: {}\n"), SMELT_CONTAINS("1: the key \"source\" is missing"));
    CHECK_THAT(l.error(head + "tasks: {}\n"), SMELT_CONTAINS("3: tasks: must not be empty"));
    CHECK_THAT(l.error(head + "tasks:\n  Big: {model: m, user: u}\n"),
               SMELT_CONTAINS("4: tasks.Big: the name must be a name of small letters"));
    CHECK_THAT(l.error(with_task("    priority: high\n")),
               SMELT_CONTAINS("7: tasks.t.priority: must be a whole number, not text"));
    CHECK_THAT(l.error(with_task("    retry: {attempts: 0}\n")),
               SMELT_CONTAINS("7: tasks.t.retry.attempts: must be at least 1"));
    CHECK_THAT(l.error(with_task("    retry: {backoff: 5}\n")),
               SMELT_CONTAINS("must be a duration with its unit, such as 500ms, 90s, 5m, 2h or 7d, not a number"));
    CHECK_THAT(l.error(with_task("    retry: {feedback: yes}\n")),
               SMELT_CONTAINS("must be true or false, not text | write true or false"));
    CHECK_THAT(l.error(with_task("    rules: [{name: a, check: x, severity: soft, weight: 0}]\n")),
               SMELT_CONTAINS("7: tasks.t.rules[0].weight: must be more than 0"));
    CHECK_THAT(l.error(with_task("    rules: [{name: a, check: x, severity: soft, weight: 1.5}]\n")),
               SMELT_CONTAINS("must be at most 1"));
    CHECK_THAT(l.error(with_task("limits: {bytes_per_batch: big}\n")),
               SMELT_CONTAINS("7: limits.bytes_per_batch: must be a size such as 190MB"));
    CHECK_THAT(l.error("pipeline: 7\n" + head.substr(12) + task), SMELT_CONTAINS("not a number | put it into quotes"));
    CHECK_THAT(l.error("pipeline: p\nsource: {csv: a, jsonl: b, key: k}\n" + task),
               SMELT_CONTAINS("2: source: needs exactly one of: csv, jsonl, json, text, sql"));
    CHECK_THAT(l.error("pipeline: p\nsource: {csv: [], key: k}\n" + task),
               SMELT_CONTAINS("2: source.csv: must be a file name or pattern"));
    CHECK_THAT(l.error("pipeline: p\nsource: {csv: [1], key: k}\n" + task),
               SMELT_CONTAINS("2: source.csv[0]: must be text that is not empty, not a number | put it into quotes"));
    CHECK_THAT(l.error("pipeline: p\nsource: {csv: a, key: k, delimiter: ab}\n" + task),
               SMELT_CONTAINS("one ASCII character, or tab"));
    CHECK_THAT(l.error("[1, 2]\n"), SMELT_CONTAINS("1: must be a Smelt pipeline: a mapping (key: value), not a list"));
    CHECK_THAT(l.error(with_task("provider: {prices: {m: {input: 0.0000001, output: 1}}}\n")),
               SMELT_CONTAINS("7: provider.prices.m.input: must be USD per million tokens with at most 6 decimals"));
    CHECK_THAT(l.error(with_task("provider: {prices: {m: {input: free, output: 1}}}\n")),
               SMELT_CONTAINS("7: provider.prices.m.input: must be USD"));
}

TEST_CASE("broken YAML is an error with its line") {
    const loader l;
    CHECK_THAT(l.error("pipeline: p\nsource: {csv: a\n"), SMELT_CONTAINS("not valid YAML"));
    CHECK_THAT(l.error("pipeline: p\n\tsource: x\n"), SMELT_CONTAINS("2: not valid YAML"));
    CHECK_THAT(l.error("a: b: c\n"), SMELT_CONTAINS("1: not valid YAML"));
    CHECK_THAT(l.error("a: *nowhere\n"), SMELT_CONTAINS("1: not valid YAML"));
    CHECK_THAT(l.error(""), SMELT_CONTAINS("the file is empty"));
    CHECK_THAT(l.error(head + "---\n" + head), SMELT_CONTAINS("3: a second document"));
    CHECK_THAT(l.error(head + "...\n" + head), SMELT_CONTAINS("4: not valid YAML: this belongs to nothing"));
    for (const char *alone : {",", "]", "}", "a: b\n,", "[a]\n]", "--- ,", "{a: b},"})
        CHECK_THAT(l.error(std::string{alone} + "\n"), SMELT_CONTAINS("not valid YAML"));
    CHECK_THAT(l.error("pipeline: p\nsource: 1\npipeline: q\n"),
               SMELT_CONTAINS("3: pipeline: this key is already there on line 1"));
    CHECK_THAT(l.error(head + "? {a: 1}\n: 2\n"), SMELT_CONTAINS("3: a key must be text"));
    CHECK_THAT(l.error("pipeline: !env NAME\n"), SMELT_CONTAINS("1: pipeline: the tag !env means nothing here"));
    CHECK_THAT(l.error("pipeline: \"a\\0b\"\n"), SMELT_CONTAINS("1: pipeline: NUL character"));
    CHECK_THAT(l.error("pipeline: p\nsource: \xE9\n"), SMELT_CONTAINS("2: not valid UTF-8"));
    CHECK_THAT(l.error("pipeline: p\n<<: 3\n"), SMELT_CONTAINS("2: <<: only a mapping"));
}

TEST_CASE("aliases that stand for billions of nodes, or for themselves, are refused") {
    const loader l;
    std::string bomb = "x-0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
    for (int i = 1; i < 12; ++i) {
        const auto last = "*a" + std::to_string(i - 1);
        bomb += "x-" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last + ", " + last + ", " + last + ", " +
                last + "," + last + ", " + last + ", " + last + "]\n";
    }
    CHECK_THAT(l.error(bomb), SMELT_CONTAINS("too deeply nested or too large"));
    CHECK_THAT(l.error("x-a: &a [*a]\n"), SMELT_CONTAINS("too deeply nested or too large"));
    const std::string long_key(280, 'k');
    CHECK_THAT(l.error("x-a: &a {" + long_key + "1: *a, " + long_key + "2: *a}\n"),
               SMELT_CONTAINS("too deeply nested or too large"));
    CHECK_THAT(l.error("x-a: &a {<<: *a}\n"), SMELT_CONTAINS("too deeply nested or too large"));
    CHECK_THAT(l.error("x-a: {<<: &a [*a, *a]}\n"), SMELT_CONTAINS("only a mapping"));
    CHECK_THAT(l.error("x-a: &a [&b {x: 1}, {<<: *a}]\nx-c: {<<: *a}\n"),
               SMELT_CONTAINS("too deeply nested or too large"));
    CHECK(l.error("x-a: " + std::string(5000, '[') + "\n") != "no error");
}

TEST_CASE("a mapping brings along what it merges itself, after its own keys") {
    const loader l;
    const auto p = l.load(head + R"(x-a: &a {model: first, priority: 3, user: "{{x}}"}
x-b: &b {<<: *a, model: second}
tasks:
  t: {<<: *b, user: "{{y}}"}
)");
    CHECK(p.tasks.at(0).definition.model == "second");
    CHECK(p.tasks.at(0).definition.user == "{{y}}");
    CHECK(p.tasks.at(0).priority == 3);
}

TEST_CASE("references between tasks and rules are checked") {
    const loader l;
    const auto tasks = [](const std::string &a, const std::string &b) {
        return head + "tasks:\n  alpha:\n    model: m\n    user: u\n" + a + "  beta:\n    model: m\n    user: u\n" + b;
    };
    CHECK_THAT(l.error(tasks("    needs: betta\n", "")),
               SMELT_CONTAINS("7: tasks.alpha.needs: there is no task \"betta\" | did you mean \"beta\"?"));
    CHECK_THAT(l.error(tasks("    needs: beta\n", "    needs: alpha\n")),
               SMELT_CONTAINS("7: tasks.alpha.needs: tasks need each other in a circle: alpha needs beta needs alpha"));
    CHECK_THAT(l.error(tasks("    needs: alpha\n", "")), SMELT_CONTAINS("in a circle: alpha needs alpha"));
    CHECK_THAT(l.error(with_task("    rules:\n    - {name: a, check: x}\n    - {name: a, check: y}\n")),
               SMELT_CONTAINS("9: tasks.t.rules[1].name: the name \"a\" is already used on line 8"));
    CHECK_THAT(l.error(with_task("    rules:\n    - {name: a, check: x, severity: soft}\n")),
               SMELT_CONTAINS("8: tasks.t.rules[0]: a soft rule needs a weight"));
    CHECK_THAT(l.error(with_task("    rules:\n    - {name: a, check: x, weight: 0.5}\n")),
               SMELT_CONTAINS("a hard rule has no weight"));
    CHECK_THAT(l.error(with_task("    params: {messages: []}\n")),
               SMELT_CONTAINS("7: tasks.t.params.messages: this parameter is written by Smelt itself"));
    CHECK_THAT(l.error(with_task("    params: {n: 2}\n")), SMELT_CONTAINS("one answer per request"));
    CHECK_THAT(l.error(with_task("    score: {confidence: $.c}\n")),
               SMELT_CONTAINS("7: tasks.t.score.confidence: confidence is read from the output"));
    CHECK_THAT(
        l.error(with_task(
            "    output: {type: object, properties: {sure: {type: number}}}\n    score: {confidence: $.shure}\n")),
        SMELT_CONTAINS(
            "8: tasks.t.score.confidence: the output schema has no property \"shure\" | did you mean \"sure\"?"));
    const std::string output =
        "    output: {type: object, properties: {confidence: {type: number}}}\n    rules:\n    - name: sure\n";
    CHECK_THAT(l.error(with_task(output + "      check: (output->>'confidnce')::real > 0.5\n")),
               SMELT_CONTAINS("10: tasks.t.rules[0].check: the output schema has no property \"confidnce\" | did you "
                              "mean \"confidence\"?"));
    CHECK_THAT(l.error(with_task("    rules:\n    - {name: a, check: \"output->>'x' = ''\"}\n")),
               SMELT_CONTAINS("8: tasks.t.rules[0].check: the task has no output schema"));
    CHECK_THAT(l.error("pipeline: p\nsource: {jsonl: a, key: k, quote: none}\nprovider: {name: openai}\ntasks: {t: "
                       "{model: m, user: \"{{x}}\"}}\n"),
               SMELT_CONTAINS("only CSV has quotes"));
    CHECK_THAT(l.error(with_task("    answer: {number: {min: 5, max: 1}}\n")),
               SMELT_CONTAINS("min is larger than max"));
    CHECK_THAT(l.error(with_task("    answer: {number: {}, one_of: [a, b]}\n")), SMELT_CONTAINS("7: tasks.t.answer"));
    CHECK_THAT(l.error(with_task("    output: {type: object}\n    answer: {number: {}}\n")),
               SMELT_CONTAINS("8: tasks.t.answer: a task has output or answer, not both"));
    CHECK_THAT(l.error(with_task("    examples: none.jsonl\n")),
               SMELT_CONTAINS("7: tasks.t.examples: there is no file"));
    CHECK_THAT(l.error(with_task("    when: \"output->>'x' = ''\"\n")),
               SMELT_CONTAINS("7: tasks.t.when: a condition sees `fields` and `tasks`, not `output`"));
    const auto two = [](const std::string &needs, const std::string &when) {
        return head +
               "tasks:\n  a:\n    model: m\n    user: \"{{x}}\"\n    output: {type: object, "
               "properties: {kind: {type: string}}}\n  b:\n    model: m\n    user: \"{{x}}\"\n" +
               needs + "    when: \"" + when + "\"\n";
    };
    CHECK_THAT(l.error(two("    needs: a\n", "tasks->'a'->>'kin' = ''")),
               SMELT_CONTAINS("12: tasks.b.when: the output schema has no property \"kin\" of task a") &&
                   SMELT_CONTAINS("\"kind\""));
    CHECK_THAT(
        l.error(two("", "tasks->'a'->>'kind' = ''")),
        SMELT_CONTAINS("11: tasks.b.when: it looks at the answers of task \"a\", which this task does not need") &&
            SMELT_CONTAINS("add needs: a"));
    CHECK_THAT(l.error(two("    needs: [a, a]\n", "true")), SMELT_CONTAINS("tasks.b.needs"));
    CHECK_THAT(l.error(two("    need: a\n", "true")), SMELT_CONTAINS("did you mean \"needs\"?"));
    const std::string long_name(40, 'n');
    CHECK_THAT(l.error("pipeline: " + long_name + "\nsource: {csv: a, key: k}\ntasks:\n  " + long_name +
                       ": {model: m, user: u}\n"),
               SMELT_CONTAINS("is longer than PostgreSQL's 63 characters"));
}

TEST_CASE("a key or password in the file is refused without being repeated") {
    const loader l;
    const auto error = [&](const std::string &provider) { return l.error(with_task("provider: " + provider + "\n")); };
    for (const auto *provider :
         {"{api_key: sk-hidden}", "{base_url: 'https://user:sk-hidden@host/v1'}", "{api_key: {envv: sk-hidden}}",
          "{api_key: {env: 'sk-hidden!'}}", "{proxy: 'socks5://u:sk-hidden@h:1'}", "{base_url: 'ftp://sk-hidden'}",
          "{base_url: 'https://h/?k=sk-hidden'}"}) {
        const auto text = error(provider);
        CHECK_THAT(text, SMELT_CONTAINS("7: provider."));
        CHECK_THAT(text, !SMELT_CONTAINS("sk-hidden"));
    }
    CHECK_THAT(error("{api_key: sk-hidden}"), SMELT_CONTAINS("the key itself never stands in the file"));
    CHECK_THAT(error("{api_key: {env: A, file: b}}"), SMELT_CONTAINS("needs exactly one of: env, file, command"));
}

TEST_CASE("plain http is for this machine only, unless it is allowed") {
    const loader l;
    const auto error = [&](const std::string &provider) {
        return l.error(with_task("provider: {" + provider + "}\n"));
    };
    for (const auto *url : {"http://127.0.0.1:1", "http://localhost/v1", "http://[::1]:80/v1", "https://example.org",
                            "HTTPS://example.org"})
        CHECK(error(std::string{"base_url: '"} + url + "'") == "no error");
    for (const auto *url :
         {"http://example.org", "http://127.0.0.1.example.org", "http://localhost.example.org:80/", "http://127.1:9"})
        CHECK_THAT(error(std::string{"base_url: '"} + url + "'"), SMELT_CONTAINS("7: provider.base_url: plain http"));
    CHECK(error("base_url: 'http://example.org', allow_plain_http: true") == "no error");
}

TEST_CASE("prompts and schemas are files or stand in the pipeline") {
    const loader l;
    l.folder.write("plain", "from a file without an ending");
    l.folder.write("bom.txt", "\xEF\xBB\xBFtext");
    const auto task = [&](const std::string &lines) {
        return l.load(head + "tasks:\n  t:\n    model: m\n" + lines).tasks.at(0).definition;
    };
    CHECK(task("    user: plain\n").user == "from a file without an ending");
    CHECK(task("    user: bom.txt\n").user == "text");
    CHECK(task("    user: |\n      plain\n").user == "plain\n");
    CHECK(task("    user: What is {{a}}?\n").user == "What is {{a}}?");
    CHECK(task("    user: u\n    output: '{\"type\": \"object\"}'\n").output.dump() == R"({"type":"object"})");
    CHECK_THAT(l.error(with_task("    system: prompts/none.md\n")),
               SMELT_CONTAINS("7: tasks.t.system: there is no file"));
    CHECK_THAT(l.error(with_task("    output: none\n")),
               SMELT_CONTAINS("7: tasks.t.output: must be a JSON Schema or the name of a file"));
    CHECK_THAT(l.error(with_task("    output: '{\"a\"'\n")), SMELT_CONTAINS("7: tasks.t.output: not valid JSON"));
    CHECK_THAT(l.error(head + "tasks:\n  t:\n    model: m\n    user: ' '\n"),
               SMELT_CONTAINS("6: tasks.t.user: the prompt is empty"));
}

TEST_CASE("an error in a schema's file names that file and line") {
    const loader l;
    const auto error = [&](const std::string &schema) {
        l.folder.write("s.json", schema);
        return test::error_of<file_error>([&] { l.load(with_task("    output: s.json\n")); });
    };
    CHECK_THAT(error("{\n\"a\": 1,\n}"), SMELT_CONTAINS("s.json:3: "));
    CHECK_THAT(error("[1]"), SMELT_CONTAINS("s.json:1: a JSON Schema must be an object"));
    CHECK_THAT(error("{\"a\": 1, \"b\": {\"c\": 1, \"c\": 2}}"), SMELT_CONTAINS("the name \"c\" stands twice"));
    CHECK_THAT(error("{\"a\": \"\\u0000\"}"), SMELT_CONTAINS("\\u0000"));
    CHECK_THAT(error("{\"a\": 1e999}"), SMELT_CONTAINS("s.json: "));
    CHECK_THAT(error("{\"a\": " + std::string(100'000, '[')), SMELT_CONTAINS("nested deeper"));
    CHECK_THAT(error("{\"a\": \"\xE9\"}"), SMELT_CONTAINS("s.json:1: not valid UTF-8"));
}

TEST_CASE("a pipeline file that is not there is an error") {
    CHECK_THAT(test::error_of<file_error>([] { load_pipeline("no/such.yaml"); }),
               SMELT_CONTAINS("no/such.yaml: there is no such file"));
}
