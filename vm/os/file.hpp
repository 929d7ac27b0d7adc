// file.hpp -- open files, and operations on names and open files. All results are 0 or an errno value.
// Names may lead into the running program (archive.hpp): what is there can be read.
//
// An open file belongs to the process that opened it: when that one exits, the file is closed. Only an idle
// file can be worked on; a process that works on it marks it busy meanwhile, so nobody closes it then.
// Owner: the table of open files, until it is closed; references to it as a MagicObject. Threads: any, one
// operation at a time. GC: none.
#pragma once
#include <sys/stat.h>
#include <sys/uio.h>

#include <functional>
#include <string>
#include <vector>

#include "vm/term/bits.hpp"
#include "vm/term/magic.hpp"

namespace joist {

enum FileMode : unsigned {
  kFileRead = 1,
  kFileWrite = 2,
  kFileAppend = 4,
  kFileExclusive = 8,
  kFileSync = 16,
  kFileDirectory = 32,
  kFileSkipTypeCheck = 64,
};

class OpenFile final : public MagicObject {
 public:
  // idle -> busy -> idle for an operation; idle -> closed; busy -> close_pending -> closed.
  enum class State { idle, busy, close_pending, closed };

  OpenFile(int fd, Term owner) : fd_(fd), owner_(owner) {}
  ~OpenFile() override;
  int fd() const { return fd_; }

  // False: the file is closed.
  bool begin_operation();
  void end_operation();
  // EINVAL if it is closed already.
  int close();
  // Closes the descriptor of a file that owner_exits() has taken out of use.
  int close_orphan();
  // The owner is gone: takes the file out of use. True: close_orphan() is to be called.
  bool owner_exits();

 private:
  int close_descriptor();
  std::atomic<State> state_{State::idle};
  std::atomic<int> fd_;
  const Term owner_;
  friend class OpenFiles;
};

// The files of each process.
class OpenFiles {
 public:
  static void add(OpenFile* file);
  // Files that were `owner`'s; each of them retained for the caller.
  static std::vector<OpenFile*> take_all(Term owner);
};

// `*fd` is the descriptor.
int open_file(const char* path, unsigned modes, int* fd);

// Reads up to `size` bytes, at `offset` or (-1) at the file's position; less only at the end of the file. A
// null
// `*bytes` is the end of the file at once; else it has one reference.
int read_file_bytes(int fd, std::int64_t offset, std::size_t size, RefcBinary** bytes);
// All of a file from its position on.
int read_whole_file(int fd, RefcBinary** bytes);
int read_named_file(const char* path, RefcBinary** bytes);
// Writes all, at `offset` or (-1) at the position. Changes `pieces`.
int write_file_bytes(int fd, std::int64_t offset, std::vector<iovec>& pieces);

int file_status(const char* path, bool follow_links, struct stat* status);
bool may_read(const char* path);
bool may_write(const char* path);
int truncate_here(int fd);
int allocate_space(int fd, std::int64_t offset, std::int64_t length);
int rename_file(const char* from, const char* to);
int delete_file(const char* path);
int delete_folder(const char* path);
int change_permissions(const char* path, unsigned mode);
int read_link(const char* path, std::string* target);
int working_folder(std::string* path);
// Calls `name` for each entry but . and ..
int list_folder(const char* path, const std::function<void(std::string_view)>& name);

}  // namespace joist
