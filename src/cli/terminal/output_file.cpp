#include "output_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <ostream>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace smelt::cli {
namespace {

namespace fs = std::filesystem;

mode_t usual_mode() {
    const auto mask = ::umask(0);
    ::umask(mask);
    return 0666 & ~mask;
}

} // namespace

output_file::output_file(context &c, const std::string &path) : context_{c} {
    if (path.empty() || path == "-")
        return;
    std::error_code ignored;
    target_ = fs::exists(path, ignored) ? fs::canonical(path, ignored) : fs::path{path};
    if (fs::is_directory(target_, ignored))
        throw usage_error{path + " is a folder", "name a file in it"};
    if (fs::exists(target_, ignored) && !fs::is_regular_file(target_, ignored)) {
        descriptor_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
        if (descriptor_ < 0)
            fail(errno, "opening");
        return;
    }
    open_temporary();
}

void output_file::open_temporary() {
    auto name = target_.string() + ".part-XXXXXX";
    descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor_ < 0)
        fail(errno, "creating");
    temporary_ = name;
    struct stat before {};
    ::fchmod(descriptor_, ::stat(target_.c_str(), &before) == 0 ? before.st_mode & 0777 : usual_mode());
}

output_file::~output_file() {
    if (descriptor_ >= 0)
        ::close(descriptor_);
    if (!temporary_.empty())
        ::unlink(temporary_.c_str());
}

void output_file::fail(int code, const std::string &doing) const {
    if (code == EPIPE)
        throw reader_gone{};
    throw usage_error{doing + " " + (target_.empty() ? "the output" : target_.string()) +
                          " failed: " + std::strerror(code),
                      "nothing was kept of it; look at the folder's permissions and the free space"};
}

void output_file::write(std::string_view bytes) {
    if (target_.empty()) {
        errno = 0;
        context_.out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        context_.out.flush();
        if (!context_.out.good())
            fail(errno == 0 ? EPIPE : errno, "writing");
        return;
    }
    reopen();
    while (!bytes.empty()) {
        const auto n = ::write(descriptor_, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            fail(errno, "writing");
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
}

void output_file::pause() {
    if (temporary_.empty() || descriptor_ < 0)
        return;
    ::close(std::exchange(descriptor_, -1));
}

void output_file::reopen() {
    if (descriptor_ >= 0)
        return;
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (descriptor_ < 0)
        fail(errno, "opening");
}

void output_file::finish() {
    if (temporary_.empty())
        return;
    reopen();
    if (::fsync(descriptor_) != 0 || ::rename(temporary_.c_str(), target_.c_str()) != 0)
        fail(errno, "writing");
    temporary_.clear();
}

} // namespace smelt::cli
