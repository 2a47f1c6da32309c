#include "guarded.hpp"

namespace smelt::provider {

namespace {

void clean(failure &why, const text_guard &guard) {
    why.code = guard.clean(why.code);
    why.message = guard.clean(why.message);
}

result_line cleaned(result_line line, const text_guard &guard) {
    if (!line.message.empty())
        line.message = guard.clean(line.message);
    line.model = guard.clean_id(line.model);
    return line;
}

/// Lets only cleaned words of a refusal out.
template <class T>
awaitable<T> guarded(const text_guard &guard, awaitable<T> call) {
    try {
        co_return co_await std::move(call);
    } catch (const provider_error &e) {
        auto why = e.why();
        clean(why, guard);
        throw provider_error{std::move(why)};
    } catch (const http::transport_error &e) {
        throw http::transport_error{guard.clean(e.what()), e.how_far()};
    }
}

} // namespace

void guarded_batch_api::clean(remote_batch &batch) const {
    for (auto *id : {&batch.id, &batch.nonce, &batch.installation, &batch.task, &batch.version, &batch.input_file,
                     &batch.output_file, &batch.error_file})
        *id = guard_.clean_id(*id);
    batch.status = guard_.clean(batch.status);
    for (auto &error : batch.errors) {
        error.code = guard_.clean(error.code);
        error.message = guard_.clean(error.message);
    }
}

result_line guarded_batch_api::decode(std::string_view line) const {
    return cleaned(inner_->decode(line), guard_);
}

result_line guarded_chat_api::decode(std::string_view line) const {
    return cleaned(inner_->decode(line), guard_);
}

awaitable<answered> guarded_chat_api::answer(std::string_view request_line, const stop_check &stop) {
    auto out = co_await guarded(guard_, inner_->answer(request_line, stop));
    if (out.refused)
        clean(*out.refused, guard_);
    co_return out;
}

awaitable<std::string> guarded_batch_api::upload(const std::filesystem::path &spool, const std::string &filename) {
    const auto id = co_await guarded(guard_, inner_->upload(spool, filename));
    co_return guard_.clean_id(id);
}

awaitable<create_result> guarded_batch_api::create(const create_request &r) {
    auto out = co_await guarded(guard_, inner_->create(r));
    clean(out.batch);
    smelt::provider::clean(out.why, guard_);
    co_return out;
}

awaitable<remote_batch> guarded_batch_api::get(const std::string &remote_id) {
    auto out = co_await guarded(guard_, inner_->get(remote_id));
    clean(out);
    co_return out;
}

awaitable<listing> guarded_batch_api::list(const std::string &cursor) {
    auto out = co_await guarded(guard_, inner_->list(cursor));
    for (auto &batch : out.batches)
        clean(batch);
    co_return out;
}

awaitable<remote_batch> guarded_batch_api::cancel(const std::string &remote_id) {
    auto out = co_await guarded(guard_, inner_->cancel(remote_id));
    clean(out);
    co_return out;
}

awaitable<void> guarded_batch_api::fetch(const std::string &file_id, const http::body_sink &sink) {
    co_await guarded(guard_, inner_->fetch(file_id, sink));
}

awaitable<std::map<std::string, std::string>> guarded_batch_api::find_files(const std::set<std::string> &names,
                                                                            std::chrono::milliseconds age) {
    auto out = co_await guarded(guard_, inner_->find_files(names, age));
    for (auto &[name, id] : out)
        id = guard_.clean_id(id);
    co_return out;
}

awaitable<void> guarded_batch_api::delete_file(const std::string &file_id) {
    co_await guarded(guard_, inner_->delete_file(file_id));
}

} // namespace smelt::provider
