defmodule Depot do
  @moduledoc """
  Shelves that hold amounts of goods. Each shelf is a process, found by its name in a registry.
  """

  @doc """
  Opens a shelf, or finds the one that is open.

      iex> {:ok, pid} = Depot.open("nuts")
      iex> Depot.open("nuts")
      {:ok, pid}
  """
  def open(name) do
    case DynamicSupervisor.start_child(Depot.Shelves, {Depot.Shelf, name}) do
      {:ok, pid} -> {:ok, pid}
      {:error, {:already_started, pid}} -> {:ok, pid}
    end
  end

  @doc """
  Puts goods on a shelf.

      iex> {:ok, _} = Depot.open("bolts")
      iex> Depot.put("bolts", :m3, 10)
      10
      iex> Depot.put("bolts", :m3, 5)
      15
  """
  def put(shelf, item, amount) when is_integer(amount) and amount > 0,
    do: Depot.Shelf.call(shelf, {:put, item, amount})

  @doc """
  Takes goods from a shelf, all or nothing.

      iex> {:ok, _} = Depot.open("washers")
      iex> Depot.put("washers", :m3, 3)
      iex> Depot.take("washers", :m3, 2)
      {:ok, 1}
      iex> Depot.take("washers", :m3, 2)
      {:error, {:short, 1}}
  """
  def take(shelf, item, amount), do: Depot.Shelf.call(shelf, {:take, item, amount})

  @doc "What lies on a shelf, as a list sorted by item."
  def stock(shelf), do: shelf |> Depot.Shelf.call(:stock) |> Enum.sort()

  @doc """
  The sums over all shelves, each shelf asked by a task of its own.
  """
  def totals do
    Depot.Names
    |> Registry.select([{{:"$1", :_, :_}, [], [:"$1"]}])
    |> Task.async_stream(&stock/1, ordered: false)
    |> Enum.flat_map(fn {:ok, stock} -> stock end)
    |> Enum.reduce(%{}, fn {item, amount}, sums ->
      Map.update(sums, item, amount, &(&1 + amount))
    end)
  end
end
