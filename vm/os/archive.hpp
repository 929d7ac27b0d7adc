// archive.hpp -- the files that lie inside the running program: a ZIP archive at the end of its own file.
//
// They are shown below the program's own path: PROGRAM/otp/lib/kernel-8.5.3/ebin/code.beam. PROGRAM is no
// folder, so no file system has such names and nothing is hidden. Read-only; vm/os/file.hpp and everything
// above sees them. Owner: the program. Threads: any, after open_own_archive(). GC: none.
#pragma once
#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace joist {

class Archive {
 public:
  struct Entry {
    std::string_view name;    // "otp/lib/kernel-8.5.3/ebin/code.beam"
    std::string_view packed;  // the bytes in the archive
    std::uint32_t size = 0;   // of the file
    bool compressed = false;
    bool executable = false;
  };

  // The archive that ends where `bytes` end, whatever comes before it; nullptr if there is none, or it is
  // damaged. `bytes` must stay. Archives of more than 4 GiB, of several parts, or with encrypted files are
  // refused.
  static std::unique_ptr<Archive> read(std::string_view bytes);

  const std::vector<Entry>& entries() const { return entries_; }
  // The file of that name ("otp/lib", without a slash at either end); nullptr if there is none.
  const Entry* find(std::string_view name) const;
  bool is_folder(std::string_view name) const;
  // Calls `child` for each name right below a folder.
  void list(std::string_view folder, const std::function<void(std::string_view)>& child) const;
  // Writes `e.size` bytes to `to`. False: the archive is damaged.
  static bool unpack(const Entry& e, void* to);

 private:
  std::vector<Entry>::const_iterator first_below(std::string_view folder) const;
  std::vector<Entry> entries_;  // sorted by name
};

// ---- the running program's own ----

// Looks for it; to be called once, before there are threads.
void open_own_archive();
const Archive* own_archive();      // nullptr: there is none
const std::string& own_program();  // the program's path, without links; empty if it cannot be told

// A path that leads into the running program.
struct ArchivePath {
  const Archive* archive;
  std::string name;  // as Archive::find() wants it
};
std::optional<ArchivePath> in_own_archive(std::string_view path);

// As stat(2) and access(2) have it; 0 or an errno value.
int archive_status(const ArchivePath& path, struct stat* status);
// The bytes of a file, or an errno value.
int archive_file(const ArchivePath& path, const Archive::Entry** entry);

}  // namespace joist
