defmodule EnumFunctions do
  def main do
    r = 1..10
    show(Enum.map(r, &(&1 * 2)))
    show(Enum.filter(r, &(rem(&1, 3) == 0)))
    show({Enum.sum(r), Enum.max(r), Enum.min(r), Enum.count(r), Enum.product(r), Enum.min_max(r)})
    show(Enum.reduce(r, 1, &*/2))
    show(Enum.chunk_every(r, 3))
    show(Enum.chunk_every(r, 4, 2, [:pad]))
    show(Enum.zip(r, [:a, :b, :c]))
    show(Enum.group_by(r, &rem(&1, 3)))
    show(Enum.sort_by(["ccc", "a", "bb"], &String.length/1, :desc))
    show(Enum.frequencies(~w(a b a c b a)))
    show(Enum.flat_map([1, 2], &[&1, &1 * 10]))
    show(Enum.split_with(r, &(&1 > 4)))
    show(Enum.take_while(r, &(&1 < 4)) ++ Enum.drop(r, 8))
    show(Enum.uniq_by([1, -1, 2], &abs/1))
    show(Enum.with_index([:a, :b]))
    show(Enum.scan(r, &+/2))
    show(Enum.map_join(r, ",", &to_string/1))
    show(Enum.into([a: 1], %{b: 2}))
    show(Enum.find(r, &(&1 > 5)))
    show(Enum.slice(r, 2..4))
    show({Enum.any?(r, &(&1 > 9)), Enum.all?(r, &(&1 > 0)), Enum.member?(r, 3), Enum.empty?([])})
    show(Enum.reduce_while(r, 0, fn x, acc -> if x > 5, do: {:halt, acc}, else: {:cont, acc + x} end))
    show(Enum.dedup([1, 1, 2, 1]))
    show(Enum.intersperse([1, 2, 3], 0))
    show(Enum.map_every(r, 3, &(&1 * 100)))
    show(Enum.zip_with([1, 2], [3, 4], &+/2))
    show(Enum.sort([3, 1, 2], :desc))
    show(Enum.at(r, -1))
    show(for x <- 1..3, y <- [:a, :b], x != 2, into: %{}, do: {{x, y}, x})
    show(for <<c <- "abc">>, do: c + 1)
    show(for x <- 1..5, reduce: 0 do acc -> acc + x end)
    show(Enum.random([7]))
    error(fn -> Enum.fetch!([1], 5) end)
    error(fn -> Enum.max([]) end)
    error(fn -> Enum.map(1, & &1) end)
  end

  defp show(x), do: IO.puts(inspect(x, limit: :infinity))

  defp error(f) do
    f.()
  rescue
    e -> IO.puts("#{inspect(e.__struct__)}: #{Exception.message(e)}")
  end
end
