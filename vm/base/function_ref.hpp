// function_ref.hpp -- a parameter that is called and not kept: no allocation, no copy of what it captures.
#pragma once
#include <memory>
#include <type_traits>
#include <utility>

namespace joist {

template <class Signature>
class FunctionRef;

// Valid as long as the callable that it was made from: pass it down, never store it.
template <class R, class... Args>
class FunctionRef<R(Args...)> {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef> && std::is_invocable_r_v<R, F&, Args...>)
      FunctionRef(F&& f)  // implicit, as std::function is
      : callable_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))),
        call_([](void* callable, Args... args) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(callable))(std::forward<Args>(args)...);
        }) {}
  R operator()(Args... args) const { return call_(callable_, std::forward<Args>(args)...); }

 private:
  void* callable_;
  R (*call_)(void*, Args...);
};

}  // namespace joist
