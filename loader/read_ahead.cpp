#include "loader/read_ahead.hpp"

#include <pthread.h>
#include <signal.h>

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

#include "loader/code_path.hpp"
#include "loader/load.hpp"
#include "scheduler/scheduler.hpp"
#include "vm/base/epoch.hpp"
#include "vm/term/atom.hpp"
#include "vm/term/dialect.hpp"

namespace joist {
namespace {

constexpr int kThreads = 2;

struct Job {
  enum class State { waiting, working, done, taken };
  std::string path, image;
  State state = State::waiting;
  std::unique_ptr<Instance> instance;
  std::vector<Term> atoms;  // that get their numbers when the module is asked for
};

struct ReadAhead {
  std::mutex mutex;
  std::condition_variable finished;
  std::unordered_map<std::string_view, Job*> by_module;
  std::vector<ReadAheadFile> files;
  std::vector<Job> jobs;
};
ReadAhead* ahead = nullptr;  // lives as long as the VM

void load(Job& job) {
  job.image = read_whole_file(job.path).value_or("");
  if (job.image.empty()) return;
  const EpochGuard online;
  std::optional<UnnumberedAtoms> later;
  if (dialect.keys_by_number) later.emplace(job.atoms);
  job.instance =
      load_module({reinterpret_cast<const std::uint8_t*>(job.image.data()), job.image.size()}).instance;
}

void work() {
  for (Job& job : ahead->jobs) {
    {
      const std::lock_guard lock(ahead->mutex);
      if (job.state != Job::State::waiting) continue;
      job.state = Job::State::working;
    }
    load(job);
    const std::lock_guard lock(ahead->mutex);
    job.state = Job::State::done;
    ahead->finished.notify_all();
  }
}

}  // namespace

void start_read_ahead(std::vector<ReadAheadFile> files) {
  if (usable_cores() < 2 || files.empty()) return;
  ahead = new ReadAhead;
  ahead->files = std::move(files);
  ahead->jobs = std::vector<Job>(ahead->files.size());
  for (std::size_t i = 0; i < ahead->files.size(); ++i) {
    Job& job = ahead->jobs[i];
    job.path = ahead->files[i].path;
    if (!ahead->by_module.emplace(ahead->files[i].module, &job).second) job.state = Job::State::taken;
  }
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // signals are for other threads
  for (int i = 0; i < std::min(usable_cores(), kThreads); ++i) std::thread(work).detach();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

std::unique_ptr<Instance> take_read_ahead(std::string_view module, ByteSpan image) {
  if (ahead == nullptr) return nullptr;
  std::unique_lock lock(ahead->mutex);
  const auto found = ahead->by_module.find(module);
  if (found == ahead->by_module.end()) return nullptr;
  Job& job = *found->second;
  ahead->finished.wait(lock, [&] { return job.state != Job::State::working; });
  const bool done = job.state == Job::State::done;
  job.state = Job::State::taken;
  if (!done) return nullptr;
  std::unique_ptr<Instance> instance = std::move(job.instance);
  const std::string bytes = std::move(job.image);
  const std::vector<Term> atoms = std::move(job.atoms);
  lock.unlock();
  if (bytes.size() != image.size() || std::memcmp(bytes.data(), image.data(), bytes.size()) != 0)
    return nullptr;
  for (const Term atom : atoms) atom_number(atom);
  return instance;
}

}  // namespace joist
