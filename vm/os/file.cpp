#include "vm/os/file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <unordered_map>

#include "vm/base/lock.hpp"
#include "vm/os/archive.hpp"

namespace joist {
namespace {

struct Files {
  Mutex<LockLevel::open_files> mutex;
  std::unordered_multimap<Word, OpenFile*> by_owner;
  std::atomic<std::size_t> count{0};
};
Files& files() {
  static Files* f = new Files;
  return *f;
}

int failed(long result) { return result < 0 ? errno : 0; }

// `call` until it is not interrupted by a signal.
template <class Call>
auto retry(Call call) {
  decltype(call()) result;
  do result = call();
  while (result < 0 && errno == EINTR);
  return result;
}

}  // namespace

// ---- the state of an open file ----

OpenFile::~OpenFile() {
  if (fd_ >= 0) ::close(fd_);
}

bool OpenFile::begin_operation() {
  State idle = State::idle;
  return state_.compare_exchange_strong(idle, State::busy, std::memory_order_acquire);
}

void OpenFile::end_operation() {
  State busy = State::busy;
  if (state_.compare_exchange_strong(busy, State::idle, std::memory_order_release)) return;
  state_.store(State::closed);
  close_descriptor();
}

int OpenFile::close() {
  State idle = State::idle;
  if (!state_.compare_exchange_strong(idle, State::closed, std::memory_order_acquire)) return EINVAL;
  return close_descriptor();
}

int OpenFile::close_orphan() { return close_descriptor(); }

bool OpenFile::owner_exits() {
  for (;;) {
    State was = State::idle;
    if (state_.compare_exchange_strong(was, State::closed)) return true;
    if (was != State::busy) return false;
    if (state_.compare_exchange_strong(was, State::close_pending)) return false;
  }
}

// OTP: EINTR is no reason to close again.
int OpenFile::close_descriptor() {
  const int fd = fd_.exchange(-1);
  if (fd < 0) return EINVAL;
  const int error = failed(::close(fd));
  bool listed = false;
  {
    Files& f = files();
    const Locked<LockLevel::open_files> lock(f.mutex);
    const auto [first, last] = f.by_owner.equal_range(owner_.bits);
    const auto found = std::find_if(first, last, [&](const auto& e) { return e.second == this; });
    if (found != last) {
      f.by_owner.erase(found);
      --f.count;
      listed = true;
    }
  }
  if (listed) release();
  return error;
}

void OpenFiles::add(OpenFile* file) {
  file->retain();
  Files& f = files();
  const Locked<LockLevel::open_files> lock(f.mutex);
  f.by_owner.emplace(file->owner_.bits, file);
  ++f.count;
}

std::vector<OpenFile*> OpenFiles::take_all(Term owner) {
  Files& f = files();
  std::vector<OpenFile*> taken;
  if (f.count == 0) return taken;
  const Locked<LockLevel::open_files> lock(f.mutex);
  const auto [first, last] = f.by_owner.equal_range(owner.bits);
  for (auto e = first; e != last; ++e) taken.push_back(e->second);
  f.by_owner.erase(first, last);
  f.count -= taken.size();
  return taken;
}

// ---- opening, reading, writing ----

namespace {

// A file of the archive as a descriptor: its bytes in memory, sealed.
int open_in_archive(const ArchivePath& path, unsigned modes, int* fd) {
  const Archive::Entry* entry;
  if (const int error = archive_file(path, &entry)) return error;
  if (modes & kFileWrite) return EROFS;
  if (modes & kFileDirectory) return ENOTDIR;
  std::string bytes(entry->size, '\0');
  if (!Archive::unpack(*entry, bytes.data())) return EIO;
  *fd = memfd_create("joist", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (*fd < 0) return errno;
  std::vector<iovec> all = {{bytes.data(), bytes.size()}};
  const int error = write_file_bytes(*fd, 0, all);
  if (error != 0) {
    ::close(*fd);
    return error;
  }
  fcntl(*fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
  return 0;
}

}  // namespace

int open_file(const char* path, unsigned modes, int* fd) {
  if (const auto inside = in_own_archive(path)) return open_in_archive(*inside, modes, fd);
  int how;
  if ((modes & kFileWrite) == 0)
    how = O_RDONLY;
  else if ((modes & kFileRead) == 0)
    how = O_WRONLY | O_CREAT | O_TRUNC;
  else
    how = O_RDWR | O_CREAT;
  if (modes & kFileAppend) how = (how & ~O_TRUNC) | O_APPEND;
  if (modes & kFileExclusive) how |= O_EXCL;
  if (modes & kFileSync) how |= O_SYNC;
  if (modes & kFileDirectory) how |= O_DIRECTORY;
  *fd = retry([&] { return ::open(path, how | O_CLOEXEC, modes & kFileDirectory ? 0777 : 0666); });
  if (*fd < 0) return errno;
  struct stat info;
  if ((modes & (kFileDirectory | kFileSkipTypeCheck)) == 0 && fstat(*fd, &info) == 0 &&
      S_ISDIR(info.st_mode)) {
    ::close(*fd);
    return EISDIR;
  }
  return 0;
}

namespace {

constexpr std::size_t kFirstRead = 1 << 20;

RefcBinary* make_bytes(std::size_t size) { return RefcBinary::make(size, (size + 7) & ~std::size_t{7}); }

RefcBinary* resized(RefcBinary* old, std::size_t used, std::size_t size) {
  RefcBinary* other = make_bytes(size);
  std::memcpy(other->bytes, old->bytes, used);
  old->release();
  return other;
}

}  // namespace

// A size may be asked for that no file has, so memory is taken as the file turns out to be long.
int read_file_bytes(int fd, std::int64_t offset, std::size_t size, RefcBinary** bytes) {
  struct stat info;
  std::size_t room = std::min(size, kFirstRead);
  if (size > kFirstRead && fstat(fd, &info) == 0 && S_ISREG(info.st_mode))
    room = std::min(size, std::max(kFirstRead, static_cast<std::size_t>(info.st_size) + 1));
  RefcBinary* b = make_bytes(room);
  std::size_t done = 0;
  for (;;) {
    const ssize_t n = retry([&] {
      return offset < 0 ? ::read(fd, b->bytes + done, room - done)
                        : ::pread(fd, b->bytes + done, room - done, offset + static_cast<off_t>(done));
    });
    if (n < 0) {
      const int error = errno;
      b->release();
      return error;
    }
    done += static_cast<std::size_t>(n);
    if (n == 0 || done == size) break;
    if (done < room) continue;
    room = std::min(size, room * 2);
    b = resized(b, done, room);
  }
  if (done == 0) {
    b->release();
    b = nullptr;
  } else if (done < room / 4 * 3) {
    b = resized(b, done, done);
  } else {
    b->set_used(done);
  }
  *bytes = b;
  return 0;
}

int read_whole_file(int fd, RefcBinary** bytes) {
  const int error = read_file_bytes(fd, -1, SIZE_MAX / 4, bytes);
  if (error == 0 && *bytes == nullptr) *bytes = make_bytes(0);
  return error;
}

int read_named_file(const char* path, RefcBinary** bytes) {
  if (const auto inside = in_own_archive(path)) {
    const Archive::Entry* entry;
    if (const int error = archive_file(*inside, &entry)) return error;
    *bytes = make_bytes(entry->size);
    if (Archive::unpack(*entry, (*bytes)->bytes)) return 0;
    (*bytes)->release();
    return EIO;
  }
  int fd;
  if (const int error = open_file(path, kFileRead, &fd)) return error;
  const int error = read_whole_file(fd, bytes);
  ::close(fd);
  return error;
}

int write_file_bytes(int fd, std::int64_t offset, std::vector<iovec>& pieces) {
  iovec* at = pieces.data();
  iovec* const end = at + pieces.size();
  for (;;) {
    while (at != end && at->iov_len == 0) ++at;
    if (at == end) return 0;
    const int count = static_cast<int>(std::min<std::ptrdiff_t>(end - at, IOV_MAX));
    const ssize_t n =
        retry([&] { return offset < 0 ? ::writev(fd, at, count) : ::pwritev(fd, at, count, offset); });
    if (n < 0) return errno;
    if (offset >= 0) offset += n;
    for (auto left = static_cast<std::size_t>(n); left > 0;) {
      const std::size_t used = std::min(left, at->iov_len);
      at->iov_base = static_cast<char*>(at->iov_base) + used;
      at->iov_len -= used;
      left -= used;
      if (at->iov_len == 0) ++at;
    }
  }
}

// ---- other operations ----

int file_status(const char* path, bool follow_links, struct stat* status) {
  if (const auto inside = in_own_archive(path)) return archive_status(*inside, status);
  return failed(follow_links ? ::stat(path, status) : ::lstat(path, status));
}
bool may_read(const char* path) { return in_own_archive(path) || ::access(path, R_OK) == 0; }
bool may_write(const char* path) { return !in_own_archive(path) && ::access(path, W_OK) == 0; }

int truncate_here(int fd) {
  const off_t here = lseek(fd, 0, SEEK_CUR);
  return here < 0 ? errno : failed(ftruncate(fd, here));
}

int allocate_space(int fd, std::int64_t offset, std::int64_t length) {
  if (retry([&] { return fallocate(fd, 0, offset, length); }) == 0) return 0;
  int error;
  do error = posix_fallocate(fd, offset, length);
  while (error == EINTR);
  return error;
}

// OTP: a folder that is in the way "exists"; the root cannot be renamed.
int rename_file(const char* from, const char* to) {
  if (::rename(from, to) == 0) return 0;
  if (errno == ENOTEMPTY) return EEXIST;
  return std::string_view(from) == "/" ? EINVAL : errno;
}

int delete_file(const char* path) {
  if (::unlink(path) == 0) return 0;
  return errno == EISDIR ? EPERM : errno;
}

// OTP: the working folder cannot be deleted (einval), one that is not empty "exists".
int delete_folder(const char* path) {
  if (::rmdir(path) == 0) return 0;
  if (errno != ENOTEMPTY && errno != EEXIST) return errno;
  struct stat it, here;
  if (stat(path, &it) == 0 && stat(".", &here) == 0 && it.st_ino == here.st_ino && it.st_dev == here.st_dev)
    return EINVAL;
  return EEXIST;
}

// Some file systems refuse the bits that change the user or group.
int change_permissions(const char* path, unsigned mode) {
  constexpr mode_t special = S_ISUID | S_ISGID, known = special | S_IRWXU | S_IRWXG | S_IRWXO;
  if (::chmod(path, mode & known) == 0) return 0;
  return failed(::chmod(path, mode & known & ~special));
}

int read_link(const char* path, std::string* target) {
  if (const auto inside = in_own_archive(path)) {
    struct stat status;
    const int error = archive_status(*inside, &status);
    return error != 0 ? error : EINVAL;  // no links there
  }
  for (std::size_t size = 256;; size *= 2) {
    target->resize(size);
    const ssize_t n = ::readlink(path, target->data(), size);
    if (n < 0) return errno;
    if (static_cast<std::size_t>(n) == size) continue;
    target->resize(static_cast<std::size_t>(n));
    return 0;
  }
}

int working_folder(std::string* path) {
  char* text = ::getcwd(nullptr, 0);
  if (text == nullptr) return errno;
  *path = text;
  ::free(text);
  return 0;
}

int list_folder(const char* path, const std::function<void(std::string_view)>& name) {
  if (const auto inside = in_own_archive(path)) {
    if (inside->archive->find(inside->name) != nullptr) return ENOTDIR;
    if (!inside->archive->is_folder(inside->name)) return ENOENT;
    inside->archive->list(inside->name, name);
    return 0;
  }
  DIR* folder = ::opendir(path);
  if (folder == nullptr) return errno;
  while (const dirent* entry = ::readdir(folder)) {
    const std::string_view n = entry->d_name;
    if (n != "." && n != "..") name(n);
  }
  ::closedir(folder);
  return 0;
}

}  // namespace joist
