// prim_file: native functions that take names of files and folders.
#include <fcntl.h>
#include <unistd.h>
#include <utime.h>

#include <algorithm>

#include "bifs/prim_file.hpp"
#include "vm/term/number.hpp"

namespace joist {
namespace {

// Years 0 to 9999.
constexpr std::int64_t kFirstTime = -62135596800 - 366 * 86400, kLastTime = 253402300799;

Term time_term(Call& c, time_t t) {
  return make_int(c.heap(), std::clamp(static_cast<std::int64_t>(t), kFirstTime, kLastTime));
}

Term access_atom(bool readable, bool writable) {
  return readable ? (writable ? am::read_write : am::read) : writable ? am::write : am::none;
}

// #file_info{}
Term file_info(Call& c, const struct stat& s, Term access) {
  Heap& h = c.heap();
  const mode_t m = s.st_mode;
  const Term type = S_ISCHR(m) || S_ISBLK(m) ? am::device
                    : S_ISDIR(m)             ? am::directory
                    : S_ISREG(m)             ? am::regular
                    : S_ISLNK(m)             ? am::symlink
                                             : am::other;
  // OTP: numbers that C calls int, whatever the system has.
  const auto number = [](std::uint64_t n) { return Term::small(static_cast<std::uint32_t>(n)); };
  return make_tuple(h, am::file_info, make_uint(h, static_cast<std::uint64_t>(s.st_size)), type, access,
                    time_term(c, s.st_atime), time_term(c, s.st_mtime), time_term(c, s.st_ctime), number(m),
                    number(s.st_nlink), number(s.st_dev), number(s.st_rdev), number(s.st_ino),
                    number(s.st_uid), number(s.st_gid));
}

// Access by the mode bits, as the owner, the group or others.
Term access_by_mode(const struct stat& s) {
  const unsigned bits = s.st_uid == geteuid()   ? s.st_mode >> 6
                        : s.st_gid == getegid() ? s.st_mode >> 3
                                                : s.st_mode;
  return access_atom((bits & 4) != 0, (bits & 2) != 0);
}

bool fits_int(Term t) { return t.is_small() && static_cast<int>(t.small_value()) == t.small_value(); }

// Runs `operate(path)`, which answers 0 or an errno value.
template <class Operate>
Term on_path(Call& c, Term path, Operate operate) {
  const NativePath name(path);
  return posix_result(c, name.valid() ? operate(name.c_str()) : EINVAL);
}
template <class Operate>
Term on_paths(Call& c, Term first, Term second, Operate operate) {
  const NativePath a(first), b(second);
  return posix_result(c, a.valid() && b.valid() ? operate(a.c_str(), b.c_str()) : EINVAL);
}
int failed(int result) { return result < 0 ? errno : 0; }

// {ok, Binary} | {error, Posix}
Term text_result(Call& c, int error, const std::string& text) {
  if (error != 0) return posix_error(c, error);
  return make_tuple(c.heap(), am::ok, make_binary_copy(c.heap(), text));
}

}  // namespace

// read_info_nif(Path, FollowLinks) -> #file_info{} | {error, Posix}
JOIST_DEFINE_BIF(prim_file_read_info_nif_2, Term path, Term follow) {
  if (!fits_int(follow)) return badarg(c);
  const NativePath name(path);
  if (!name.valid()) return posix_error(c, EINVAL);
  struct stat s;
  if (const int error = file_status(name.c_str(), follow != Term::small(0), &s)) return posix_error(c, error);
  return file_info(c, s, access_atom(may_read(name.c_str()), may_write(name.c_str())));
}
JOIST_DEFINE_BIF(prim_file_read_handle_info_nif_1, Term file) {
  return with_file(c, file, [&](OpenFile& f) {
    struct stat s;
    return fstat(f.fd(), &s) < 0 ? posix_error(c, errno) : file_info(c, s, access_by_mode(s));
  });
}
// read_file_nif(Path) -> {ok, Binary} | {error, Posix}
JOIST_DEFINE_BIF(prim_file_read_file_nif_1, Term path) {
  const NativePath name(path);
  if (!name.valid()) return posix_error(c, EINVAL);
  RefcBinary* bytes = nullptr;
  if (const int error = read_named_file(name.c_str(), &bytes)) return posix_error(c, error);
  return make_tuple(c.heap(), am::ok, binary_from(c.heap(), bytes));
}

JOIST_DEFINE_BIF(prim_file_set_permissions_nif_2, Term path, SmallInt mode) {
  if (mode.value() < 0 || mode.value() > UINT32_MAX) return badarg(c);
  return on_path(c, path,
                 [&](const char* p) { return change_permissions(p, static_cast<unsigned>(mode.value())); });
}
JOIST_DEFINE_BIF(prim_file_set_owner_nif_3, Term path, Term user, Term group) {
  if (!fits_int(user) || !fits_int(group)) return badarg(c);
  return on_path(c, path, [&](const char* p) {
    return failed(chown(p, static_cast<uid_t>(user.small_value()), static_cast<gid_t>(group.small_value())));
  });
}
// set_time_nif(Path, Accessed, Modified, Created): in seconds since 1970.
JOIST_DEFINE_BIF(prim_file_set_time_nif_4, Term path, Integer accessed, Integer modified, Integer created) {
  const auto a = to_int64(accessed.t), m = to_int64(modified.t);
  if (!a || !m || !to_int64(created.t)) return badarg(c);
  return on_path(c, path, [&](const char* p) {
    const utimbuf times{*a, *m};
    return failed(utime(p, &times));
  });
}

JOIST_DEFINE_BIF(prim_file_make_hard_link_nif_2, Term existing, Term name) {
  return on_paths(c, existing, name, [](const char* a, const char* b) { return failed(::link(a, b)); });
}
JOIST_DEFINE_BIF(prim_file_make_soft_link_nif_2, Term existing, Term name) {
  return on_paths(c, existing, name, [](const char* a, const char* b) { return failed(::symlink(a, b)); });
}
JOIST_DEFINE_BIF(prim_file_rename_nif_2, Term from, Term to) { return on_paths(c, from, to, rename_file); }
JOIST_DEFINE_BIF(prim_file_del_file_nif_1, Term path) { return on_path(c, path, delete_file); }
JOIST_DEFINE_BIF(prim_file_del_dir_nif_1, Term path) { return on_path(c, path, delete_folder); }
JOIST_DEFINE_BIF(prim_file_make_dir_nif_1, Term path) {
  return on_path(c, path, [](const char* p) { return failed(::mkdir(p, 0777)); });
}
JOIST_DEFINE_BIF(prim_file_set_cwd_nif_1, Term path) {
  return on_path(c, path, [](const char* p) { return failed(::chdir(p)); });
}
JOIST_DEFINE_BIF(prim_file_get_cwd_nif_0) {
  std::string text;
  const int error = working_folder(&text);
  return text_result(c, error, text);
}
JOIST_DEFINE_BIF(prim_file_read_link_nif_1, Term path) {
  const NativePath name(path);
  std::string text;
  const int error = name.valid() ? read_link(name.c_str(), &text) : EINVAL;
  return text_result(c, error, text);
}
// list_dir_nif(Path) -> {ok, [Binary]}: last found, first in the list.
JOIST_DEFINE_BIF(prim_file_list_dir_nif_1, Term path) {
  const NativePath name(path);
  if (!name.valid()) return posix_error(c, EINVAL);
  Term names = Term::nil();
  const int error = list_folder(name.c_str(), [&](std::string_view n) {
    names = make_cons(c.heap(), make_binary_copy(c.heap(), n), names);
  });
  return error != 0 ? posix_error(c, error) : make_tuple(c.heap(), am::ok, names);
}
// Of Windows only.
JOIST_DEFINE_BIF(prim_file_get_device_cwd_nif_1, Term device) {
  return fits_int(device) ? posix_error(c, ENOTSUP) : badarg(c);
}
JOIST_DEFINE_BIF(prim_file_altname_nif_1, Term path) {
  return posix_error(c, NativePath(path).valid() ? ENOTSUP : EINVAL);
}

}  // namespace joist
