// async_jobs.hpp -- work that drivers give to threads of its own (driver_async).
// Owner: the VM. Threads: as many as +A says, at least one; started with the first job.
#pragma once
#include <erl_driver.h>

#include "vm/ports/loadable/loaded_port.hpp"

namespace joist {

// Runs `invoke(data)` on one of the threads: jobs of the same key on the same one, one after another.
// Afterwards the port hears of it, or, if it is gone, `release(data)` is called (null is allowed). Returns a
// number from 1.
long start_async_job(LoadedPort& port, const unsigned* key, void (*invoke)(void*), void* data,
                     void (*release)(void*));

}  // namespace joist
