#include "vm/ports/loadable/async_jobs.hpp"

#include <pthread.h>
#include <signal.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "vm/base/epoch.hpp"
#include "vm/base/flags.hpp"

namespace joist {
namespace {

struct Job {
  Term port;
  LoadableDriver* driver;  // entered, so that its code stays
  ErlDrvPDL lock;          // counted: the job may use it when the port has gone
  void (*invoke)(void*);
  void* data;
  void (*release)(void*);
};

class Worker {
 public:
  Worker() {
    // Signals are the VM's own affair.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread([this] { run(); }).detach();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  void add(const Job& job) {
    {
      const std::lock_guard lock(mutex_);
      jobs_.push_back(job);
    }
    ready_.notify_one();
  }

 private:
  [[noreturn]] void run() {
    for (;;) {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return !jobs_.empty(); });
      const Job job = jobs_.front();
      jobs_.pop_front();
      lock.unlock();
      job.invoke(job.data);
      const EpochGuard online;
      finish(job);
    }
  }
  static void finish(const Job& job) {
    bool told = false;
    if (Port* port = find_port_in_any_state(job.port)) {
      const PortGuard guard(*port);
      auto* loaded = dynamic_cast<LoadedPort*>(port->driver.get());
      told = loaded != nullptr && loaded->job_done(*port, job.data);
    }
    if (!told && job.release != nullptr) job.release(job.data);
    if (job.lock != nullptr) job.lock->release();
    job.driver->leave();
  }

  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Job> jobs_;
};

Worker& worker(unsigned number) {
  static std::mutex mutex;
  static std::vector<Worker*> all(static_cast<std::size_t>(std::max(1, flags.async_threads)));
  const std::lock_guard lock(mutex);
  Worker*& w = all[number % all.size()];
  if (w == nullptr) w = new Worker;  // it lives as long as the VM
  return *w;
}

std::atomic<long> numbers{0};

}  // namespace

long start_async_job(LoadedPort& port, const unsigned* key, void (*invoke)(void*), void* data,
                     void (*release)(void*)) {
  const long number = numbers.fetch_add(1) + 1;
  port.driver().enter();
  if (port.data_lock != nullptr) ++port.data_lock->references;
  worker(key != nullptr ? *key : static_cast<unsigned>(number))
      .add({port.id(), &port.driver(), port.data_lock, invoke, data, release});
  return number;
}

}  // namespace joist
