defmodule DepotTest do
  use ExUnit.Case, async: true
  doctest Depot

  setup context do
    {:ok, pid} = Depot.open(to_string(context.test))
    %{shelf: to_string(context.test), pid: pid}
  end

  test "goods add up, whoever puts them", %{shelf: shelf} do
    1..50
    |> Enum.map(fn i ->
      Task.Supervisor.async(Depot.Tasks, fn -> Depot.put(shelf, rem(i, 3), i) end)
    end)
    |> Task.await_many()

    assert Depot.stock(shelf) == [{0, 408}, {1, 425}, {2, 442}]
  end

  test "a shelf that crashes comes back empty", %{shelf: shelf, pid: pid} do
    Depot.put(shelf, :lamp, 2)
    ref = Process.monitor(pid)
    assert catch_exit(Depot.Shelf.call(shelf, {:crash, :fire}))
    assert_receive {:DOWN, ^ref, :process, ^pid, :fire}

    wait_for(fn -> match?([{other, _}] when other != pid, Registry.lookup(Depot.Names, shelf)) end)

    assert Depot.stock(shelf) == []
  end

  test "a wrong request is refused in the caller", %{shelf: shelf} do
    error = assert_raise FunctionClauseError, fn -> Depot.put(shelf, :lamp, -1) end
    assert Exception.message(error) =~ "no function clause matching in Depot.put/3"
  end

  test "tasks run on more than one scheduler" do
    ids =
      1..200
      |> Task.async_stream(
        fn i ->
          Enum.reduce(1..2_000, i, &rem(&1 * &2 + 7, 65_537))
          :erlang.system_info(:scheduler_id)
        end,
        max_concurrency: 16
      )
      |> Enum.uniq()

    assert length(ids) <= System.schedulers_online()
    assert Enum.all?(ids, &match?({:ok, id} when id in 1..1024, &1))
  end

  test "totals over all shelves", %{shelf: shelf} do
    Depot.put(shelf, {:only, shelf}, 7)
    assert %{{:only, ^shelf} => 7} = Depot.totals()
  end

  describe "units" do
    test "boxes of boxes" do
      assert Depot.Unit.pieces(%Depot.Box{of: %Depot.Box{of: 6, count: 2}, count: 3}) == 36
      assert Depot.Unit.pieces(:anything) == 1
    end

    test "a module that is made while the test runs" do
      for n <- 1..20 do
        [{module, _}] = Code.compile_string("defmodule Made do\n def n, do: #{n}\nend")
        assert module.n() == n
        :code.purge(module)
        :code.delete(module)
      end
    end
  end

  test "streams of lines from a file" do
    path = Path.join(System.tmp_dir!(), "depot-#{System.unique_integer([:positive])}")
    File.write!(path, Enum.map(1..100, &"line #{&1}\n"))
    on_exit(fn -> File.rm!(path) end)
    assert path |> File.stream!() |> Stream.map(&String.trim/1) |> Enum.at(41) == "line 42"
  end

  test "another program's output" do
    assert {"out\n", 3} = System.cmd("sh", ["-c", "echo out; exit 3"])
  end

  test "log messages are captured" do
    require Logger

    assert ExUnit.CaptureLog.capture_log(fn -> Logger.error("shelf is full") end) =~
             "shelf is full"
  end

  defp wait_for(condition, left \\ 200) do
    cond do
      condition.() -> :ok
      left == 0 -> flunk("it did not happen")
      true -> Process.sleep(10) && wait_for(condition, left - 1)
    end
  end
end
