#pragma once

#include "pipeline_fixture.hpp"

#include <fstream>
#include <functional>

namespace smelt::test {

inline const std::string tender_task = R"yaml(
  assess:
    model: gpt-5-mini
    user: "{{title}}: {{text}}"
    output: {type: object, required: [go], properties: {go: {type: boolean}}}
)yaml";

/// A folder with the portal's file before the simulator starts.
struct portal_files {
    portal_files() : file{folder.path() / "portal.json"} {
        std::ofstream{file} << R"({"key": "portal-secret/1", "page_size": 2,
            "lists": {"-one_": [{"id": "t1", "title": "Hinge", "v": "t1_v1"}, {"id": "t2", "title": "Bolt", "v": "t2_v1"},
                                {"id": "t3", "title": "Nut", "v": "t3_v1", "summary": "a nut"}],
                      "two": [{"id": "t2", "title": "Bolt", "v": "t2_v1"}, {"id": "t4", "title": "Plate", "v": "t4_v1"}]},
            "documents": {"t1_v1": [{"file_name": "a.pdf", "text_extract": "first"}, {"text": "second"}],
                          "t2_v1": [{"text_extract": "bolt text"}], "t4_v1": [{"text_extract": "plate text, longer"}]}})";
    }
    temp_folder folder;
    std::filesystem::path file;
};

/// A pipeline over two lists of the simulator's portal.
struct portal_world : portal_files, pipeline_fixture {
    explicit portal_world(const std::string &more = {})
        : pipeline_fixture{{.records = 1,
                            .simulator = {"--latency", "50ms", "--invalid-rate", "0", "--portal", file.string()},
                            .task = tender_task,
                            .source = "PLACEHOLDER"}} {
        write_source(more);
        files().write("ids.txt", "# searches\n-one_  \n\ntwo\n");
        files().write(".env", "PORTAL_KEY=portal-secret/1\n");
    }
    void write_source(const std::string &more, const std::string &pages = "{last: \"$.meta.pagination.pages\"}") {
        const auto base = "http://127.0.0.1:" + simulator().port() + "/portal";
        set_source("\n  key: id\n  http:\n    list:\n      url: \"" + base +
                   "/opportunity/?search_id={{id}}&page_number={{page}}\"\n      ids: ids.txt\n      pages: " + pages +
                   "\n      records: \"$.results[*]\"\n    detail:\n      url: \"" + base +
                   "/document/?related_key={{v}}\"\n      records: \"$.results[*]\"\n      text: [\"$.text_extract\", "
                   "\"$.text\"]\n      title: \"$.file_name\"\n      else: [summary]\n      missing: empty\n"
                   "      max_bytes: 18B\n    auth: {query: {api_key: {env: PORTAL_KEY}}}\n    backoff: 200ms\n" +
                   more);
    }
    void set_source(const std::string &source) {
        auto text = file_text("pipeline.yaml");
        const auto begin = text.find("\nsource:");
        const auto end = text.find('\n', begin + 1);
        auto last = end;
        while (last + 1 < text.size() && text[last + 1] == ' ')
            last = text.find('\n', last + 1);
        text.replace(begin, last - begin, "\nsource:" + source);
        files().write("pipeline.yaml", text);
    }
    std::string file_text(const std::string &name) {
        std::ifstream in{folder_of(name)};
        return {std::istreambuf_iterator<char>{in}, {}};
    }
    std::filesystem::path folder_of(const std::string &name) { return files().path() / name; }
    /// The portal has something else from now on.
    void change(const std::function<void(json &)> &how) {
        std::ifstream in{file};
        auto world = json::parse(in);
        how(world);
        std::ofstream{file} << world.dump();
    }
    command run_command(std::vector<std::string> arguments = {"run", "--wait", "--poll", "100ms", "--timeout", "30s"}) {
        auto c = smelt_command(std::move(arguments));
        c.environment["SMELT_FETCH_PRIVATE"] = "127.0.0.1";
        return c;
    }
    finished go(std::vector<std::string> arguments = {"run", "--wait", "--poll", "100ms", "--timeout", "30s"}) {
        return run(run_command(std::move(arguments)));
    }
    json asked() { return json::parse(simulator().ask("/sim/portal", {})); }
    std::int64_t times_asked(const std::string &part) {
        std::int64_t n = 0;
        const auto all = asked();
        for (const auto &one : all.at("asked"))
            n += one.get<std::string>().find(part) != std::string::npos ? 1 : 0;
        return n;
    }
    std::string states() { return sql("SELECT string_agg(key || ' ' || status, ', ' ORDER BY key) FROM smelt.items"); }
    std::string field(const std::string &key, const std::string &name) {
        return sql("SELECT fields->>'" + name + "' FROM smelt.record WHERE key = '" + key + "'");
    }
};

} // namespace smelt::test
