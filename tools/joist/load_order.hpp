// load_order.hpp -- which modules a start of OTP will ask for (otp-subset/load_order).
#pragma once
#include <vector>

#include "loader/read_ahead.hpp"
#include "tools/joist/installation.hpp"

namespace joist {

// The files of `otp`, in the order in which starting with these arguments of init asks for them.
std::vector<ReadAheadFile> files_of_start(const Installation& otp,
                                          const std::vector<std::string>& init_arguments);

}  // namespace joist
