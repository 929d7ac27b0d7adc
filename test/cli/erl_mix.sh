# Debian's mix on joist and on the real erl: a project is made, compiled, tested, covered, formatted, packed and released.
. test/cli/erl_lib.bash
case "$PRESET" in release|debug) ;; *) exit 0 ;; esac  # minutes in the checked builds
command -v mix >/dev/null || skip "this machine has no Elixir"
export HEX_OFFLINE=1

steps() {
  step() { echo "== $*"; timeout 120 "$@" 2>&1; echo "status $?"; }
  step mix new sample --sup
  cd sample || return
  cat >lib/sample.ex <<'X'
defmodule Sample do
  @moduledoc "Documentation."
  @doc """
  Says it.

      iex> Sample.hello()
      :world
  """
  def hello, do: :world
  def add_one(x), do: x + 1
  def main(args), do: IO.inspect({:args, args})
end
X
  cat >test/sample_test.exs <<'X'
defmodule SampleTest do
  use ExUnit.Case
  doctest Sample
  test "greets" do
    assert Sample.hello() == :world
  end
  test "fails with a diff" do
    assert %{a: 1, b: [1, 2, 3]} == %{a: 1, b: [1, 3, 3]}
  end
  test "raises" do
    Sample.add_one(:not_a_number)
  end
  test "hashes" do
    assert :md5 |> :crypto.hash("a") |> Base.encode16() == "0CC175B9C0F1B6A831C399E269772661"
  end
end
X
  sed -i 's/extra_applications: \[:logger\]/extra_applications: [:logger, :crypto]/; s/deps: deps()/deps: deps(), escript: [main_module: Sample]/' mix.exs
  step mix compile
  step mix test --seed 0
  step mix test --seed 0 --cover
  step mix run -e 'IO.inspect(Sample.hello())'
  printf 'x  =   1\n' >a.exs
  step mix format --check-formatted a.exs
  step mix format a.exs
  cat a.exs
  step mix escript.build
  step ./sample a b
  step mix release
  step _build/dev/rel/sample/bin/sample eval 'IO.inspect({Sample.hello(), System.version()})'
  step mix xref graph
  step mix no_such_task
  find . -type f -not -path './_build/*/.mix/*' | sort
}

for side in real own; do
  mkdir -p "$work/$side/home"
  (
    cd "$work/$side" || exit
    export HOME=$work/$side/home MIX_HOME=$work/$side/home
    [ $side = real ] || PATH=$(cd "$OLDPWD" && cd "$bin" && pwd):$PATH
    steps
  ) | sed -E "s#$work/$side#FOLDER#g; s/Finished in .*/Finished/" >"$work/.$side.log"
done
diff "$work/.real.log" "$work/.own.log" || exit 1
grep -q '^status 0$' "$work/.own.log" || { cat "$work/.own.log"; exit 1; }
