defmodule MapsAndStructs.Point do
  defstruct x: 0, y: 0
end

defprotocol MapsAndStructs.Area do
  @fallback_to_any true
  def area(shape)
end

defimpl MapsAndStructs.Area, for: MapsAndStructs.Point do
  def area(p), do: p.x * p.y
end

defimpl MapsAndStructs.Area, for: [Tuple, List] do
  def area(_), do: :collection
end

defimpl MapsAndStructs.Area, for: Any do
  def area(_), do: :unknown
end

defmodule MapsAndStructs do
  alias MapsAndStructs.{Area, Point}

  def main do
    m = %{a: 1, b: 2}
    show({m.a, m[:b], m[:zz], Map.get(m, :zz, 0), Map.put(m, :c, 3), %{m | a: 9}})
    show({Map.keys(m), Map.values(m), Map.to_list(m), Map.has_key?(m, :a), map_size(m)})
    show(Map.merge(m, %{b: 3, d: 4}, fn _, x, y -> x + y end))
    show({Map.pop(m, :a), Map.drop(m, [:a]), Map.take(m, [:b]), Map.update(m, :a, 0, &(&1 + 1))})
    show(Map.new([1, 2], &{&1, &1 * &1}))
    show({Map.fetch(m, :a), Map.fetch(m, :x), Map.split(m, [:a]), Map.equal?(m, %{b: 2, a: 1})})
    show(get_in(%{u: %{n: [1]}}, [:u, :n]))
    show(put_in(%{u: %{n: 1}}, [:u, :n], 2))
    show(update_in(%{u: 1}, [:u], &(&1 + 1)))
    show(Keyword.merge([a: 1, b: 2], a: 3))
    show(Keyword.get_values([a: 1, a: 2], :a))
    p = %Point{x: 3, y: 4}
    show({p, %{p | x: 1}, p.__struct__, is_struct(p, Point)})
    show(Enum.map([p, {}, [], 5], &Area.area/1))
    show(Map.from_struct(p))
    show({MapSet.to_list(MapSet.new([3, 1, 2, 1])), MapSet.member?(MapSet.new([1]), 1)})
    show(Enum.sort(Map.to_list(Map.new(1..40, &{&1, -&1}))) |> Enum.take(3))
    error(fn -> m.zz end)
    error(fn -> %{m | zz: 1} end)
    error(fn -> Map.fetch!(m, :zz) end)
    error(fn -> struct!(Point, z: 1) end)
    show(Enum.reduce(%{a: 1}, 0, fn {_, v}, acc -> v + acc end))
    show(match(p))
  end

  defp match(%Point{x: x} = p) when x > 2, do: {:big, p.y}
  defp match(_), do: :other

  defp show(x), do: IO.puts(inspect(x))

  defp error(f) do
    f.()
  rescue
    e -> IO.puts("#{inspect(e.__struct__)}: #{Exception.message(e)}")
  end
end
