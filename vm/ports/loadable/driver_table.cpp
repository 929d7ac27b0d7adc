#include "vm/ports/loadable/driver_table.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <memory>

#include "gc/copy.hpp"
#include "vm/base/epoch.hpp"
#include "vm/ports/loadable/loaded_port.hpp"
#include "vm/process/hooks.hpp"
#include "vm/process/signals.hpp"
#include "vm/process/spawn.hpp"
#include "vm/term/atom.hpp"

namespace joist {
namespace {

bool version_fits(const ErlDrvEntry& e) {
  return static_cast<unsigned>(e.extended_marker) == ERL_DRV_EXTENDED_MARKER &&
         e.major_version >= ERL_DRV_MIN_REQUIRED_MAJOR_VERSION_ON_LOAD &&
         (e.major_version < ERL_DRV_EXTENDED_MAJOR_VERSION ||
          (e.major_version == ERL_DRV_EXTENDED_MAJOR_VERSION &&
           e.minor_version <= ERL_DRV_EXTENDED_MINOR_VERSION));
}

}  // namespace

class DriverTable {
 public:
  // Recursive: a driver's own functions are called with it held when it comes and goes.
  std::recursive_mutex mutex;

  LoadableDriver* find(std::string_view name) {
    for (const auto& d : drivers_)
      if (d->text_ == name) return d.get();
    return nullptr;
  }

  const std::vector<std::unique_ptr<LoadableDriver>>& drivers() const { return drivers_; }

  DriverAnswer load(const DriverRequest& r) {
    if (is_built_in(r.name)) return refused(intern("linked_in_driver"));
    LoadableDriver* d = find(r.name);
    if (r.reload != DriverWish::none) return reload(d, r);
    if (d == nullptr) return load_new(r);
    if (d->permanent_) return refused(intern("permanent"));
    const std::string& path = d->state_ == LoadableDriver::State::reloading ? d->next_path_ : d->path_;
    if (path != r.path || d->kill_ports_ != r.kill_ports) return refused(intern("inconsistent"));
    add_user(*d, r.pid);
    if (d->state_ == LoadableDriver::State::loaded) return granted(intern("already_loaded"));
    if (d->state_ == LoadableDriver::State::unloading && !d->forced_) {
      d->state_ = LoadableDriver::State::loaded;
      tell(*d, {Watch::unloaded}, true, intern("unload_cancelled"));
      return granted(intern("already_loaded"));
    }
    // Its ports are being killed: it goes, and comes back.
    if (d->state_ == LoadableDriver::State::unloading) {
      d->state_ = LoadableDriver::State::reloading;
      d->next_path_ = r.path;
    }
    return pending(*d, r, Watch::loaded);
  }

  DriverAnswer unload(const DriverRequest& r, bool* kill) {
    LoadableDriver* d = find(r.name);
    if (d == nullptr) return refused(intern(is_built_in(r.name) ? "linked_in_driver" : "not_loaded"));
    if (d->handle_ == nullptr) return refused(intern("linked_in_driver"));
    if (d->permanent_) return refused(intern("permanent"));
    const auto user = user_of(*d, r.pid);
    if (user == d->users_.end() && !d->users_.empty()) return refused(intern("not_loaded_by_this_process"));
    if (d->state_ == LoadableDriver::State::reloading) {
      d->state_ = d->forced_ ? LoadableDriver::State::unloading : LoadableDriver::State::loaded;
      tell(*d, {Watch::loaded}, false, intern("load_cancelled"));
    }
    if (user != d->users_.end() && --user->loads == 0) d->users_.erase(user);
    if (!d->users_.empty()) return pending(*d, r, Watch::unloaded);
    *kill = r.kill_ports || d->kill_ports_;
    d->state_ = LoadableDriver::State::unloading;
    d->forced_ |= *kill;
    // OTP: nobody is told that it is unloaded already, even if it is.
    const DriverAnswer answer = pending(*d, r, Watch::unloaded);
    settle(*d);
    return answer;
  }

  bool monitor(Term pid, RefKey ref, const std::string& name, Term name_term, Term when) {
    const std::string_view what = when.is_atom() ? atom_text(when) : std::string_view();
    if (what != "loaded" && what != "unloaded" && what != "unloaded_only") return false;
    LoadableDriver* d = find(name);
    if (d == nullptr && !is_built_in(name)) {
      send(pid, ref, false, name_term, intern("unloaded"));
    } else if (d == nullptr || d->permanent_ || d->handle_ == nullptr) {
      send(pid, ref, true, name_term, intern("permanent"));
    } else if (what == "loaded" && d->state_ == LoadableDriver::State::loaded) {
      send(pid, ref, true, name_term, intern("loaded"));
    } else if (what == "loaded" && d->state_ == LoadableDriver::State::unloading) {
      send(pid, ref, false, name_term, intern("load_cancelled"));
    } else {
      d->watchers_.push_back({pid, ref,
                              what == "loaded"     ? Watch::loaded
                              : what == "unloaded" ? Watch::unloaded
                                                   : Watch::unloaded_only});
    }
    return true;
  }

  void demonitor(Term pid, RefKey ref) {
    for (const auto& d : drivers_)
      std::erase_if(d->watchers_,
                    [&](const LoadableDriver::Watcher& w) { return w.pid == pid && w.ref == ref; });
  }

  // The process is gone. Returns drivers whose ports are to be killed.
  std::vector<LoadableDriver*> forget(Term pid) {
    std::vector<LoadableDriver*> kill;
    std::vector<LoadableDriver*> used;
    for (const auto& d : drivers_) {
      std::erase_if(d->watchers_, [&](const LoadableDriver::Watcher& w) { return w.pid == pid; });
      if (user_of(*d, pid) != d->users_.end()) used.push_back(d.get());
    }
    for (LoadableDriver* d : used) {
      d->users_.erase(user_of(*d, pid));
      if (!d->users_.empty() || d->permanent_) continue;
      if (d->state_ == LoadableDriver::State::reloading)
        tell(*d, {Watch::loaded}, false, intern("load_cancelled"));
      d->state_ = LoadableDriver::State::unloading;
      d->forced_ |= d->kill_ports_;
      if (d->kill_ports_ && d->ports_ != 0) kill.push_back(d);
      settle(*d);
    }
    return kill;
  }

  // If it is to go, and can go now, it goes.
  void settle(LoadableDriver& d) {
    if (d.state_ == LoadableDriver::State::loaded || d.ports_ != 0 || d.inside_ != 0 || d.handle_ == nullptr)
      return;
    if (d.entry.finish != nullptr) d.entry.finish();
    dlclose(std::exchange(d.handle_, nullptr));
    tell(d, {Watch::unloaded, Watch::unloaded_only}, false, intern("unloaded"));
    if (d.state_ == LoadableDriver::State::reloading) {
      d.path_ = d.next_path_;
      const auto error = open(d);
      if (!error) {
        d.state_ = LoadableDriver::State::loaded;
        d.forced_ = false;
        tell(d, {Watch::loaded}, true, intern("loaded"));
        return;
      }
      tell_failure(d, *error);
    }
    remove(d);
  }

  void make_permanent(LoadableDriver& d) {
    d.permanent_ = true;
    d.state_ = LoadableDriver::State::loaded;
    tell(d, {Watch::loaded, Watch::unloaded, Watch::unloaded_only}, true, intern("permanent"));
  }

  std::optional<DriverInfo> info(const std::string& name) {
    const LoadableDriver* d = find(name);
    if (d == nullptr) return is_built_in(name) ? std::optional(DriverInfo{.built_in = true}) : std::nullopt;
    DriverInfo i{.built_in = d->handle_ == nullptr,
                 .permanent = d->permanent_,
                 .kill_ports = d->kill_ports_,
                 .ports = d->ports_};
    for (const auto& u : d->users_) i.users.emplace_back(u.pid, u.loads);
    for (const auto& w : d->watchers_) {
      auto& list = w.what == Watch::loaded ? i.awaiting_load : i.awaiting_unload;
      const auto known =
          std::find_if(list.begin(), list.end(), [&](const auto& e) { return e.first == w.pid; });
      if (known != list.end())
        ++known->second;
      else
        list.emplace_back(w.pid, 1);
    }
    return i;
  }

  void add_program(ErlDrvEntry* entry) {
    auto d = std::make_unique<LoadableDriver>();
    d->text_ = entry->driver_name;
    take_entry(*d, *entry);
    if (entry->init != nullptr && entry->init() != 0) return;
    drivers_.push_back(std::move(d));
  }
  bool remove_program(const ErlDrvEntry* entry) {
    LoadableDriver* d = find(entry->driver_name);
    if (d == nullptr || d->handle_ != nullptr || d->ports_ != 0) return false;
    remove(*d);
    return true;
  }

  static bool is_built_in(const std::string& name) {
    return std::find(std::begin(kDriversOfOtp), std::end(kDriversOfOtp), name) != std::end(kDriversOfOtp);
  }

  std::vector<std::string> linker_errors;

 private:
  using Watch = LoadableDriver::Watch;

  static DriverAnswer refused(DriverError error) { return {.error = error}; }
  static DriverAnswer granted(Term status) { return {.status = status}; }

  static std::vector<LoadableDriver::User>::iterator user_of(LoadableDriver& d, Term pid) {
    return std::find_if(d.users_.begin(), d.users_.end(),
                        [&](const LoadableDriver::User& u) { return u.pid == pid; });
  }
  static void add_user(LoadableDriver& d, Term pid) {
    if (const auto user = user_of(d, pid); user != d.users_.end())
      ++user->loads;
    else
      d.users_.push_back({pid, 1});
  }

  // The answer to what has to wait.
  static DriverAnswer pending(LoadableDriver& d, const DriverRequest& r, Watch what) {
    const bool others = what == Watch::unloaded ? !d.users_.empty() : d.users_.size() > 1;
    DriverAnswer a = granted(intern(others ? "pending_process" : "pending_driver"));
    a.monitored = r.monitor == DriverWish::pending || (r.monitor == DriverWish::pending_driver && !others);
    if (a.monitored) d.watchers_.push_back({r.pid, r.ref, what});
    return a;
  }

  DriverAnswer load_new(const DriverRequest& r) {
    auto d = std::make_unique<LoadableDriver>();
    d->text_ = r.name;
    d->path_ = r.path;
    d->kill_ports_ = r.kill_ports;
    if (const auto error = open(*d)) return refused(*error);
    add_user(*d, r.pid);
    drivers_.push_back(std::move(d));
    return granted(intern("loaded"));
  }

  DriverAnswer reload(LoadableDriver* d, const DriverRequest& r) {
    if (d == nullptr) return refused(intern("not_loaded"));
    if (d->permanent_) return refused(intern("permanent"));
    if (user_of(*d, r.pid) == d->users_.end()) return refused(intern("not_loaded_by_this_process"));
    if (d->state_ == LoadableDriver::State::reloading) return refused(intern("pending_reload"));
    if (d->kill_ports_ != r.kill_ports) return refused(intern("inconsistent"));
    // OTP: several loads of this process count as others.
    if (r.reload == DriverWish::pending_driver && (d->users_.size() > 1 || d->users_[0].loads > 1))
      return refused(intern("pending_process"));
    d->state_ = LoadableDriver::State::reloading;
    d->next_path_ = r.path;
    d->forced_ = d->kill_ports_;
    if (d->ports_ != 0 || d->inside_ != 0) return pending(*d, r, Watch::loaded);
    // Here and now: who waits for the new one is told by the answer.
    if (d->entry.finish != nullptr) d->entry.finish();
    dlclose(std::exchange(d->handle_, nullptr));
    tell(*d, {Watch::unloaded, Watch::unloaded_only}, false, intern("unloaded"));
    d->path_ = r.path;
    if (const auto error = open(*d)) {
      remove(*d);
      return refused(*error);
    }
    d->state_ = LoadableDriver::State::loaded;
    d->forced_ = false;
    return granted(intern("loaded"));
  }

  // Loads its file and asks it what it is.
  std::optional<DriverError> open(LoadableDriver& d) {
    void* handle = dlopen((d.path_ + ".so").c_str(), RTLD_NOW);
    if (handle == nullptr) return linker_error(dlerror());
    const auto give_up = [&](const char* why) {
      dlclose(handle);
      return std::optional<DriverError>(intern(why));
    };
    void* init = dlsym(handle, "driver_init");
    if (init == nullptr) return give_up("no_driver_init");
    ErlDrvEntry* entry = reinterpret_cast<ErlDrvEntry* (*)()>(init)();
    if (entry == nullptr) return give_up("driver_init_failed");
    if (!version_fits(*entry)) return give_up("driver_incorrect_version");
    if (entry->driver_name == nullptr || d.text_ != entry->driver_name) return give_up("bad_driver_name");
    take_entry(d, *entry);
    if (entry->init != nullptr && entry->init() != 0) return give_up("driver_init_failed");
    d.handle_ = handle;
    return std::nullopt;
  }

  static void take_entry(LoadableDriver& d, const ErlDrvEntry& entry) {
    d.entry = entry;
    d.name = d.text_;
    d.start = start_loaded_port;
    d.soft_busy = (entry.driver_flags & ERL_DRV_FLAG_SOFT_BUSY) != 0;
    d.locks_ports = (entry.driver_flags & ERL_DRV_FLAG_USE_PORT_LOCKING) != 0;
    d.has_control = entry.control != nullptr;
    d.has_call = entry.call != nullptr;
  }

  // OTP: texts of the linker are numbered as they come; the file's name does not belong to them.
  DriverError linker_error(std::string text) {
    if (const auto colon = text.find(": "); colon != std::string::npos) text.erase(0, colon + 2);
    auto known = std::find(linker_errors.begin(), linker_errors.end(), text);
    if (known == linker_errors.end()) known = linker_errors.insert(known, text);
    return -10 - static_cast<int>(known - linker_errors.begin());
  }

  void remove(LoadableDriver& d) {
    const auto it =
        std::find_if(drivers_.begin(), drivers_.end(), [&](const auto& e) { return e.get() == &d; });
    LoadableDriver* gone = it->release();
    drivers_.erase(it);
    retire_object(gone);
  }

  // {'UP' | 'DOWN', Ref, driver, Name, What}
  static void send(Term pid, RefKey ref, bool up, Term name, Term what) {
    GrowingFragmentHeap h;
    const Term own_ref = make_ref_with_key(h, ref);
    const Term own_name = copy_term(h, name);
    const Term message = make_tuple(h, up ? intern("UP") : intern("DOWN"), own_ref, intern("driver"),
                                    own_name, copy_term(h, what));
    send_fragment(pid, message, h.finish());
  }

  // The newest first; once each.
  static void tell(LoadableDriver& d, std::initializer_list<Watch> kinds, bool up, Term what) {
    std::vector<LoadableDriver::Watcher> told, left;
    for (const auto& w : d.watchers_)
      (std::find(kinds.begin(), kinds.end(), w.what) != kinds.end() ? told : left).push_back(w);
    d.watchers_ = std::move(left);
    for (auto w = told.rbegin(); w != told.rend(); ++w) send(w->pid, w->ref, up, intern(d.text_), what);
  }
  static void tell_failure(LoadableDriver& d, const DriverError& error) {
    BlockHeap h;
    const int* number = std::get_if<int>(&error);
    const Term why =
        number != nullptr ? make_tuple(h, intern("open_error"), Term::small(*number)) : std::get<Term>(error);
    tell(d, {Watch::loaded}, false, make_tuple(h, intern("load_failure"), why));
  }

  std::vector<std::unique_ptr<LoadableDriver>> drivers_;
};

namespace {

DriverTable& table() {
  static DriverTable* t = new DriverTable;  // never destroyed: threads may still use it
  return *t;
}

// Not under the lock of the table: drivers' functions are called.
void kill_ports_of(const LoadableDriver* d) {
  for (const Term id : all_ports_in_any_state()) {
    Port* port = find_port_in_any_state(id);
    if (port == nullptr || port->kind != d) continue;
    port->post([](Port& p) { p.exit(p.id, intern("driver_unloaded"), false, false); });
  }
}

void process_exits(Process& p) {
  std::vector<LoadableDriver*> kill;
  {
    const std::lock_guard lock(table().mutex);
    if (table().drivers().empty()) return;
    kill = table().forget(p.pid);
  }
  for (const LoadableDriver* d : kill) kill_ports_of(d);
}

}  // namespace

// ---- a driver ----

void LoadableDriver::leave() {
  if (inside_.fetch_sub(1) != 1) return;
  const std::lock_guard lock(table().mutex);
  table().settle(*this);
}

bool LoadableDriver::add_port() {
  const std::lock_guard lock(table().mutex);
  if (state_ != State::loaded) return false;
  ++ports_;
  return true;
}

void LoadableDriver::drop_port() { --ports_; }

void LoadableDriver::make_permanent() {
  const std::lock_guard lock(table().mutex);
  table().make_permanent(*this);
}

// ---- all of them ----

DriverAnswer load_driver(const DriverRequest& request) {
  DriverAnswer answer;
  const LoadableDriver* kill = nullptr;
  {
    const std::lock_guard lock(table().mutex);
    answer = table().load(request);
    if (!answer.error && request.reload != DriverWish::none && request.kill_ports)
      kill = table().find(request.name);
  }
  if (kill != nullptr) kill_ports_of(kill);
  return answer;
}

DriverAnswer unload_driver(const DriverRequest& request) {
  DriverAnswer answer;
  const LoadableDriver* driver = nullptr;
  bool kill = false;
  {
    const std::lock_guard lock(table().mutex);
    answer = table().unload(request, &kill);
    driver = table().find(request.name);
  }
  if (kill && driver != nullptr) kill_ports_of(driver);
  return answer;
}

bool monitor_driver(Term pid, RefKey ref, const std::string& name, Term name_term, Term when) {
  const std::lock_guard lock(table().mutex);
  return table().monitor(pid, ref, name, name_term, when);
}

void demonitor_driver(Term pid, RefKey ref) {
  const std::lock_guard lock(table().mutex);
  table().demonitor(pid, ref);
}

std::optional<DriverInfo> driver_info(const std::string& name) {
  const std::lock_guard lock(table().mutex);
  return table().info(name);
}

std::vector<std::string> loaded_driver_names() {
  const std::lock_guard lock(table().mutex);
  std::vector<std::string> names;
  for (const auto& d : table().drivers()) names.emplace_back(d->name);
  return names;
}

std::string driver_error_text(int number) {
  const std::lock_guard lock(table().mutex);
  const std::size_t i = static_cast<std::size_t>(-10 - number);
  return number <= -10 && i < table().linker_errors.size() ? table().linker_errors[i] : "Unspecified error";
}

const DriverKind* find_loadable_driver(std::string_view name) {
  const std::lock_guard lock(table().mutex);
  return table().find(name);
}

void add_driver_of_program(ErlDrvEntry* entry) {
  const std::lock_guard lock(table().mutex);
  table().add_program(entry);
}
bool remove_driver_of_program(ErlDrvEntry* entry) {
  const std::lock_guard lock(table().mutex);
  return table().remove_program(entry);
}

void init_driver_table() { add_exit_hook(process_exits); }

}  // namespace joist
