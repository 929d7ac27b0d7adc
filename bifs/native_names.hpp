// native_names.hpp -- file names as the operating system has them.
// Owner: nobody. Threads: any. GC: builds nothing.
#pragma once
#include <langinfo.h>
#include <locale.h>

#include <string_view>

#include "vm/base/flags.hpp"

namespace joist {

// Whether names are UTF-8, by the locale or as +fn says; else they are Latin-1.
inline bool native_names_are_utf8() {
  if (flags.file_names != FileNameEncoding::by_locale) return flags.file_names == FileNameEncoding::utf8;
  static const bool yes = [] {
    setlocale(LC_CTYPE, "");
    return std::string_view(nl_langinfo(CODESET)) == "UTF-8";
  }();
  return yes;
}

}  // namespace joist
