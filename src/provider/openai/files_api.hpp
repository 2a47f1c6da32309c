#pragma once

#include "provider/remote_service.hpp"

/// The calls of OpenAI's Files API that other services have, too.
namespace smelt::provider {

struct upload_form {
    std::string purpose;
    std::string content_type; ///< of the file's part
};

/// POST /files; returns the file object, which has an id.
awaitable<json> upload_file(const remote_service &service, const std::filesystem::path &spool,
                            const std::string &filename, const upload_form &form);

/// GET /files/ID/content, streamed.
awaitable<void> download_file(const remote_service &service, const std::string &file_id, const http::body_sink &sink);

/// DELETE of a path; what is gone already is no error.
awaitable<void> remove_at(const remote_service &service, const std::string &path, const std::string &what);

/// The end of a walk through a listing that shows the newest first, by the clock of the service that answered.
[[nodiscard]] std::chrono::system_clock::time_point oldest_wanted(const http::response &answer,
                                                                  std::chrono::milliseconds age);
[[nodiscard]] bool is_older(std::chrono::system_clock::time_point created,
                            std::chrono::system_clock::time_point oldest);

} // namespace smelt::provider
