#include "guarded.hpp"

namespace smelt::provider {

/// Lets only cleaned words of a refusal out.
template <class T>
awaitable<T> guarded::guard(awaitable<T> call) const {
    try {
        co_return co_await std::move(call);
    } catch (const provider_error &e) {
        throw provider_error{e.status(), guard_.clean(e.code()), guard_.clean(e.what())};
    } catch (const http::transport_error &e) {
        throw http::transport_error{guard_.clean(e.what()), e.how_far()};
    }
}

void guarded::clean(remote_batch &batch) const {
    for (auto *id : {&batch.id, &batch.nonce, &batch.installation, &batch.task, &batch.version, &batch.input_file,
                     &batch.output_file, &batch.error_file})
        *id = guard_.clean_id(*id);
    batch.status = guard_.clean(batch.status);
    for (auto &error : batch.errors) {
        error.code = guard_.clean(error.code);
        error.message = guard_.clean(error.message);
    }
}

void guarded::clean(create_result &result) const {
    clean(result.batch);
    result.code = guard_.clean(result.code);
    result.message = guard_.clean(result.message);
}

result_line guarded::decode(std::string_view line) const {
    auto out = dialect_->decode(line);
    if (!out.message.empty())
        out.message = guard_.clean(out.message);
    out.model = guard_.clean_id(out.model);
    return out;
}

awaitable<answered> guarded::answer(std::string_view request_line, const stop_check &stop) {
    auto out = co_await guard(dialect_->answer(request_line, stop));
    if (out.refused)
        clean(*out.refused);
    co_return out;
}

awaitable<std::string> guarded::upload(const std::filesystem::path &spool, const std::string &filename) {
    const auto id = co_await guard(dialect_->upload(spool, filename));
    co_return guard_.clean_id(id);
}

awaitable<create_result> guarded::create(const create_request &r) {
    auto out = co_await guard(dialect_->create(r));
    clean(out);
    co_return out;
}

awaitable<remote_batch> guarded::get(const std::string &remote_id) {
    auto out = co_await guard(dialect_->get(remote_id));
    clean(out);
    co_return out;
}

awaitable<listing> guarded::list(const std::string &cursor) {
    auto out = co_await guard(dialect_->list(cursor));
    for (auto &batch : out.batches)
        clean(batch);
    co_return out;
}

awaitable<remote_batch> guarded::cancel(const std::string &remote_id) {
    auto out = co_await guard(dialect_->cancel(remote_id));
    clean(out);
    co_return out;
}

awaitable<void> guarded::fetch(const std::string &file_id, const http::body_sink &sink) {
    co_await guard(dialect_->fetch(file_id, sink));
}

awaitable<std::map<std::string, std::string>> guarded::find_files(const std::set<std::string> &names,
                                                                  std::chrono::milliseconds age) {
    auto out = co_await guard(dialect_->find_files(names, age));
    for (auto &[name, id] : out)
        id = guard_.clean_id(id);
    co_return out;
}

awaitable<void> guarded::delete_file(const std::string &file_id) {
    co_await guard(dialect_->delete_file(file_id));
}

} // namespace smelt::provider
