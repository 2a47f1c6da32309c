#pragma once

#include "invocation.hpp"

#include "smelt/config/pipeline.hpp"
#include "smelt/domain/ids.hpp"
#include "smelt/http/client.hpp"
#include "smelt/provider/batch_api.hpp"
#include "smelt/provider/chat_api.hpp"
#include "smelt/store/batches.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace smelt::orchestrator {

struct service;

struct registered_task {
    task_id id;
    version_id version;
    const config::task_spec *spec = nullptr;
    std::vector<std::int32_t> needs; ///< tasks
    std::optional<std::int64_t> batch_limit;
    std::shared_ptr<const loaded_version> ready;
    std::vector<service *> rungs;                    ///< who is asked, by rung; of registered_pipeline::services
    std::optional<std::vector<std::int64_t>> sample; ///< --sample: the only records that may be claimed
    bool has_changed = false;                        ///< since the last run
    bool is_new = false;                             ///< in the file since the last run
    bool is_regated = false;                         ///< its needs, its condition or who answers have changed since
    bool is_reruled = false;                         ///< only the last of these has
    bool is_ruled = false;                           ///< a rule pack may answer it

    /// Its items wait until somebody has looked whether they may be sent.
    [[nodiscard]] bool is_gated() const { return !needs.empty() || !spec->when.empty() || is_ruled; }
};

/// Somebody who answers, and the identity used there.
struct service {
    const config::provider_spec *spec = nullptr;
    account_id account;
    std::unique_ptr<http::client> client;
    /// One of the two, made when first needed: a status-only pass needs no key.
    std::unique_ptr<provider::batch_api> batches;
    std::unique_ptr<provider::chat_api> chat;
    std::string key_fingerprint; ///< of the key that is used, or that was used last; empty: none yet
    bool is_key_stored = false;  ///< that this is the pipeline's key now
    bool is_answering = false;   ///< a batch is being sent to a synchronous service; others wait for their turn

    /// Makes it. The client outlives it. Throws usage_error for an unusable base_url.
    void connect(std::string key, http::client &through);
};

struct registered_pipeline {
    pipeline_id id;
    const config::pipeline *config = nullptr;
    std::vector<std::unique_ptr<service>> services; ///< all that the file names
    service *fallback = nullptr;
    std::vector<registered_task> tasks;
    bool fields_checked = false;
    std::string failing; ///< why a service could not be reached last, once the run's connections are closed
    std::optional<std::chrono::steady_clock::time_point> read_at; ///< by this run
    bool has_fetched = false;                                     ///< its lists were read, or begun to be, by this run
    bool is_unloaded = false; ///< its source cannot be loaded: what there is is collected, nothing more is sent

    [[nodiscard]] const registered_task *task(task_id t) const;
    /// Whether the file still says how to reach this account.
    [[nodiscard]] bool names(account_id account) const;
    /// Of an account that the file names.
    [[nodiscard]] service &service_of(account_id account) const;
    /// Whom a rung of the task asks, or who its fallback is (fallback_rung); then there is one.
    [[nodiscard]] service &asked_on(const registered_task &task, int rung) const;
    /// The first of the rungs that a task's items may be on: fallback_rung where it has a fallback, else 0.
    [[nodiscard]] int lowest_rung(const registered_task &task) const;
};

/// The pipelines of an invocation that could be registered.
class pipelines {
  public:
    explicit pipelines(invocation &run) : run_{run} {}

    void add(registered_pipeline p) { all_.push_back(std::move(p)); }
    [[nodiscard]] bool empty() const { return all_.empty(); }
    auto begin() { return all_.begin(); }
    auto end() { return all_.end(); }
    [[nodiscard]] auto begin() const { return all_.begin(); }
    [[nodiscard]] auto end() const { return all_.end(); }
    [[nodiscard]] std::vector<std::int32_t> ids() const;
    /// Of a command that names one pipeline, and has registered it.
    registered_pipeline &only() { return all_.front(); }

    registered_pipeline &of(const store::batch_row &b);
    /// The one that the batch was or is to be sent to.
    service &service_of(const store::batch_row &b) { return of(b).service_of(b.account); }
    /// How the service writes requests and answers. Reads the key when it is first needed.
    const provider::dialect &dialect_of(registered_pipeline &p, service &s);
    const provider::dialect &dialect_of(const store::batch_row &b) { return dialect_of(of(b), service_of(b)); }
    /// Throws provider_error of a service that is synchronous: of the time before the pipeline file named it there may
    /// be batches.
    provider::batch_api &batch_api_of(registered_pipeline &p, service &s);
    provider::batch_api &batch_api_of(const store::batch_row &b) { return batch_api_of(of(b), service_of(b)); }
    /// Only of a synchronous service.
    provider::chat_api &chat_api_of(const store::batch_row &b);
    /// The batch's job as it is stored, with the fingerprint of the key that saw it.
    store::remote_view view_of(const store::batch_row &b, const provider::remote_batch &job);

  private:
    /// Of the account's rates, which all runs share.
    boost::asio::awaitable<std::chrono::milliseconds> take_rate(const service &s, std::int64_t requests,
                                                                std::int64_t tokens);

    invocation &run_;
    std::vector<registered_pipeline> all_;
};

} // namespace smelt::orchestrator
