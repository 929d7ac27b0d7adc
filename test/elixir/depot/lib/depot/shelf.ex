defmodule Depot.Shelf do
  @moduledoc false
  use GenServer, restart: :permanent

  defstruct name: nil, goods: %{}

  def start_link(name), do: GenServer.start_link(__MODULE__, name, name: via(name))

  def call(name, request), do: GenServer.call(via(name), request)

  def via(name), do: {:via, Registry, {Depot.Names, name}}

  @impl true
  def init(name), do: {:ok, %__MODULE__{name: name}}

  @impl true
  def handle_call({:put, item, amount}, _from, shelf) do
    shelf = update_in(shelf.goods[item], &((&1 || 0) + amount))
    {:reply, shelf.goods[item], shelf}
  end

  def handle_call({:take, item, amount}, _from, shelf) do
    case Map.get(shelf.goods, item, 0) do
      there when there >= amount ->
        {:reply, {:ok, there - amount}, put_in(shelf.goods[item], there - amount)}

      there ->
        {:reply, {:error, {:short, there}}, shelf}
    end
  end

  def handle_call(:stock, _from, shelf), do: {:reply, Map.to_list(shelf.goods), shelf}
  def handle_call({:crash, reason}, _from, _shelf), do: exit(reason)
end
