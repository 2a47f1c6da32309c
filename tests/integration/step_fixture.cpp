#include "step_fixture.hpp"

#include "catch.hpp"
#include "orchestrator/load/load.hpp"
#include "orchestrator/load/sync.hpp"

#include "smelt/base/json.hpp"

#include <sstream>

namespace smelt::test {

using provider::awaitable;

scripted_batch_api::scripted_batch_api(http::client &unused) : inner_{provider::make_batch_api({}, {}, unused)} {}

std::vector<std::string> scripted_batch_api::ids_in(const std::string &file) const {
    std::vector<std::string> ids;
    std::istringstream lines{files.at(file)};
    for (std::string line; std::getline(lines, line);)
        ids.push_back(json::parse(line)["custom_id"].get<std::string>());
    return ids;
}

awaitable<std::string> scripted_batch_api::upload(const std::filesystem::path &spool, const std::string & /*name*/) {
    std::ifstream in{spool, std::ios::binary};
    auto id = "file-" + std::to_string(files.size() + 1);
    files[id] = {std::istreambuf_iterator<char>{in}, {}};
    co_return id;
}

awaitable<provider::create_result> scripted_batch_api::create(const provider::create_request &r) {
    creates.push_back(r);
    auto out = on_create(r);
    co_return out;
}

awaitable<provider::remote_batch> scripted_batch_api::get(const std::string &remote_id) {
    auto out = on_get(remote_id);
    co_return out;
}

awaitable<provider::listing> scripted_batch_api::list(const std::string & /*cursor*/) {
    provider::listing out;
    out.batches = listed;
    out.now = std::chrono::system_clock::now();
    co_return out;
}

awaitable<provider::remote_batch> scripted_batch_api::cancel(const std::string &remote_id) {
    auto out = on_get(remote_id);
    co_return out;
}

awaitable<void> scripted_batch_api::fetch(const std::string &file_id, const http::body_sink &sink) {
    co_await sink(files.at(file_id));
}

awaitable<std::map<std::string, std::string>> scripted_batch_api::find_files(const std::set<std::string> & /*names*/,
                                                                             std::chrono::milliseconds /*age*/) {
    co_return std::map<std::string, std::string>{};
}

awaitable<void> scripted_batch_api::delete_file(const std::string &file_id) {
    deleted.push_back(file_id);
    co_return;
}

step_fixture::step_fixture(const std::vector<std::string> &more) {
    settings_.database = database_.conninfo();
    settings_.home = folder_.path() / "home";
    std::filesystem::create_directories(settings_.spool());
    folder_.write("rows.csv", "id,text\n1,one\n2,two\n3,three\n");
    for (std::size_t n = 0; n < more.size(); ++n) {
        const auto name = "p" + std::to_string(n + 1);
        files_.push_back(config::load_pipeline(
            folder_.write(name + ".yaml", "pipeline: " + name + "\nsource: {csv: rows.csv, key: id}\n" +
                                              "provider: {base_url: \"https://" + name + ".invalid/v1\"}\n" +
                                              "tasks: {t: {model: gpt-5-mini, user: \"{{text}}\"}}\n" + more[n])));
    }
    session_ = std::make_unique<orchestrator::session>(settings_, options_, silent_);
    auto &pass = session_->registering();
    const auto prepare = [&]() -> awaitable<void> {
        co_await orchestrator::sync(pass, files_);
        co_await orchestrator::begin_runner(pass);
        for (auto &p : pass.pipelines)
            co_await orchestrator::load_records(pass, p, {});
    };
    session_->execute(prepare());
    REQUIRE_FALSE(pass.first_problem);
    for (auto &p : pass.pipelines) {
        auto api = std::make_unique<scripted_batch_api>(client_);
        apis_.push_back(api.get());
        p.services.front()->batches = std::move(api);
        p.services.front()->key_fingerprint = "key 1";
    }
}

orchestrator::registered_pipeline &step_fixture::pipeline(std::size_t n) {
    return *std::next(session_->pass().pipelines.begin(), static_cast<std::ptrdiff_t>(n));
}

orchestrator::run_pass &step_fixture::run(const std::function<awaitable<void>(orchestrator::run_pass &)> &step) {
    auto &pass = session_->begin_pass();
    const auto whole = [&]() -> awaitable<void> {
        co_await step(pass);
        co_await orchestrator::release_batches(pass); // as a pass of `smelt run` ends
    };
    session_->execute(whole());
    return pass;
}

std::string step_fixture::value(const std::string &query) {
    db::connection c{database_.conninfo(), "test"};
    return value_of(c, query);
}

exit_code step_fixture::code() {
    return session_->pass().first_problem ? orchestrator::code_of_problem(session_->pass().first_problem)
                                          : exit_code::ok;
}

} // namespace smelt::test
