#pragma once

#include "document.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace smelt::config {

/// A place in a document whose structure was checked, with typed access to what stands there.
class view {
  public:
    explicit view(const document &file) : view{file, file.value, ""} {}

    [[nodiscard]] const json &value() const { return *value_; }
    [[nodiscard]] const std::string &pointer() const { return pointer_; }
    [[nodiscard]] int line() const { return file_->line(pointer_); }
    [[nodiscard]] const document &file() const { return *file_; }

    [[nodiscard]] bool has(const std::string &key) const { return value_->is_object() && value_->contains(key); }
    /// The member; its value is null when it is absent.
    [[nodiscard]] view at(const std::string &key) const;
    [[nodiscard]] std::vector<view> elements() const;

    // Each leaves the default alone when the key is absent.
    void read(const std::string &key, std::string &into) const;
    void read(const std::string &key, bool &into) const;
    void read(const std::string &key, int &into) const;
    void read(const std::string &key, std::int64_t &into) const;
    void read(const std::string &key, double &into) const;
    void read(const std::string &key, std::vector<std::string> &into) const;
    void read_duration(const std::string &key, std::chrono::milliseconds &into, bool zero_allowed = false,
                       std::chrono::hours longest = std::chrono::hours{24 * 366}) const;
    void read_size(const std::string &key, std::int64_t &into) const;

    [[noreturn]] void fail(const std::string &message, const std::string &hint = {}) const {
        file_->fail(pointer_, message, hint);
    }

  private:
    view(const document &file, const json &value, std::string pointer)
        : file_{&file}, value_{&value}, pointer_{std::move(pointer)} {}

    const document *file_;
    const json *value_;
    std::string pointer_;
};

} // namespace smelt::config
