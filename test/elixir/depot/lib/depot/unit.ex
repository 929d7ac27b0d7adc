defprotocol Depot.Unit do
  @moduledoc "How many pieces something is."
  @fallback_to_any true
  def pieces(thing)
end

defmodule Depot.Box do
  @moduledoc false
  @enforce_keys [:of]
  defstruct [:of, count: 1]
end

defimpl Depot.Unit, for: Depot.Box do
  def pieces(%{of: of, count: count}), do: count * Depot.Unit.pieces(of)
end

defimpl Depot.Unit, for: Integer do
  def pieces(n), do: n
end

defimpl Depot.Unit, for: Any do
  def pieces(_), do: 1
end
