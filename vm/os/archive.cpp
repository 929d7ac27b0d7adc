#include "vm/os/archive.hpp"

#include <fcntl.h>
#include <limits.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace joist {
namespace {

// Little-endian numbers at a place in the archive.
std::uint32_t u16(const char* at) {
  const auto* b = reinterpret_cast<const unsigned char*>(at);
  return static_cast<std::uint32_t>(b[0] | b[1] << 8);
}
std::uint32_t u32(const char* at) { return u16(at) | u16(at + 2) << 16; }

// Records of the ZIP format: the end of the directory, a file in the directory, the same file before its
// bytes.
constexpr std::uint32_t kEndMark = 0x06054b50, kFileMark = 0x02014b50, kLocalMark = 0x04034b50;
constexpr std::size_t kEndSize = 22, kFileSize = 46, kLocalSize = 30;
constexpr std::uint32_t kStored = 0, kDeflated = 8;

struct Program {
  std::string path, prefix;  // prefix: path + "/"
  std::unique_ptr<Archive> archive;
  struct stat status {};
};
Program& program() {
  static Program* p = new Program;
  return *p;
}

// Without "." and "..", empty parts and slashes at the ends; nullopt if it leads out of the program.
std::optional<std::string> plain_name(std::string_view path) {
  std::string name;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    path = slash == path.npos ? std::string_view() : path.substr(slash + 1);
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (name.empty()) return std::nullopt;
      const std::size_t last = name.rfind('/');
      name.resize(last == std::string::npos ? 0 : last);
      continue;
    }
    if (!name.empty()) name += '/';
    name += part;
  }
  return name;
}

}  // namespace

std::unique_ptr<Archive> Archive::read(std::string_view bytes) {
  if (bytes.size() < kEndSize) return nullptr;
  const char* const end = bytes.data() + bytes.size() - kEndSize;
  if (u32(end) != kEndMark || u16(end + 4) != 0 || u16(end + 20) != 0) return nullptr;
  const std::size_t count = u16(end + 10), size = u32(end + 12), offset = u32(end + 16);
  const auto before_end = static_cast<std::size_t>(end - bytes.data());
  if (size + offset > before_end) return nullptr;
  // Offsets count from where the archive starts, which is not where the file does.
  const std::string_view all = bytes.substr(before_end - size - offset);
  auto archive = std::make_unique<Archive>();
  archive->entries_.reserve(count);
  std::size_t at = offset;
  for (std::size_t i = 0; i < count; ++i) {
    if (at + kFileSize > offset + size) return nullptr;
    const char* const file = all.data() + at;
    const std::size_t name_size = u16(file + 28), rest = u16(file + 30) + u16(file + 32);
    if (u32(file) != kFileMark || at + kFileSize + name_size + rest > offset + size) return nullptr;
    const std::uint32_t flags = u16(file + 8), method = u16(file + 10);
    const std::size_t packed = u32(file + 20), unpacked = u32(file + 24), local = u32(file + 42);
    if ((flags & 1) != 0 || (method != kStored && method != kDeflated)) return nullptr;
    if (local + kLocalSize > offset || u32(all.data() + local) != kLocalMark) return nullptr;
    const std::size_t data = local + kLocalSize + u16(all.data() + local + 26) + u16(all.data() + local + 28);
    if (data + packed > offset || (method == kStored && packed != unpacked)) return nullptr;
    Entry e;
    e.name = {file + kFileSize, name_size};
    e.packed = all.substr(data, packed);
    e.size = static_cast<std::uint32_t>(unpacked);
    e.compressed = method == kDeflated;
    e.executable = (u32(file + 38) >> 16 & S_IXUSR) != 0;
    if (!e.name.ends_with('/')) archive->entries_.push_back(e);  // folders follow from their files
    at += kFileSize + name_size + rest;
  }
  const auto by_name = [](const Entry& a, const Entry& b) { return a.name < b.name; };
  if (!std::is_sorted(archive->entries_.begin(), archive->entries_.end(), by_name))
    std::sort(archive->entries_.begin(), archive->entries_.end(), by_name);
  return archive;
}

const Archive::Entry* Archive::find(std::string_view name) const {
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), name,
                                      [](const Entry& e, std::string_view n) { return e.name < n; });
  return found != entries_.end() && found->name == name ? &*found : nullptr;
}

std::vector<Archive::Entry>::const_iterator Archive::first_below(std::string_view folder) const {
  const std::string start = folder.empty() ? std::string() : std::string(folder) + '/';
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), std::string_view(start),
                                      [](const Entry& e, std::string_view n) { return e.name < n; });
  return found != entries_.end() && found->name.starts_with(start) ? found : entries_.end();
}

bool Archive::is_folder(std::string_view name) const {
  return name.empty() || first_below(name) != entries_.end();
}

void Archive::list(std::string_view folder, const std::function<void(std::string_view)>& child) const {
  const std::size_t skip = folder.empty() ? 0 : folder.size() + 1;
  std::string_view last;
  for (auto e = first_below(folder); e != entries_.end(); ++e) {
    if (skip != 0 && (!e->name.starts_with(folder) || e->name.size() < skip || e->name[skip - 1] != '/'))
      break;
    const std::string_view rest = e->name.substr(skip);
    const std::string_view name = rest.substr(0, rest.find('/'));
    if (name == last) continue;
    last = name;
    child(name);
  }
}

bool Archive::unpack(const Entry& e, void* to) {
  if (!e.compressed) {
    std::memcpy(to, e.packed.data(), e.size);
    return true;
  }
  z_stream z{};
  if (inflateInit2(&z, -MAX_WBITS) != Z_OK) return false;
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(e.packed.data()));
  z.avail_in = static_cast<uInt>(e.packed.size());
  z.next_out = static_cast<Bytef*>(to);
  z.avail_out = e.size;
  const int result = inflate(&z, Z_FINISH);
  const bool whole = result == Z_STREAM_END && z.avail_out == 0;
  inflateEnd(&z);
  return whole;
}

// Where there is no /proc, the kernel still says by which path the program was started.
void open_own_archive() {
  Program& p = program();
  char path[PATH_MAX];
  const auto* started_as = reinterpret_cast<const char*>(getauxval(AT_EXECFN));
  const ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
  if (n > 0)
    p.path.assign(path, static_cast<std::size_t>(n));
  else if (started_as != nullptr && realpath(started_as, path) != nullptr)
    p.path = path;
  else
    return;
  p.prefix = p.path + '/';
  int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);  // it may have been replaced since it was started
  if (fd < 0) fd = open(p.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  if (fstat(fd, &p.status) == 0 && p.status.st_size > 0) {
    const auto size = static_cast<std::size_t>(p.status.st_size);
    void* bytes = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes != MAP_FAILED) {
      p.archive = Archive::read({static_cast<const char*>(bytes), size});
      if (p.archive == nullptr) munmap(bytes, size);
    }
  }
  close(fd);
}

const Archive* own_archive() { return program().archive.get(); }
const std::string& own_program() { return program().path; }

std::optional<ArchivePath> in_own_archive(std::string_view path) {
  const Program& p = program();
  if (p.archive == nullptr || !path.starts_with(p.prefix)) return std::nullopt;
  auto name = plain_name(path.substr(p.prefix.size()));
  if (!name) return std::nullopt;
  return ArchivePath{p.archive.get(), std::move(*name)};
}

int archive_status(const ArchivePath& path, struct stat* status) {
  *status = {};
  const Archive::Entry* file = path.archive->find(path.name);
  if (file == nullptr && !path.archive->is_folder(path.name)) return ENOENT;
  const struct stat& own = program().status;
  const bool all_may_run = file == nullptr || file->executable;
  status->st_mode = static_cast<mode_t>((file == nullptr ? S_IFDIR : S_IFREG) | (all_may_run ? 0555 : 0444));
  status->st_size = file == nullptr ? 0 : file->size;
  status->st_nlink = 1;
  status->st_uid = own.st_uid;
  status->st_gid = own.st_gid;
  status->st_atim = status->st_mtim = status->st_ctim = own.st_mtim;
  return 0;
}

int archive_file(const ArchivePath& path, const Archive::Entry** entry) {
  *entry = path.archive->find(path.name);
  if (*entry != nullptr) return 0;
  return path.archive->is_folder(path.name) ? EISDIR : ENOENT;
}

}  // namespace joist
