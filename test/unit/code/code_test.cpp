#include <catch2/catch.hpp>

#include <thread>

#include "vm/code/module.hpp"
#include "vm/term/atom.hpp"

using namespace joist;

namespace {

// An instance of 32 words of "code" with functions f/0 and g/1 whose headers take 4 words; f is exported.
std::unique_ptr<Instance> make_instance(Term name, std::uint8_t version) {
  auto i = std::make_unique<Instance>();
  i->module = name;
  i->attributes = i->compile_info = Term::nil();
  i->code.assign(32, version);
  std::fill(std::begin(i->md5), std::end(i->md5), version);
  i->functions.push_back({i->code.data(), i->code.data() + 4, intern("f"), 0});
  i->functions.push_back({i->code.data() + 16, i->code.data() + 20, intern("g"), 1});
  i->exports.push_back({intern("f"), 0, i->code.data() + 4});
  i->funs.push_back(find_or_make_fun_entry(FunIdentity{name, i->md5, 0, 0, 0, 1, 2, intern("-f-")}));
  i->lambdas.push_back({i->code.data() + 20, intern("-f-")});
  i->files = {"a.erl", "b.hrl"};
  i->lines = {{0, 10}, {6, 11}, {9, 1u << 24 | 12}, {24, 20}};
  return i;
}

}  // namespace

TEST_CASE("code: one export for each name") {
  const Term name = intern("code_test_exports");
  Export* e = find_or_make_export(name, intern("once"), 1);
  CHECK(find_or_make_export(name, intern("once"), 1) == e);
  CHECK(find_export(name, intern("once"), 1) == e);
  CHECK(find_or_make_export(name, intern("once"), 2) != e);
  CHECK(find_export(name, intern("never"), 1) == nullptr);
  CHECK(!is_callable(*e));
  CHECK(e->address.load() == e->stub);
  CHECK(e->stub[1] == reinterpret_cast<Word>(e));
}

TEST_CASE("code: many exports at once from several threads") {
  const Term name = intern("code_test_exports");
  std::vector<Term> names;
  for (int i = 0; i < 20000; ++i) names.push_back(intern("many_" + std::to_string(i)));
  std::vector<Export*> seen[4];
  std::vector<std::thread> threads;
  for (auto& found : seen)
    threads.emplace_back([&] {
      for (const Term n : names) found.push_back(find_or_make_export(name, n, 3));
    });
  for (auto& t : threads) t.join();
  for (const auto& found : seen) CHECK(found == seen[0]);
}

TEST_CASE("code: current, old, purged") {
  const Term name = intern("code_test_module");
  const Export* f = find_or_make_export(name, intern("f"), 0);
  commit_instance(make_instance(name, 1));
  Module* m = find_module(name);
  REQUIRE(m != nullptr);
  const Instance* first = m->current.get();
  FunEntry* lambda1 = first->funs[0];
  CHECK(f->address.load() == first->code.data() + 4);
  CHECK(is_callable(*f));
  CHECK(exports_of(name).size() == 1);
  CHECK(lambda1->address.load() == first->code.data() + 20);
  CHECK(instance_at(first->code.data() + 31) == first);
  CHECK(instance_at(first->code.data() + 32) != first);

  commit_instance(make_instance(name, 2));
  CHECK(m->old.get() == first);
  CHECK(f->address.load() == m->current->code.data() + 4);
  CHECK(lambda1->address.load() == first->code.data() + 20);  // funs of the old version run on
  CHECK(m->current->funs[0] != lambda1);
  CHECK(!delete_current(name));

  const Word* old_code = first->code.data();
  complete_purge(name);
  CHECK(m->old == nullptr);
  CHECK(instance_at(old_code) == nullptr);
  CHECK(lambda1->address.load() == undefined_lambda_code);
  CHECK(lambda1->instance == nullptr);

  CHECK(delete_current(name));
  CHECK(!is_callable(*f));
  CHECK(m->current == nullptr);
  complete_purge(name);
}

TEST_CASE("code: the same code again keeps its funs") {
  const Term name = intern("code_test_again");
  commit_instance(make_instance(name, 5));
  FunEntry* lambda = find_module(name)->current->funs[0];
  commit_instance(make_instance(name, 5));
  const Instance* second = find_module(name)->current.get();
  CHECK(second->funs[0] == lambda);
  complete_purge(name);
  CHECK(lambda->instance == second);
  CHECK(lambda->address.load() == second->code.data() + 20);
}

TEST_CASE("code: an on_load function keeps new code out of reach") {
  const Term name = intern("code_test_on_load");
  const Export* f = find_or_make_export(name, intern("f"), 0);
  commit_instance(make_instance(name, 1));
  auto next = make_instance(name, 2);
  next->on_load = next->code.data() + 20;
  commit_instance(std::move(next));
  Module* m = find_module(name);
  REQUIRE(m->on_load != nullptr);
  CHECK(f->address.load() == m->current->code.data() + 4);
  CHECK(instance_at(m->on_load->code.data()) == m->on_load.get());
  const Instance* loading = m->on_load.get();
  finish_on_load(name);
  CHECK(m->current.get() == loading);
  CHECK(f->address.load() == loading->code.data() + 4);
  complete_purge(name);
  CHECK(m->old == nullptr);
}

TEST_CASE("code: functions and lines by address") {
  const auto i = make_instance(intern("code_test_lines"), 1);
  const Word* code = i->code.data();
  CHECK(i->function_at(code)->name == intern("f"));
  CHECK(i->function_at(code + 15)->name == intern("f"));
  CHECK(i->function_at(code + 16)->name == intern("g"));
  CHECK(i->function_at(code + 32) == nullptr);
  CHECK(i->location_of(code, false).line == 10);
  CHECK(i->location_of(code + 6, false).line == 11);
  CHECK(i->location_of(code + 9, true).line == 11);  // the call ended there
  CHECK(i->location_of(code + 10, true).line == 12);
  CHECK(i->location_of(code + 10, true).file == "b.hrl");
  CHECK(i->location_of(code + 17, false).line == 0);  // lines of the function before do not count
  CHECK(i->location_of(code + 24, false).line == 20);
}
