#include "sim_world.hpp"

#include <boost/asio/co_spawn.hpp>

namespace sim_test {

world::world() {
    settings.data = folder.path;
    settings.latency = std::chrono::milliseconds{1000};
    settings.invalid_rate = 0;
    start();
}

void world::start() {
    sim.reset();
    sim.emplace(io.get_executor(), settings, [this] { return now; });
}

std::unique_ptr<world::pending> world::begin(const std::string &method, const std::string &target,
                                             const std::string &body, http::headers fields) {
    auto call = std::make_unique<pending>(body);
    http::server_request &request = call->request;
    request.method = method;
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string::npos)
        for (std::string rest = target.substr(question + 1); !rest.empty();) {
            const auto pair = rest.substr(0, rest.find('&'));
            request.query.emplace_back(pair.substr(0, pair.find('=')), pair.substr(pair.find('=') + 1));
            rest.erase(0, pair.size() + 1);
        }
    request.fields = std::move(fields);
    asio::co_spawn(io, sim->handle(request),
                   [to = call.get()](const std::exception_ptr &e, const http::server_response &response) {
                       to->failure = e;
                       to->ended = true;
                       to->out = {response.status, json::parse(response.body, nullptr, false),
                                  response.body,   response.fields,
                                  response.file,   response.close};
                   });
    return call;
}

answer world::finish(pending &call) {
    while (!call.ended)
        io.run_one();
    if (call.failure)
        std::rethrow_exception(call.failure);
    return call.out;
}

answer world::send(const std::string &method, const std::string &target, const std::string &body,
                   http::headers fields) {
    return finish(*begin(method, target, body, std::move(fields)));
}

answer world::upload(const std::string &content, const std::string &name, const std::string &purpose,
                     const std::string &path) {
    const std::string body = "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\n" + purpose +
                             "\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name +
                             "\"\r\nContent-Type: application/jsonl\r\n\r\n" + content + "\r\n--b--\r\n";
    return send("POST", path, body, {{"content-type", "multipart/form-data; boundary=b"}});
}

answer world::create(const std::string &file, const json &extra) {
    json body = {{"input_file_id", file}, {"endpoint", "/v1/chat/completions"}, {"completion_window", "24h"}};
    body.update(extra);
    return post("/v1/batches", body);
}

void world::made(std::int64_t requests) {
    while (get("/sim/counters").body["requests_received"] != requests)
        let_work();
}

json world::ended(const std::string &id) {
    now += 2000;
    json shown = get("/v1/batches/" + id).body;
    while (shown["status"] == "validating" || shown["status"] == "cancelling") {
        let_work();
        shown = get("/v1/batches/" + id).body;
        now += 100;
    }
    return shown;
}

json world::completed(const std::string &input, const json &faults) {
    if (!faults.is_null())
        REQUIRE(post("/sim/faults", faults).status == 200);
    return ended(create(upload(input).body["id"]).body["id"]);
}

void world::let_work() {
    io.run_one_for(std::chrono::milliseconds{5});
}

const openapi_check &spec() {
    static const openapi_check check{SMELT_SOURCE_DIR "/tests/data/openai-batch.json"};
    return check;
}

std::string field(const answer &a, const std::string &name) {
    for (const auto &[key, value] : a.fields)
        if (key == name)
            return value;
    return {};
}

std::string error_of(const answer &a) {
    CHECK(spec().problem("ErrorResponse", a.body).empty());
    return a.body.value("error", json::object()).value("message", "");
}

} // namespace sim_test
