#include "catch.hpp"
#include "scripted_server.hpp"

#include "smelt/provider/batch_api.hpp"

#include <algorithm>

using namespace smelt;
using namespace smelt::test;

namespace {

/// A Mistral that answers a listing with one scripted page after another.
struct paged {
    std::vector<std::string> walk() {
        http::client client{io.get_executor(), {}};
        config::provider_spec spec;
        spec.dialect = "mistral";
        spec.base_url = server.url("/v1");
        const auto api = provider::make_batch_api(spec, "key", client);
        std::vector<std::string> ids;
        run(io, [&]() -> boost::asio::awaitable<void> {
            std::string cursor;
            do {
                auto page = co_await api->list(cursor);
                for (const auto &job : page.batches)
                    ids.push_back(job.id);
                cursor = page.next;
            } while (!cursor.empty());
        });
        return ids;
    }
    void page(const std::vector<std::string> &ids, int total) {
        json data = json::array();
        for (const auto &id : ids)
            data.push_back({{"id", id}, {"status", "RUNNING"}});
        server.then(answer(200, json{{"object", "list"}, {"data", data}, {"total", total}}.dump()));
    }

    boost::asio::io_context io;
    scripted_server server{io};
};

} // namespace

TEST_CASE("mistral: a service that gives smaller pages than asked for is read to the end") {
    paged p;
    p.page({"c", "b"}, 3);
    p.page({"a"}, 3);
    CHECK(p.walk() == std::vector<std::string>{"c", "b", "a"});
    CHECK(p.server.seen().at(1).target.find("page=1&") != std::string::npos);
}

TEST_CASE("mistral: a job that is deleted while the listing is read hides no other") {
    paged p;
    p.page({"e", "d"}, 5);
    p.page({"b"}, 4); // e is gone, so c has moved to the page before
    p.page({"d", "c"}, 4);
    p.page({"b", "a"}, 4);
    const auto ids = p.walk();
    CHECK(std::ranges::count(ids, "c") == 1);
    CHECK(ids.back() == "a");
    CHECK(p.server.seen().at(2).target.find("page=0&") != std::string::npos);
}
