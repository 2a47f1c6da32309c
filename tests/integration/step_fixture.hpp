#pragma once

#include "orchestrator/run/session.hpp"
#include "temp_database.hpp"
#include "temp_folder.hpp"

#include "smelt/provider/batch_api.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace smelt::test {

/// A batch API without a socket: the test says what it answers. Requests and answers are written as OpenAI's are.
class scripted_batch_api final : public provider::batch_api {
  public:
    explicit scripted_batch_api(http::client &unused);

    // What the next calls answer; each may throw.
    std::function<provider::create_result(const provider::create_request &)> on_create;
    std::function<provider::remote_batch(const std::string &id)> on_get;
    std::vector<provider::remote_batch> listed;
    std::map<std::string, std::string> files; ///< content by id; uploads are added
    std::vector<std::string> deleted;
    std::vector<provider::create_request> creates;

    /// custom_id of each line of an uploaded file.
    [[nodiscard]] std::vector<std::string> ids_in(const std::string &file) const;

    [[nodiscard]] const provider::service_capabilities &capabilities() const override { return inner_->capabilities(); }
    [[nodiscard]] std::unique_ptr<provider::line_encoder> encoder(const task_definition &definition) const override {
        return inner_->encoder(definition);
    }
    [[nodiscard]] provider::result_line decode(std::string_view line) const override { return inner_->decode(line); }
    [[nodiscard]] provider::remote_state state_of(std::string_view status) const override {
        return inner_->state_of(status);
    }
    provider::awaitable<std::string> upload(const std::filesystem::path &spool, const std::string &filename) override;
    provider::awaitable<provider::create_result> create(const provider::create_request &r) override;
    provider::awaitable<provider::remote_batch> get(const std::string &remote_id) override;
    provider::awaitable<provider::listing> list(const std::string &cursor) override;
    provider::awaitable<provider::remote_batch> cancel(const std::string &remote_id) override;
    provider::awaitable<void> fetch(const std::string &file_id, const http::body_sink &sink) override;
    provider::awaitable<std::map<std::string, std::string>> find_files(const std::set<std::string> &names,
                                                                       std::chrono::milliseconds age) override;
    provider::awaitable<void> delete_file(const std::string &file_id) override;

  private:
    std::unique_ptr<provider::batch_api> inner_;
};

/// Pipelines of one task and three records each, registered and loaded, whose services are scripted: steps run on them
/// in this process.
class step_fixture {
  public:
    /// more: further lines of each pipeline file.
    explicit step_fixture(const std::vector<std::string> &more = {""});

    scripted_batch_api &api(std::size_t pipeline = 0) { return *apis_.at(pipeline); }
    orchestrator::registered_pipeline &pipeline(std::size_t n = 0);
    /// Begins a pass and runs a step of it to its end.
    orchestrator::run_pass &run(const std::function<provider::awaitable<void>(orchestrator::run_pass &)> &step);
    /// Work in a transaction of its own, committed.
    template <class Work>
    auto write(Work work) {
        db::connection c{database_.conninfo(), "test"};
        db::transaction tx{c};
        auto result = work(tx);
        tx.commit();
        return result;
    }
    /// The first value of the only row, as text.
    std::string value(const std::string &query);
    /// How the command would end because of the pass's problem.
    [[nodiscard]] exit_code code();

  private:
    temp_database database_;
    temp_folder folder_;
    config::settings settings_;
    orchestrator::run_options options_;
    orchestrator::progress_sink silent_ = [](const orchestrator::run_progress &) {};
    boost::asio::io_context unused_;
    http::client client_{unused_.get_executor(), {}};
    std::vector<config::pipeline> files_;
    std::vector<scripted_batch_api *> apis_;
    std::unique_ptr<orchestrator::session> session_;
};

} // namespace smelt::test
