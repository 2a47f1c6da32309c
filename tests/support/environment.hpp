#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace smelt::test {

/// Sets a variable of the process (or removes it) and puts the old value back at the end.
class environment {
  public:
    environment(std::string name, const std::optional<std::string> &value) : name_{std::move(name)} {
        if (const char *old = ::getenv(name_.c_str()))
            old_ = old;
        set(value);
    }
    ~environment() { set(old_); }
    environment(const environment &) = delete;
    environment &operator=(const environment &) = delete;

  private:
    void set(const std::optional<std::string> &value) const {
        if (value)
            ::setenv(name_.c_str(), value->c_str(), 1);
        else
            ::unsetenv(name_.c_str());
    }
    std::string name_;
    std::optional<std::string> old_;
};

} // namespace smelt::test
